"""What the subcommands share: exit codes, notes, progress bars, Ctrl+C."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from model.errors import PconvError
from model.printable import printable

if TYPE_CHECKING:
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
    from tqdm import tqdm

    tqdm.write(printable(text), file=sys.stderr)


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
    from tqdm import tqdm

    layout = "{desc} {bar:30} {n_fmt}/{total_fmt} [{elapsed}]"
    with tqdm(total=1, disable=None, leave=False, bar_format=layout, file=sys.stderr) as bar:

        def show(progress: Progress) -> None:
            bar.total = max(progress.total, 1)
            bar.n = progress.done
            bar.set_description_str(describe(progress))

        yield show


def describe(progress: Progress) -> str:
    """What a fill is doing, in words."""
    if progress.stage == "starting":
        return "starting the daemon"
    if progress.stage == "loading":
        return "loading the network"
    if progress.stage == "queued":
        return f"waiting, {progress.position} ahead" if progress.position else "waiting"
    return "filling"
