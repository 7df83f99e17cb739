"""Work that is done ahead of its time: once, and waited for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from model.geometry.once import Once


def test_the_first_does_it_and_the_others_wait_until_it_is_done():
    begun, go_on, done = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        assert go_on.wait(10)
        done.append(1)

    once = Once()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(once, work)
        assert begun.wait(10)
        second = pool.submit(lambda: (once(work), len(done)))
        assert not second.done()
        go_on.set()
        assert second.result(10) == (None, 1)
        first.result(10)
    assert done == [1]


def test_who_needs_it_is_told_why_it_failed():
    def fails() -> None:
        raise ValueError("no")

    once = Once()
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            once(fails)
