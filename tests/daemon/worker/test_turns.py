"""Whose turn it is by the time that each has had; what a scheduler makes of it for one who comes beside a flood."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from daemon.worker import scheduler as module
from daemon.worker.turns import CONTESTED_SECONDS, LEAD_SECONDS, NEW_LEAD_SECONDS, Turns
from tests.daemon.worker.test_scheduler import Bench, plan


def test_who_had_least_is_next_and_a_long_absence_is_no_credit_for_long() -> None:
    turns = Turns()
    turns.enter("flooder", False, 0.0)
    turns.charge("flooder", 100.0)
    turns.enter("newcomer", False, 1.0)
    assert turns.is_first("newcomer") and not turns.is_first("flooder")
    assert turns.had("flooder") - turns.had("newcomer") == pytest.approx(NEW_LEAD_SECONDS)
    turns.charge("newcomer", NEW_LEAD_SECONDS + 0.1)
    assert turns.is_first("flooder")
    turns.leave("newcomer", False, 2.0)
    turns.charge("flooder", 100.0)
    turns.enter("newcomer", False, 3.0)
    assert turns.had("flooder") - turns.had("newcomer") == LEAD_SECONDS


def test_what_one_had_while_nobody_waited_is_not_held_against_him() -> None:
    turns = Turns()
    turns.enter("visitor", False, 0.0)
    turns.charge("visitor", 100.0)
    turns.leave("visitor", False, 100.0)
    turns.enter("flooder", False, 101.0)
    turns.enter("visitor", False, 101.0)
    assert turns.is_first("visitor") and not turns.is_first("flooder")


def test_one_alone_is_first_and_nobody_is_kept_waiting_by_him() -> None:
    turns = Turns()
    turns.enter("a", False, 0.0)
    assert turns.is_first("a") and not turns.is_contested(0.0)
    turns.enter("b", False, 1.0)
    assert turns.is_contested(1.0)
    turns.leave("b", False, 2.0)
    turns.leave("a", False, 2.0)
    turns.enter("a", False, 3.0 + CONTESTED_SECONDS)
    assert not turns.is_contested(3.0 + CONTESTED_SECONDS)


def test_what_a_user_does_beside_his_work_by_hand_counts_as_another() -> None:
    turns = Turns()
    turns.enter("a", False, 0.0)
    turns.enter("a", True, 0.0)
    assert turns.is_contested(0.0)


def test_users_who_left_are_forgotten() -> None:
    turns = Turns()
    for number in range(100):
        turns.enter(f"user{number}", False, number * CONTESTED_SECONDS)
        turns.leave(f"user{number}", False, number * CONTESTED_SECONDS)
    assert len(turns._had) <= 2 and len(turns._tasks) <= 2 and len(turns._seen) <= 2


@pytest.fixture
def bench() -> Iterator[Bench]:
    """An engine of batches of four that is held up until `gate` is set."""
    made = Bench(4)
    made.gate.clear()
    yield made
    made.gate.set()
    made.engine_threads.shutdown()
    made.planners.shutdown()


def order_of_answers(bench: Bench, newcomer: str) -> list[int]:
    """Numbers in the order in which their tasks end, when 99 comes in the middle."""
    bench.scheduler.add(99, plan(2.0, [1, 1, 1]), newcomer)
    bench.pump_until(lambda events: any(getattr(event, "number", None) == 99 for event in events))
    bench.gate.set()
    events = bench.pump_until(lambda events: sum(hasattr(e, "patch") for e in events) == 9)
    return [event.number for event in events if hasattr(event, "patch")]


@pytest.mark.parametrize(
    ("newcomer", "is_first"), [("newcomer", True), ("flooder", False)], ids=["another user", "control"]
)
def test_who_comes_beside_a_flood_is_done_first(bench: Bench, newcomer: str, is_first: bool) -> None:
    for number in range(8):
        bench.scheduler.add(number, plan(1.0, [1, 1, 1]), "flooder")
    bench.pump_until(lambda events: bench.runs)
    assert (order_of_answers(bench, newcomer)[0] == 99) == is_first


def test_nothing_long_is_begun_while_there_are_two(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONTESTED_RUN", 0.0)
    for number in range(6):
        bench.scheduler.add(number, plan(1.0, [2]), f"user{number % 2}")
    bench.pump_until(lambda events: bench.runs)
    bench.gate.set()
    assert len(bench.finish(6)) == 6
    assert {rows for rows, _ in bench.runs[1:]} == {1}


def test_one_alone_has_full_batches(bench: Bench) -> None:
    """The control of the last one."""
    for number in range(6):
        bench.scheduler.add(number, plan(1.0, [2]), "user")
    bench.pump_until(lambda events: bench.runs)
    bench.gate.set()
    assert len(bench.finish(6)) == 6
    assert max(rows for rows, _ in bench.runs) == 4


def test_a_task_tells_what_it_had_of_the_worker(bench: Bench) -> None:
    bench.gate.set()
    bench.scheduler.add(1, plan(1.0, [2, 2]), "user")
    done = bench.finish(1)[1]
    assert 0 < done.busy_seconds <= done.run_ms / 1000 + 0.01
    assert np.isfinite(bench.scheduler._turns.had("user"))
