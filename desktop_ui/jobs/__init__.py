"""What runs beside the window: fills, the daemon's state, reading and writing files."""
