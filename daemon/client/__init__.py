"""What a program needs to reach a daemon: finds or starts one, sends a fill, waits for its answer."""
