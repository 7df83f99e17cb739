"""Many fills at once on one engine: merges what they ask for into batches, takes turns, forgets the cancelled."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np

from daemon.worker.fill_task import Advanced, Broken, Finished, Plan, Task
from model.errors import ModelError

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
    """Tasks take turns: who has waited longest since its last rows chooses the batch, the next ones fill it up.

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
    ) -> None:
        self.max_batch = max_batch
        self._run = run
        self._out_of_memory = out_of_memory
        self._wake = wake
        self._planners = planners
        self._engine_threads = engine_threads
        self._lanes = self._all_lanes = lanes
        self._shared = shared
        self._tasks: dict[int, Task] = {}
        self._ready: OrderedDict[int, Task] = OrderedDict()
        self._advancing = 0
        self._advanced: SimpleQueue[tuple[Task, Advanced | Finished | Broken | None]] = SimpleQueue()
        self._running: dict[Future, Batch] = {}

    @property
    def idle(self) -> bool:
        """Whether there is no task."""
        return not self._tasks

    def add(self, number: int, plan: Plan) -> None:
        self._tasks[number] = Task(number, plan)
        self._let_advance(self._tasks[number], None)

    def drop(self, number: int) -> None:
        """Forget a task; what is being computed of it is thrown away."""
        task = self._tasks.pop(number, None)
        if task is not None:
            task.dropped = True
            self._ready.pop(number, None)

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
            task, event = self._advanced.get()
            self._advancing -= 1
            if event is None or task.dropped:
                continue
            events.append(event)
            if not isinstance(event, Advanced):
                del self._tasks[task.number]
            elif task.step is None:
                self._let_advance(task, None)
            else:
                self._ready[task.number] = task
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
        filled = self._run(*(part[0] if len(part) == 1 else np.concatenate(part) for part in parts), share)
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
        yield Ran(len(filled), filled.shape[1], run_ms * self._share(batch))
        for task, rows in batch.rows:
            count = rows.stop - rows.start
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

    def _let_advance(self, task: Task, filled: np.ndarray | None) -> None:
        self._advancing += 1
        self._planners.submit(self._advance, task, filled)

    def _advance(self, task: Task, filled: np.ndarray | None) -> None:
        self._advanced.put((task, None if task.dropped else task.advance(filled)))
        self._wake()

    def _next(self) -> Batch | None:
        """Take rows for the next run; none where enough is under way."""
        free = self._lanes - sum(batch.lanes for batch in self._running.values())
        ready = sum(task.rows_waiting for task in self._ready.values())
        if not ready:
            return None
        if self._shared and free > 0:
            runs = min(free, ready)
            lanes = free // runs
            return self._take(min(-(-ready // runs), max(1, self.max_batch * lanes // self._lanes)), lanes)
        if free > 0 or (free == 0 and not self._shared and self._fills_a_batch()):
            return self._take(self.max_batch, 1)
        return None

    def _fills_a_batch(self) -> bool:
        """One full batch may wait, so that no time is lost between two runs; one that is not full may still grow."""
        kind = next(iter(self._ready.values())).kind
        return sum(task.rows_waiting for task in self._ready.values() if task.kind == kind) >= self.max_batch

    def _take(self, room: int, lanes: int) -> Batch:
        """Rows of one kind: who has waited longest chooses it."""
        rows: list[tuple[Task, slice]] = []
        kind = next(iter(self._ready.values())).kind
        for task in [task for task in self._ready.values() if task.kind == kind]:
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
                yield Broken(task.number, ModelError("out_of_memory", TOO_LITTLE))
            return
        for task, rows in reversed(batch.rows):
            task.give_back(rows)
        self._ready = OrderedDict([*tasks.items(), *self._ready.items()])
