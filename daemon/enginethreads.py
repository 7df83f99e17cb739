"""Threads that run an engine, the process's first one among them.

glibc gives every thread a heap of its own, and only that of the first thread grows and shrinks as a whole. An engine
that always runs there finds the room that its last run left, and none of the pictures that other threads hold for
longer lies in between. Memory still grows where a larger batch is run than ever before.

May know: nothing of engines. Must not know: requests, sockets.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from typing import Any


class EngineThreads(Executor):
    """Calls are begun in the order of `submit`, once `work` was called."""

    def __init__(self) -> None:
        self._count = 1
        self._calls: SimpleQueue[tuple[Future, Callable[[], Any]]] = SimpleQueue()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        future: Future = Future()
        self._calls.put((future, partial(fn, *args, **kwargs)))
        return future

    def work(self) -> None:
        """Make the calling thread run what is submitted. Never returns."""
        self._work()

    def widen(self, count: int) -> None:
        """Let there be so many threads, the first one included."""
        while self._count < count:
            self._count += 1
            threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            self._do(*self._calls.get())

    @staticmethod
    def _do(future: Future, call: Callable[[], Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)
