"""Work that can be done while the engine runs, by another thread than the one that needs it.

May know: threads. Must not know: what is done.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

MOST_PIXELS = 2**20  # of what is made ready ahead: the memory for it is taken earlier


class Once:
    """A call whose work is done by whoever calls first; others wait until it is done."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._done = False
        self._lock = Lock()

    def __call__(self) -> None:
        with self._lock:
            if not self._done:
                self._work()
                self._done = True
