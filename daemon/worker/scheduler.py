"""Many fills at once on one engine: merges what they ask for into batches, takes turns, forgets the cancelled."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np

from daemon.worker.fill_task import Advanced, Answer, Broken, Finished, Plan, Task
from daemon.worker.turns import Turns
from model.errors import DeviceError

LONGEST_RUN = 0.5  # seconds that a run should take at most: who comes meanwhile waits for its end
CONTESTED_RUN = 0.1  # the same while there are several users
NEWEST_COUNTS = 0.25  # of a measured run, for how long the next one of its side will take
TOO_LITTLE = "The device has too little memory for this picture."

Run = Callable[[np.ndarray, np.ndarray, np.ndarray, float], np.ndarray]


@dataclass(frozen=True)
class Ran:
    """An engine run has ended well. `run_ms` is of the whole device: half of the time of one that had half of it."""

    rows: int
    side: int
    run_ms: float


Event = Advanced | Finished | Broken | Ran


@dataclass(frozen=True)
class Batch:
    """Rows of tasks that are run together, and how many lanes that takes."""

    rows: list[tuple[Task, slice]]
    lanes: int

    @property
    def size(self) -> int:
        return sum(rows.stop - rows.start for _, rows in self.rows)


class Scheduler:
    """Users take turns by the time that they have had, and so do the tasks of one: which has waited longest since its
    last rows chooses the batch, the next ones fill it up. Nothing that was begun is broken off, so that nothing long is
    begun; what a plan or a step of another user still has to do waits for who is next.

    One thread runs the engine, others let plans advance, so that one batch is computed while the next is cut and the
    last one composited; all methods are for a third thread, which is never held up.

    Args:
        run: an engine's `run`, told as well which share of the device, up to 1, it may use.
        max_batch: rows of one run; becomes half of what was tried when the device's memory does not suffice.
        out_of_memory: tells such an error from others.
        planners: where plans advance.
        wake: called from those threads when `pump` has something to do.
        engine_threads: where `run` is called.
        lanes: how many runs may be under way at a time.
        shared: the lanes are parts of the planners' own processor: together they run `max_batch` rows, a run takes
            several where there is less to do than there are lanes, and nothing is made ready beside one.
        swift: where plans of a user advance whose turn it is before all others'; None: where all do.
    """

    def __init__(
        self,
        run: Run,
        max_batch: int,
        out_of_memory: Callable[[Exception], bool],
        planners: Executor,
        wake: Callable[[], None],
        engine_threads: Executor,
        lanes: int = 1,
        shared: bool = False,
        swift: Executor | None = None,
    ) -> None:
        self.max_batch = max_batch
        self._run = run
        self._out_of_memory = out_of_memory
        self._wake = wake
        self._planners = planners
        self._swift = swift or planners
        self._engine_threads = engine_threads
        self._lanes = self._all_lanes = lanes
        self._shared = shared
        self._tasks: dict[int, Task] = {}
        self._ready: OrderedDict[int, Task] = OrderedDict()
        self._advancing = 0
        self._turns = Turns()
        self._to_advance: list[tuple[Task, Answer]] = []
        self._choosing = threading.Lock()
        self._urgent: dict[int, Task] = {}  # whose plans advance before all others
        self._row_seconds: dict[int, float] = {}  # of the whole device, by side
        self._advanced: SimpleQueue[tuple[Task, Advanced | Finished | Broken | None, float]] = SimpleQueue()
        self._running: dict[Future, Batch] = {}

    @property
    def idle(self) -> bool:
        """Whether there is no task."""
        return not self._tasks

    def add(self, number: int, plan: Plan, user: str = "", is_background: bool = False) -> None:
        self._tasks[number] = Task(number, plan, user, is_background)
        self._turns.enter(user, is_background, time.monotonic())
        self._let_advance(self._tasks[number], None)

    def drop(self, number: int) -> None:
        """Forget a task; what is being computed of it is thrown away."""
        task = self._tasks.pop(number, None)
        if task is not None:
            task.dropped = True
            self._ready.pop(number, None)
            self._turns.leave(task.user, task.is_background, time.monotonic())

    def renew(self, max_batch: int) -> None:
        """Forget what the memory did not suffice for: the engine is another one."""
        self.max_batch, self._lanes = max_batch, self._all_lanes

    def pump(self) -> list[Event]:
        """See that everybody has something to do; what has happened since the last call.

        Raises:
            Exception: the engine failed with other than lack of memory.
        """
        events: list[Event] = []
        for running in [future for future in self._running if future.done()]:
            events += self._settle(running, self._running.pop(running))
        while not self._advanced.empty():
            task, event, seconds = self._advanced.get()
            self._advancing -= 1
            self._urgent.pop(task.number, None)
            self._turns.charge(task.user, seconds)
            if event is None or task.dropped:
                continue
            events.append(event)
            if not isinstance(event, Advanced):
                del self._tasks[task.number]
                self._turns.leave(task.user, task.is_background, time.monotonic())
            elif task.wants_rows:
                self._ready[task.number] = task
            else:
                self._let_advance(task, None)
        while batch := self._next():
            self._start(batch)
        return events

    def _start(self, batch: Batch) -> None:
        parts = list(zip(*(task.show(rows) for task, rows in batch.rows), strict=True))
        running = self._engine_threads.submit(self._compute, parts, self._share(batch))
        self._running[running] = batch
        running.add_done_callback(lambda _: self._wake())
        if not (self._advancing or self._shared):
            for task, _ in batch.rows:
                self._planners.submit(task.step.meanwhile)

    def _compute(self, parts: list[tuple[np.ndarray, ...]], share: float) -> tuple[np.ndarray, float]:
        began = time.monotonic()
        images, holes, wanted = (part[0] if len(part) == 1 else np.concatenate(part) for part in parts)
        filled = self._run(images, holes, wanted, share)
        return filled, (time.monotonic() - began) * 1000

    def _settle(self, running: Future, batch: Batch) -> Iterator[Event]:
        """Hand the results of a run out."""
        error = running.exception()
        if error is not None:
            if not isinstance(error, Exception) or not self._out_of_memory(error):
                raise error
            yield from self._shrink(batch)
            return
        (filled, run_ms), begin = running.result(), 0
        seconds = run_ms / 1000 * self._share(batch) / len(filled)
        self._note_time(filled.shape[1], seconds)
        yield Ran(len(filled), filled.shape[1], run_ms * self._share(batch))
        for task, rows in batch.rows:
            count = rows.stop - rows.start
            task.busy_seconds += seconds * count
            self._turns.charge(task.user, seconds * count)
            part, begin = filled[begin : begin + count], begin + count
            if task.dropped:
                continue
            whole = task.accept(rows, part)
            if whole is not None:
                self._let_advance(task, whole)
            else:
                yield Advanced(task.number, task.done, task.step.total)

    def _share(self, batch: Batch) -> float:
        """Of the device that the batch has."""
        return batch.lanes / self._lanes if self._shared else 1.0

    def _let_advance(self, task: Task, answer: Answer) -> None:
        self._advancing += 1
        if self._turns.is_contested(time.monotonic()) and self._turns.is_first(task.user):
            self._urgent[task.number] = task
            self._swift.submit(self._advance, task, answer)
            return
        with self._choosing:
            self._to_advance.append((task, answer))
        self._planners.submit(self._advance_next)

    def _advance_next(self) -> None:
        """Go on with a plan of who is next."""
        with self._choosing:
            waiting = self._to_advance
            best = min(range(len(waiting)), key=lambda i: self._order(waiting[i][0]))
            task, answer = waiting.pop(best)
        self._advance(task, answer)

    def _advance(self, task: Task, answer: Answer) -> None:
        began = time.monotonic()
        event = None if task.dropped else task.advance(answer)
        self._advanced.put((task, event, time.monotonic() - began))
        self._wake()

    def _order(self, task: Task) -> tuple[float, bool]:
        """The less, the sooner."""
        return self._turns.had(task.user), task.is_background

    def _note_time(self, side: int, seconds: float) -> None:
        """What a row of this side took of the whole device."""
        before = self._row_seconds.get(side, seconds)
        self._row_seconds[side] = before + (seconds - before) * NEWEST_COUNTS

    def _next(self) -> Batch | None:
        """Take rows for the next run; none where enough is under way."""
        free = self._lanes - sum(batch.lanes for batch in self._running.values())
        ready = sum(task.rows_waiting for task in self._ready.values())
        if not ready:
            return None
        first = min(self._ready.values(), key=self._order)
        contested = self._turns.is_contested(time.monotonic())
        if contested and any(not self._is_before(first, task) for task in self._urgent.values()):
            return None  # whose plan is about to ask for a run
        if self._shared and contested and self._running:
            return self._take_beside(first)
        if self._shared and free > 0:
            runs = 1 if contested else min(free, ready)
            lanes = free // runs
            most = max(1, self.max_batch * lanes // self._lanes)
            return self._take(first, min(-(-ready // runs), most, self._rows_in_time(first, lanes, contested)), lanes)
        if free > 0 or (free == 0 and not self._shared and not contested and self._fills_a_batch(first)):
            return self._take(first, min(self.max_batch, self._rows_in_time(first, 1, contested)), 1)
        return None

    def _take_beside(self, first: Task) -> Batch | None:
        """A short run beside a long one of those who have had more; else who comes next shall find the whole device."""
        running = [task for batch in self._running.values() for task, _ in batch.rows]
        seconds = self._row_seconds.get(first.step.images.shape[1], 0.0) * self._lanes
        if seconds > LONGEST_RUN or not all(self._is_before(first, task) for task in running):
            return None
        return self._take(first, 1, 1)

    def _is_before(self, task: Task, other: Task) -> bool:
        """Whether its user has had less."""
        return self._turns.had(task.user) < self._turns.had(other.user)

    def _rows_in_time(self, first: Task, lanes: int, contested: bool) -> int:
        """How many rows like this task's a run may have that others would have to wait for."""
        row = self._row_seconds.get(first.step.images.shape[1])
        if row is None:
            return 1 if contested else self.max_batch
        seconds = row * (self._lanes / lanes if self._shared else 1.0)
        return max(1, int((CONTESTED_RUN if contested else LONGEST_RUN) / max(seconds, 1e-6)))

    def _fills_a_batch(self, first: Task) -> bool:
        """One full batch may wait, so that no time is lost between two runs; one that is not full may still grow."""
        return sum(task.rows_waiting for task in self._ready.values() if task.kind == first.kind) >= self.max_batch

    def _take(self, first: Task, room: int, lanes: int) -> Batch:
        """Rows of the kind of the task that is first, others of that kind after it."""
        rows: list[tuple[Task, slice]] = []
        alike = [task for task in self._ready.values() if task.kind == first.kind]
        for task in sorted(alike, key=self._order):
            count = min(room, task.rows_waiting)
            rows += [(task, part) for part in task.take(count)]
            room -= count
            if count:
                del self._ready[task.number]
                if task.rows_waiting:
                    self._ready[task.number] = task
        return Batch(rows, lanes)

    def _shrink(self, batch: Batch) -> Iterator[Event]:
        """Run less at a time from now on, and the batch once more."""
        tasks = {task.number: task for task, _ in batch.rows if not task.dropped}
        if batch.size > 1:
            tried = batch.size * self._lanes // batch.lanes if self._shared else batch.size
            self.max_batch = min(self.max_batch, tried // 2)
        elif self._shared and batch.lanes < self._lanes:
            self._lanes = batch.lanes
        else:
            for task in tasks.values():
                self.drop(task.number)
                yield Broken(task.number, DeviceError("out_of_memory", TOO_LITTLE))
            return
        for task, rows in reversed(batch.rows):
            task.give_back(rows)
        self._ready = OrderedDict([*tasks.items(), *self._ready.items()])
