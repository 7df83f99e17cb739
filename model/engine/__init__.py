"""The network made fast on one device, and how it proves itself."""
