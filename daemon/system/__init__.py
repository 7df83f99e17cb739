"""The operating system: files, locks, directories, processes, systemd, our version."""
