"""Plans of many requests on one engine: shared batches, turns, cancels, lack of memory, failures kept apart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from daemon.worker.fill_task import Advanced, Broken, Finished
from daemon.worker.scheduler import Event, Ran, Scheduler
from model.errors import FillError
from model.fill.plan import Pause, Step
from tests.daemon.conftest import PATIENCE

OUT_OF_MEMORY = MemoryError("none left")


def plan(value: float, rows: list[int], side: int = 8) -> Generator[Step, np.ndarray, np.ndarray]:
    """As many steps as `rows` has entries, of so many tiles each; returns the sum of what it was sent."""
    total, done, seen = sum(rows), 0, 0.0
    for count in rows:
        images = np.full((count, side, side, 3), value, np.float32)
        filled = yield Step(images, hole := np.ones((count, side, side), bool), hole, done, total)
        assert filled.shape == images.shape
        done += count
        seen += float(filled[:, 0, 0, 0].sum())
    return np.array(seen)


class Bench:
    """A scheduler with an engine that adds one, noting each run; `gate` holds its runs up while cleared."""

    def __init__(
        self,
        max_batch: int,
        fail: Callable[[int], Exception | None] = lambda rows: None,
        lanes: int = 1,
        shared: bool = False,
    ) -> None:
        self.runs: list[tuple[int, int]] = []
        self.shares: list[float] = []
        self.gate = threading.Event()
        self.gate.set()
        self.woken = threading.Event()
        self._fail = fail
        self.engine_threads, self.planners = ThreadPoolExecutor(lanes), ThreadPoolExecutor(2)
        self.scheduler = Scheduler(
            self._run,
            max_batch,
            lambda error: error is OUT_OF_MEMORY,
            self.planners,
            self.woken.set,
            self.engine_threads,
            lanes,
            shared,
        )

    def pump_until(self, condition: Callable[[list[Event]], object]) -> list[Event]:
        events: list[Event] = []
        while not condition(events):
            self.woken.clear()
            new = list(self.scheduler.pump())
            events += new
            if not new and not condition(events):
                assert self.woken.wait(PATIENCE), f"nothing more came after {events}"
        return events

    def finish(self, count: int) -> dict[int, Event]:
        """Last events of so many tasks."""
        events = self.pump_until(lambda events: sum(isinstance(e, Finished | Broken) for e in events) == count)
        return {event.number: event for event in events if isinstance(event, Finished | Broken)}

    def prepare(self, *plans: Generator) -> None:
        """Add plans and let them all ask for their first step while the engine is busy with another one."""
        self.gate.clear()
        self.scheduler.add(0, plan(0.0, [1], side=4))
        self.pump_until(lambda events: self.runs)
        for number, each in enumerate(plans, start=1):
            self.scheduler.add(number, each)
            self.pump_until(lambda events: events)
        self.runs.clear()
        self.gate.set()

    def _run(self, images: np.ndarray, holes: np.ndarray, wanted: np.ndarray, share: float) -> np.ndarray:
        self.shares.append(share)
        self.runs.append((len(images), images.shape[1]))
        self.woken.set()
        assert self.gate.wait(PATIENCE)
        error = self._fail(len(images))
        if error:
            raise error
        return images + 1


@pytest.fixture
def make_bench() -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(*arguments: object) -> Bench:
        benches.append(Bench(*arguments))
        return benches[-1]

    yield make
    for bench in benches:
        bench.gate.set()
        bench.planners.shutdown(cancel_futures=True)
        bench.engine_threads.shutdown()


Make = Callable[..., Bench]


@pytest.mark.parametrize("shared", [False, True])
def test_what_can_be_done_while_another_device_runs_is_done_then(make_bench: Make, shared: bool) -> None:
    """An engine on the planners' own processor would be held up by as much."""
    bench = make_bench(4, lambda rows: None, 1, shared)
    made_ready = threading.Event()

    def ahead() -> Generator[Step, np.ndarray, np.ndarray]:
        images, hole = np.zeros((1, 8, 8, 3), np.float32), np.ones((1, 8, 8), bool)
        yield Step(images, hole, hole, 0, 1, made_ready.set)
        return np.array(made_ready.is_set())

    bench.gate.clear()
    bench.scheduler.add(1, ahead())
    bench.pump_until(lambda events: bench.runs)
    assert shared or made_ready.wait(PATIENCE)
    bench.gate.set()
    assert bench.finish(1)[1].patch == (not shared)


def test_steps_of_many_share_a_run_and_each_gets_its_own_back(make_bench: Make) -> None:
    bench = make_bench(8)
    bench.prepare(*(plan(value, [2]) for value in (1.0, 2.0, 3.0)))
    done = bench.finish(4)
    assert bench.runs == [(6, 8)]
    assert [float(done[n].patch) for n in (1, 2, 3)] == [4.0, 6.0, 8.0]


def test_sizes_are_kept_apart(make_bench: Make) -> None:
    bench = make_bench(8)
    bench.prepare(plan(1.0, [1], side=8), plan(1.0, [1], side=16), plan(1.0, [1], side=8))
    bench.finish(4)
    assert bench.runs == [(2, 8), (1, 16)]


def test_a_step_larger_than_a_batch_runs_in_parts(make_bench: Make) -> None:
    bench = make_bench(4)
    bench.scheduler.add(1, plan(1.0, [10]))
    events = bench.pump_until(lambda events: any(isinstance(e, Finished) for e in events))
    assert [rows for rows, _ in bench.runs] == [4, 4, 2]
    assert [(e.done, e.total) for e in events if isinstance(e, Advanced)] == [(0, 10), (4, 10), (8, 10)]
    assert [(e.rows, e.side) for e in events if isinstance(e, Ran)] == bench.runs
    assert float(events[-1].patch) == 20.0


def test_a_long_task_does_not_hold_a_short_one_up(make_bench: Make) -> None:
    short_is_done = threading.Event()

    def stop_after_three(rows: int) -> None:
        if len(bench.runs) > 3:
            assert short_is_done.wait(PATIENCE)

    bench = make_bench(2, stop_after_three)
    bench.prepare(plan(1.0, [200]), plan(2.0, [1]))
    bench.pump_until(lambda events: any(isinstance(e, Finished) and e.number == 2 for e in events))
    short_is_done.set()
    assert float(bench.finish(1)[1].patch) == 400.0


def test_a_dropped_task_is_never_heard_of_again(make_bench: Make) -> None:
    bench = make_bench(4)
    bench.prepare(plan(1.0, [1, 1]), plan(2.0, [1, 1]))
    bench.gate.clear()
    bench.pump_until(lambda events: bench.runs)
    bench.scheduler.drop(1)
    bench.scheduler.drop(1)
    bench.gate.set()
    events = bench.pump_until(lambda events: any(isinstance(e, Finished) and e.number == 2 for e in events))
    assert {event.number for event in events if not isinstance(event, Ran)} <= {0, 2}


def test_a_full_batch_waits_for_the_engine_and_a_smaller_one_for_company(make_bench: Make) -> None:
    bench = make_bench(2)
    bench.gate.clear()
    for number, rows in enumerate((2, 1)):
        bench.scheduler.add(number, plan(1.0, [rows]))
    bench.pump_until(lambda events: len(events) == 2 and bench.runs)
    assert len(bench.scheduler._running) == 1
    bench.scheduler.add(2, plan(1.0, [1]))
    bench.pump_until(lambda events: events)
    assert len(bench.scheduler._running) == 2
    bench.scheduler.add(3, plan(1.0, [2]))
    bench.pump_until(lambda events: events)
    assert len(bench.scheduler._running) == 2 and bench.runs == [(2, 8)]
    bench.gate.set()
    bench.finish(4)
    assert bench.runs == [(2, 8)] * 3


def test_lack_of_memory_halves_the_batch_and_all_are_served(make_bench: Make) -> None:
    bench = make_bench(4, lambda rows: OUT_OF_MEMORY if rows > 1 else None)
    bench.scheduler.add(1, plan(1.0, [4]))
    done = bench.finish(1)
    assert float(done[1].patch) == 8.0
    rows = [rows for rows, _ in bench.runs]
    assert rows[:2] == [4, 2] and rows[-4:] == [1, 1, 1, 1]
    assert bench.scheduler.max_batch == 1


def test_a_small_batch_that_lacks_memory_halves_what_it_was(make_bench: Make) -> None:
    bench = make_bench(16, lambda rows: OUT_OF_MEMORY if rows == 4 else None)
    bench.scheduler.add(1, plan(1.0, [4]))
    assert float(bench.finish(1)[1].patch) == 8.0
    assert bench.scheduler.max_batch == 2


def test_as_many_runs_at_a_time_as_there_are_lanes(make_bench: Make) -> None:
    bench = make_bench(2, lambda rows: None, 3)
    bench.gate.clear()
    for number in range(4):
        bench.scheduler.add(number, plan(float(number), [2]))
    bench.pump_until(lambda events: len(bench.runs) == 3)
    assert not bench.scheduler.idle
    bench.gate.set()
    done = bench.finish(4)
    assert [float(done[n].patch) for n in range(4)] == [2.0, 4.0, 6.0, 8.0]
    assert bench.scheduler.idle


def test_lanes_of_one_device_share_what_there_is(make_bench: Make) -> None:
    """Of seven rows each of two lanes takes two at a time, even of one task; the last one has the device to itself."""
    bench = make_bench(4, lambda rows: None, 2, True)
    bench.scheduler.add(1, plan(1.0, [7]))
    assert float(bench.finish(1)[1].patch) == 14.0
    assert sorted(rows for rows, _ in bench.runs) == [1, 2, 2, 2]
    assert bench.shares[:2] == [0.5, 0.5]


def test_who_is_alone_has_the_whole_device(make_bench: Make) -> None:
    bench = make_bench(4, lambda rows: None, 2, True)
    bench.scheduler.add(1, plan(1.0, [1, 1]))
    assert float(bench.finish(1)[1].patch) == 4.0
    assert bench.shares == [1.0, 1.0]


def test_a_lane_goes_on_while_another_is_busy(make_bench: Make) -> None:
    bench = make_bench(4, lambda rows: None, 2, True)
    bench.gate.clear()
    bench.scheduler.add(1, plan(1.0, [2]))
    bench.pump_until(lambda events: len(bench.runs) == 2)
    bench.scheduler.add(2, plan(2.0, [1]))
    bench.pump_until(lambda events: events)
    assert len(bench.runs) == 2
    bench.gate.set()
    done = bench.finish(2)
    assert [float(done[n].patch) for n in (1, 2)] == [4.0, 3.0]


def test_lanes_of_one_device_that_lack_memory_run_less_and_lose_nothing(make_bench: Make) -> None:
    bench = make_bench(4, lambda rows: OUT_OF_MEMORY if rows > 1 else None, 2, True)
    bench.scheduler.add(1, plan(1.0, [5, 3]))
    assert float(bench.finish(1)[1].patch) == 16.0
    assert bench.scheduler.max_batch == 2


def test_a_tile_that_finds_no_memory_beside_another_is_run_alone_until_the_engine_is_another(make_bench: Make) -> None:
    failed: list[int] = []

    def fail_once(rows: int) -> Exception | None:
        failed.append(rows)
        return OUT_OF_MEMORY if len(failed) == 1 else None

    bench = make_bench(2, fail_once, 2, True)
    bench.scheduler.add(1, plan(1.0, [2, 2]))
    assert float(bench.finish(1)[1].patch) == 8.0
    assert bench.shares[-1] == 1.0
    bench.scheduler.renew(2)
    bench.shares.clear()
    bench.scheduler.add(2, plan(1.0, [2]))
    assert float(bench.finish(1)[2].patch) == 4.0
    assert bench.shares == [0.5, 0.5]


def test_lack_of_memory_for_one_tile_ends_that_task_alone(make_bench: Make) -> None:
    bench = make_bench(1, lambda rows: OUT_OF_MEMORY if len(bench.runs) == 1 else None)
    bench.scheduler.add(1, plan(1.0, [1]))
    bench.pump_until(lambda events: bench.runs)
    bench.scheduler.add(2, plan(1.0, [1]))
    done = bench.finish(2)
    assert isinstance(done[1], Broken) and done[1].error.code == "out_of_memory"
    assert float(done[2].patch) == 2.0


def test_a_plan_that_fails_takes_nobody_along(make_bench: Make) -> None:
    def refuses() -> Generator[Step, np.ndarray, np.ndarray]:
        raise FillError("no_context", "Nothing there.")
        yield

    bench = make_bench(4)
    bench.prepare(plan(1.0, [1]))
    bench.scheduler.add(9, refuses())
    done = bench.finish(3)
    assert isinstance(done[9], Broken) and done[9].error.code == "no_context"
    assert float(done[1].patch) == 2.0


def test_a_pause_is_told_and_the_plan_goes_on_without_the_engine(
    make_bench: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.worker.fill_task.PAUSE_SECONDS", 0.0)

    def pauses() -> Generator:
        yield from plan(1.0, [1])
        for done in (1, 2):
            assert (yield Pause(done=done, total=3)) is None
        return np.array(5.0)

    bench = make_bench(4)
    bench.scheduler.add(1, pauses())
    events = bench.pump_until(lambda events: any(isinstance(e, Finished | Broken) for e in events))
    assert [(e.done, e.total) for e in events if isinstance(e, Advanced)] == [(0, 1), (1, 3), (2, 3)]
    assert float(events[-1].patch) == 5.0 and len(bench.runs) == 1


def test_pauses_soon_after_one_another_hold_nobody_up(make_bench: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def pauses() -> Generator:
        for done in range(1000):
            yield Pause(done=done, total=1000)
        return np.array(5.0)

    monkeypatch.setattr("daemon.worker.fill_task.PAUSE_SECONDS", 60.0)
    bench = make_bench(4)
    bench.scheduler.add(1, pauses())
    (finished,) = bench.pump_until(lambda events: any(isinstance(e, Finished | Broken) for e in events))
    assert float(finished.patch) == 5.0


def test_a_plan_may_be_dropped_at_a_pause(make_bench: Make) -> None:
    def pauses() -> Generator:
        while True:
            yield Pause(done=0, total=1)

    bench = make_bench(4)
    bench.scheduler.add(1, pauses())
    bench.pump_until(lambda events: len(events) > 2)
    bench.scheduler.drop(1)
    bench.scheduler.add(2, plan(1.0, [1]))
    bench.finish(1)
    assert bench.scheduler.idle


def test_a_plan_that_yields_nonsense_is_refused_and_does_not_hang(make_bench: Make) -> None:
    bench = make_bench(4)
    bench.scheduler.add(1, (each for each in ["nonsense"]))
    assert isinstance(bench.finish(1)[1], Broken)


def test_an_engine_that_fails_is_not_hidden(make_bench: Make) -> None:
    bench = make_bench(4, lambda rows: RuntimeError("illegal access"))
    bench.scheduler.add(1, plan(1.0, [1]))
    with pytest.raises(RuntimeError, match="illegal access"):
        bench.finish(1)
