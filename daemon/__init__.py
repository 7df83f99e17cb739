"""pconv-daemon: its front and workers, and the client that programs reach it by."""
