"""`pconv-daemon reload`: new weights for a running daemon, without a pause in its service."""

from __future__ import annotations

import argparse
from pathlib import Path

from daemon.client.flags import add_connection
from model.printable import printable


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    text = "let the running daemon read its weights again, or serve with others"
    more = (
        "The new network is loaded beside the old one, checked, and takes its place between two runs; one that is "
        "damaged or senseless is refused with the reason, and the old one stays. SIGHUP does the same, but tells "
        "the result to the log alone. Another FILE is forgotten when the daemon leaves: set `weights` to keep it."
    )
    parser = subparsers.add_parser("reload", help=text, description=f"{text.capitalize()}. {more}", allow_abbrev=False)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="weights; default: those in use, read again")
    add_connection(parser)
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    from daemon.client.client import Client

    with Client(given.address, autostart=False) as client:
        model = client.reload(str(given.file.resolve()) if given.file else None)
    print(f"The daemon serves with {printable(model['model'])} ({printable(model['sha256'])[:12]}) now.")
    return 0
