"""Data, masks, losses, loop, evaluation and export: everything that makes weights."""
