"""Honest clients in threads, who fill pictures one after the other through whatever happens to the daemon."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

import numpy as np

from daemon.client.client import Client
from model.errors import PconvError
from tests.promises.pictures import COUNT, NETWORK_ALONE, Gallery

GENEROUS = 120.0  # seconds for one fill, starts of daemons included

IsRight = Callable[[int, np.ndarray], bool]


class Clients:
    """A context in which so many clients fill pictures all the time; at its end `assert_kept` tells.

    Args:
        is_right: whether a filled picture is one that may come for that number; None: what the engine gives.
    """

    def __init__(self, gallery: Gallery, count: int, is_right: IsRight | None = None) -> None:
        self.done = 0
        self.wrong = 0
        self.failed: list[str] = []
        self._gallery = gallery
        self._is_right = is_right or gallery.matches
        self._pause = 0.0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(k,)) for k in range(count)]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(2 * GENEROUS)

    def slow_down(self, rate: float) -> None:
        """From now on at most so many fills per second, of all clients together."""
        self._pause = len(self._threads) / rate

    def wait_for(self, fills: int) -> None:
        """Until so many more pictures are filled."""
        goal, limit = self.done + fills, time.monotonic() + GENEROUS
        while self.done < goal and not self.failed:
            assert time.monotonic() < limit, f"only {self.done} of {goal} fills in time"
            time.sleep(0.01)

    def assert_kept(self) -> None:
        assert not self.failed, f"{len(self.failed)} fills failed: {self.failed[0]}"
        assert not self.wrong, f"{self.wrong} of {self.done} fills are wrong"

    def _work(self, first: int) -> None:
        with Client(connect_timeout=GENEROUS) as client:
            number = first
            due = time.monotonic()
            while not self._over.wait(max(0.0, due - time.monotonic())):
                due = max(due, time.monotonic() - self._pause) + self._pause
                try:
                    picture = self._gallery.pictures[number % COUNT]
                    filled = client.fill(picture, self._gallery.hole, NETWORK_ALONE, timeout=GENEROUS)
                except PconvError as error:
                    self.failed.append(f"{error.code}: {error.message}")
                    return
                self.wrong += not self._is_right(number, filled)
                self.done += 1
                number += 1
