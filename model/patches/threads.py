"""Threads that share pieces of work with the one that has them; numpy and what is compiled let others go on."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

MOST = 4
Piece = TypeVar("Piece")
_limit = MOST


def limit_threads(most: int) -> None:
    """From now on no more than so many in this process, each caller's own among them."""
    global _limit
    _limit = max(1, min(most, MOST))


def threads() -> int:
    """How many there may be: as many as there are processors, up to the limit."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        cores = os.cpu_count() or 1
    return min(cores, _limit)


def work_on_all(work: Callable[[Piece], None], pieces: Iterable[Piece]) -> None:
    """Do the work on each piece, in any order."""
    waiting = deque(pieces)
    helpers = [_helpers().submit(_take, work, waiting) for _ in range(min(len(waiting), threads()) - 1)]
    _take(work, waiting)
    for helper in helpers:
        if not helper.cancel():  # it has begun
            helper.result()


def _take(work: Callable[[Piece], None], waiting: deque[Piece]) -> None:
    while True:
        try:
            piece = waiting.popleft()
        except IndexError:
            return
        work(piece)


@cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST - 1, "patches")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # threads are of one process
