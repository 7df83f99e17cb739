"""Holes drawn by patches of the photo itself, guided by what the network filled: see `model.patches.draw`."""
