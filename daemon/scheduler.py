"""Many fills at once on one engine: merges what they ask for into batches, takes turns, forgets the cancelled.

May know: model.fill's plans. Must not know: sockets, torch, the front.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np

from model.errors import ModelError
from model.fill import Pause, Step

PAUSE_SECONDS = 0.05  # that a plan goes on at least before it pauses

Plan = Generator[Step | Pause, np.ndarray | None, np.ndarray]
Run = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Advanced:
    number: int
    done: int
    total: int


@dataclass(frozen=True)
class Finished:
    """`side` is of the largest bucket that the fill was run at, 0 where it needed none."""

    number: int
    image: np.ndarray
    run_ms: float
    side: int


@dataclass(frozen=True)
class Broken:
    number: int
    error: Exception


@dataclass(frozen=True)
class Ran:
    """An engine run has ended well."""

    rows: int
    side: int
    run_ms: float


Event = Advanced | Finished | Broken | Ran


class Task:
    """A plan, the step it waits for (None while it pauses), and how many of the step's rows have been run."""

    def __init__(self, number: int, plan: Plan) -> None:
        self.number = number
        self.step: Step | None = None
        self.dropped = False
        self._plan = plan
        self._began = time.monotonic()
        self._side = 0
        self._rows = 0
        self._filled: np.ndarray | None = None

    @property
    def kind(self) -> tuple:
        """Steps of one kind can share a batch."""
        return self.step.images.shape[1:], self.step.images.dtype

    @property
    def rows_left(self) -> int:
        return len(self.step.images) - self._rows

    def peek(self, count: int) -> tuple[np.ndarray, ...]:
        """The next rows to run."""
        rows = slice(self._rows, self._rows + count)
        return self.step.images[rows], self.step.holes[rows], self.step.wanted[rows]

    def accept(self, filled: np.ndarray) -> np.ndarray | None:
        """Take results of the next rows; the whole step's results once none is left."""
        if len(filled) == len(self.step.images):
            return filled
        if self._filled is None:
            self._filled = np.empty_like(self.step.images)
        self._filled[self._rows : self._rows + len(filled)] = filled
        self._rows += len(filled)
        if self.rows_left:
            return None
        whole, self._filled, self._rows = self._filled, None, 0
        return whole

    def advance(self, filled: np.ndarray | None) -> Event:
        """Let the plan go on to its next step, or to a pause once it is time for one, when `step` is None."""
        enough = time.monotonic() + PAUSE_SECONDS
        try:
            said = self._plan.send(filled)
            while isinstance(said, Pause) and time.monotonic() < enough and not self.dropped:
                said = self._plan.send(None)
            self.step = said if isinstance(said, Step) else None
            if self.step is not None:
                self._side = max(self._side, self.step.images.shape[1])
            return Advanced(self.number, said.done, said.total)
        except StopIteration as end:
            return Finished(self.number, end.value, (time.monotonic() - self._began) * 1000, self._side)
        except Exception as error:  # one bad picture must not take the others along
            return Broken(self.number, error)


class Scheduler:
    """Tasks take turns: who has waited longest since its last rows chooses the batch, the next ones fill it up.

    One thread runs the engine, others let plans advance, so that one batch is computed while the next is cut and the
    last one composited; all methods are for a third thread, which is never held up.

    Args:
        run: an engine's `run`.
        max_batch: rows of one run; becomes half of what was tried when the device's memory does not suffice.
        out_of_memory: tells such an error from others.
        planners: where plans advance.
        wake: called from those threads when `pump` has something to do.
        engine_threads: where `run` is called.
        lanes: how many runs may be under way at a time.
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
    ) -> None:
        self.max_batch = max_batch
        self._run = run
        self._out_of_memory = out_of_memory
        self._wake = wake
        self._planners = planners
        self._engine_threads = engine_threads
        self._lanes = lanes
        self._tasks: dict[int, Task] = {}
        self._ready: OrderedDict[int, Task] = OrderedDict()
        self._advancing = 0
        self._advanced: SimpleQueue[tuple[Task, Event | None]] = SimpleQueue()
        self._running: dict[Future, list[tuple[Task, int]]] = {}

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

    def _start(self, batch: list[tuple[Task, int]]) -> None:
        parts = zip(*(task.peek(count) for task, count in batch), strict=True)
        running = self._engine_threads.submit(self._compute, list(parts))
        self._running[running] = batch
        running.add_done_callback(lambda _: self._wake())
        if not self._advancing:
            for task, _ in batch:
                self._planners.submit(task.step.meanwhile)

    def _compute(self, parts: list[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, float]:
        began = time.monotonic()
        filled = self._run(*(part[0] if len(part) == 1 else np.concatenate(part) for part in parts))
        return filled, (time.monotonic() - began) * 1000

    def _settle(self, running: Future, batch: list[tuple[Task, int]]) -> Iterator[Event]:
        """Hand the results of a run out."""
        error = running.exception()
        if error is not None:
            if not isinstance(error, Exception) or not self._out_of_memory(error):
                raise error
            yield from self._shrink(batch)
            return
        (filled, run_ms), begin = running.result(), 0
        yield Ran(len(filled), filled.shape[1], run_ms)
        for task, count in batch:
            rows, begin = filled[begin : begin + count], begin + count
            if task.dropped:
                continue
            whole = task.accept(rows)
            if whole is not None:
                self._let_advance(task, whole)
            else:
                self._ready[task.number] = task
                yield Advanced(task.number, task.step.done + len(task.step.images) - task.rows_left, task.step.total)

    def _let_advance(self, task: Task, filled: np.ndarray | None) -> None:
        self._advancing += 1
        self._planners.submit(self._advance, task, filled)

    def _advance(self, task: Task, filled: np.ndarray | None) -> None:
        self._advanced.put((task, None if task.dropped else task.advance(filled)))
        self._wake()

    def _next(self) -> list[tuple[Task, int]]:
        """Take the next run's tasks; none where enough is under way. One full batch may wait, so that no time is lost
        between two runs; one that is not full may still grow."""
        waiting = len(self._running) - self._lanes
        if waiting > 0:
            return []
        batch, is_full = self._choose()
        if waiting == 0 and not is_full:
            return []
        for task, _ in batch:
            del self._ready[task.number]
        return batch

    def _choose(self) -> tuple[list[tuple[Task, int]], bool]:
        """Tasks of one kind out of those that are ready, and whether they fill a batch."""
        room, batch, kind = self.max_batch, [], None
        for task in self._ready.values():
            if room and kind in (None, task.kind):
                kind = task.kind
                count = min(room, task.rows_left)
                batch.append((task, count))
                room -= count
        return batch, not room

    def _shrink(self, batch: list[tuple[Task, int]]) -> Iterator[Event]:
        tasks, rows = [task for task, _ in batch if not task.dropped], sum(count for _, count in batch)
        if rows > 1:
            self.max_batch = min(self.max_batch, rows // 2)
            self._ready = OrderedDict([(task.number, task) for task in tasks] + list(self._ready.items()))
            return
        for task in tasks:
            self.drop(task.number)
            yield Broken(task.number, ModelError("out_of_memory", "The device has too little memory for this picture."))
