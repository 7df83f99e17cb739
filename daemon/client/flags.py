"""The options of every command that talks to a daemon."""

from __future__ import annotations

import argparse


def add_connection(parser: argparse._ActionsContainer) -> None:
    """Add `--address`."""
    parser.add_argument("--address", help="of the daemon; default: $PCONV_ADDRESS, else see pconv use")
