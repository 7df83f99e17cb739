"""The subcommands of `pconv`."""
