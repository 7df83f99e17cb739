"""What can be set of a daemon, and where each value comes from."""
