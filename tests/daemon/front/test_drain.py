"""When the front leaves. Time is a number here."""

from __future__ import annotations

from daemon.front.drain import FLUSH_SECONDS, Drain


def test_who_was_not_told_to_leave_stays() -> None:
    drain = Drain()
    assert not drain.has_begun and not drain.is_over(0, 0, 1e9)


def test_what_was_accepted_is_answered_however_long_it_takes() -> None:
    drain = Drain()
    drain.begin(100.0)
    assert drain.has_begun
    assert not drain.is_over(1, 0, 1e9)
    assert drain.is_over(0, 0, 100.0)


def test_answers_that_nobody_takes_are_waited_for_only_so_long_from_the_first_call() -> None:
    drain = Drain()
    drain.begin(100.0)
    drain.begin(104.0)
    assert not drain.is_over(0, 5, 100.0 + FLUSH_SECONDS)
    assert drain.is_over(0, 5, 100.1 + FLUSH_SECONDS)


def test_asked_twice_it_is_over_at_once() -> None:
    drain = Drain()
    drain.asked += 1
    drain.begin(100.0)
    assert not drain.is_over(1, 5, 100.0)
    drain.asked += 1
    assert drain.is_over(1, 5, 100.0)
