"""pconv-daemon: front, workers, client and the `pconv` command."""
