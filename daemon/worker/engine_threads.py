"""Threads that run an engine, the process's first one among them.

glibc gives every thread a heap of its own, and only that of the first thread grows and shrinks as a whole. An engine
that runs there whenever it can finds the room that its last run left, and none of the pictures that other threads hold
for longer lies in between. Memory still grows where a larger batch is run than ever before.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, NoReturn


class EngineThreads(Executor):
    """Calls are begun in the order of `submit`, once `work` was called, each by the first thread that is idle."""

    def __init__(self) -> None:
        self._count = 1
        self._calls: deque[tuple[Future, Callable[[], Any]]] = deque()
        self._idle: set[int] = set()
        self._changed = threading.Condition()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        future: Future = Future()
        with self._changed:
            self._calls.append((future, partial(fn, *args, **kwargs)))
            self._changed.notify_all()
        return future

    def work(self) -> NoReturn:
        """Make the calling thread run what is submitted. Never returns."""
        self._work(0)

    def widen(self, count: int) -> None:
        """Let there be so many threads, the first one included."""
        while self._count < count:
            threading.Thread(target=self._work, args=(self._count,), daemon=True).start()
            self._count += 1

    def _work(self, number: int) -> NoReturn:
        while True:
            self._do(*self._next(number))

    def _next(self, number: int) -> tuple[Future, Callable[[], Any]]:
        with self._changed:
            self._idle.add(number)
            self._changed.wait_for(lambda: self._calls and number == min(self._idle))
            self._idle.remove(number)
            self._changed.notify_all()
            return self._calls.popleft()

    @staticmethod
    def _do(future: Future, call: Callable[[], Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)
