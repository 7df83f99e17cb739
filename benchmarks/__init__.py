"""Measurements, each a ratio against a named rival in the same run: `python -m benchmarks.NAME [--json FILE]`."""
