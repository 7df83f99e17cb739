"""The subcommands of `pconv-daemon`."""
