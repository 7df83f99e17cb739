"""`pconv-daemon config`: what the configuration is and where each value came from, in the form of its file."""

from __future__ import annotations

import argparse

from daemon.config.layers import add_flags, as_toml, resolve


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    text = "show each value of the configuration and where it came from, as a file that could be used"
    parser = subparsers.add_parser("config", help=text, description=text, allow_abbrev=False)
    add_flags(parser)
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    print(as_toml(resolve(given)))
    return 0
