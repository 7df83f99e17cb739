"""`pconv top`: a daemon's work, live in a terminal, or as plain text where there is none."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from daemon.client.flags import add_connection
from model.errors import InputError, PconvError
from model.printable import printable
from pconv.commands.terminal import EXIT_HELP, INTERRUPTED
from pconv.commands.top_view import Status, lines

DESCRIPTION = "Show what a daemon does, again and again, until Ctrl+C. Rates are of the time since the last look."


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "top",
        help="watch a daemon at work",
        description=DESCRIPTION,
        epilog=EXIT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--interval", type=float, default=1.0, metavar="S", help="seconds between looks; %(default)s")
    parser.add_argument("--count", type=int, metavar="N", help="looks, then leave; default: until Ctrl+C")
    add_connection(parser)
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    from daemon.client.client import Client

    if not 0 <= given.interval < threading.TIMEOUT_MAX or (given.count is not None and given.count < 1):
        raise InputError("bad_field", "--interval is seconds, --count at least 1.")
    try:
        with Client(given.address, autostart=False) as client, _screen() as show:
            watch(client.status, show, given.interval, given.count)
    except KeyboardInterrupt:
        return 0 if sys.stdout.isatty() else INTERRUPTED
    return 0


def watch(look: Callable[[], Status], show: Callable[[list[str]], None], interval: float, looks: int | None) -> None:
    """Show so many looks, None without end. A daemon that is away after the first look is waited for.

    Raises:
        PconvError: of the first look.
    """
    before: Status | None = None
    for number in count(1):
        try:
            status = look()
            show(lines(status, before))
            before = status
        except PconvError as error:
            if before is None:
                raise
            show([str(error)])
        if number == looks:
            return
        time.sleep(max(0.0, interval))


@contextmanager
def _screen() -> Iterator[Callable[[list[str]], None]]:
    """What shows lines: over the last ones in a terminal, else one block after the other."""
    if not sys.stdout.isatty():
        yield lambda text: print("\n".join(map(printable, text)), end="\n\n", flush=True)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(), screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:

        def show(text: list[str]) -> None:
            first, *others = map(printable, text)
            shown = Text.assemble((first, "bold"), "\n", "\n".join(others), no_wrap=True, overflow="crop")
            live.update(shown, refresh=True)

        yield show
