"""`pconv`: the parser, the subcommands, and what every failure looks like: one sentence and an exit code."""

from __future__ import annotations

import argparse
import io
import sys
import warnings
from importlib import metadata

from model.errors import PconvError
from pconv.commands import daemon, demo, doctor, fill, identity, top
from pconv.commands.terminal import BAD_INPUT, EXIT_HELP, FAILED, INTERRUPTED, exit_code, note
from plugin_gimp import commands as gimp


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit code."""
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")  # the directory made instead is as private
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files may hold any bytes
    given = parser().parse_args(arguments)
    try:
        return given.run(given)
    except PconvError as error:
        note(f"pconv: {error}")
        return exit_code(error)
    except KeyboardInterrupt:
        note("pconv: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe left, as `head` does
        sys.stderr.close()
        return 0
    except OSError as error:
        note(f"pconv: {error.filename or 'The system refuses'}: {error.strerror}")
        return BAD_INPUT if error.filename else FAILED  # a file that was named, or the system


def parser() -> argparse.ArgumentParser:
    """The command line of `pconv`."""
    root = argparse.ArgumentParser(
        prog="pconv",
        description="Fill holes in photos with the partial-convolution network.",
        epilog=EXIT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    root.add_argument("--version", action="version", version=f"pconv {_version()}")
    subparsers = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (fill, demo, daemon, top, identity, doctor, gimp):
        module.add_parser(subparsers)
    return root


def _version() -> str:
    try:
        return metadata.version("pconv")
    except metadata.PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
