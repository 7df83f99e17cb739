"""The plan of a fill: which tiles of which scale the network sees, and in which order."""
