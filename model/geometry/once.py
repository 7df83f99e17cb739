"""Work that can be done while the engine runs, by another thread than the one that needs it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

MOST_PIXELS = 2**20  # of what is made ready ahead: the memory for it is taken earlier


class Once:
    """Lets work be done by whoever comes first; others wait until it is done.

    It keeps no work, so that an object may have one for its own method without being kept alive by it.
    """

    def __init__(self) -> None:
        self._done = False
        self._lock = Lock()

    def __call__(self, work: Callable[[], None]) -> None:
        with self._lock:
            if not self._done:
                work()
                self._done = True
