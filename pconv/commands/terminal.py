"""What the subcommands share: exit codes, notes, progress bars, Ctrl+C."""

from __future__ import annotations

import contextlib
import functools
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO

from model.errors import PconvError
from model.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

    from daemon.client.client import Progress

OK, FAILED, BAD_INPUT, NO_DAEMON, DEVICE_ERROR, BUSY, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
EXIT_CODES = {
    "input": BAD_INPUT,
    "daemon": NO_DAEMON,
    "device": DEVICE_ERROR,
    "busy": BUSY,
    "cancelled": INTERRUPTED,
}
EXIT_HELP = """exit codes:
  0    done
  1    pconv doctor found a fault; any other failure
  2    bad input: an option, a file or a mask
  3    no daemon, or it cannot be started or reached
  4    the device or the weights failed
  5    the daemon is busy or out of time; try again
  130  interrupted
"""


def exit_code(error: PconvError) -> int:
    """The exit code that tells this error's kind."""
    return EXIT_CODES.get(error.kind, FAILED)


def note(text: str) -> None:
    """One line to standard error, above any progress bar; it may hold what others wrote."""
    from rich.text import Text

    _console(sys.stderr).print(Text(printable(text)), soft_wrap=True)


@contextlib.contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An event that Ctrl+C and SIGTERM set; a second signal ends the program at once."""
    event = threading.Event()

    def stop(number: int, _: object) -> None:
        if event.is_set():
            raise SystemExit(INTERRUPTED)
        event.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """A function that shows one fill's progress; silent where standard error is no terminal."""
    with _bar(1) as update:
        yield lambda progress: update(progress.done, max(progress.total, 1), describe(progress))


@contextlib.contextmanager
def photo_bar(photos: int) -> Iterator[Callable[[int], None]]:
    """A function that shows how many of these photos are done; silent where standard error is no terminal."""
    with _bar(photos, leave=True) as update:
        yield lambda done: update(done, photos, "photos")


@contextlib.contextmanager
def _bar(total: int, leave: bool = False) -> Iterator[Callable[[int, int, str], None]]:
    """What shows (done, total, words)."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}", markup=False), BarColumn(30), MofNCompleteColumn(), TimeElapsedColumn())
    more = (TimeRemainingColumn(compact=True),) if leave else ()
    with Progress(
        *columns,
        *more,
        console=_console(sys.stderr),
        transient=not leave,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not sys.stderr.isatty(),
    ) as bars:
        bar = bars.add_task("", total=total)
        yield lambda done, total, words: bars.update(bar, completed=done, total=total, description=words, refresh=True)


@functools.lru_cache(maxsize=1)
def _console(stream: TextIO) -> Console:
    """One for notes and bars, which must know of each other."""
    from rich.console import Console

    return Console(file=stream, highlight=False)


def describe(progress: Progress) -> str:
    """What a fill is doing, in words."""
    if progress.stage == "starting":
        return "starting the daemon"
    if progress.stage == "loading":
        return "loading the network"
    if progress.stage == "queued":
        return f"waiting, {progress.position} ahead" if progress.position else "waiting"
    return "filling"
