"""Many fills at once on one engine: merges what they ask for into batches, takes turns, forgets the cancelled.

May know: model.fill's plans. Must not know: sockets, torch, the front.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import numpy as np

from model.errors import ModelError
from model.fill import Step

Plan = Generator[Step, np.ndarray, np.ndarray]
Run = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Advanced:
    number: int
    done: int
    total: int


@dataclass(frozen=True)
class Finished:
    number: int
    image: np.ndarray
    run_ms: float


@dataclass(frozen=True)
class Broken:
    number: int
    error: Exception


Event = Advanced | Finished | Broken


class Task:
    """A plan, the step it waits for, and how many of the step's rows have been run."""

    def __init__(self, number: int, plan: Plan) -> None:
        self.number = number
        self.step: Step | None = None
        self._plan = plan
        self._began = time.monotonic()
        self._rows = 0
        self._filled: np.ndarray | None = None

    @property
    def kind(self) -> tuple:
        """Steps of one kind can share a batch."""
        return self.step.images.shape[1:], self.step.images.dtype

    @property
    def rows_left(self) -> int:
        return len(self.step.images) - self._rows

    def start(self) -> Event:
        return self._advance(None)

    def peek(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The next rows to run."""
        rows = slice(self._rows, self._rows + count)
        return self.step.images[rows], self.step.holes[rows]

    def accept(self, filled: np.ndarray) -> Event:
        """Results of as many rows as `filled` has."""
        if len(filled) == len(self.step.images):
            return self._advance(filled)
        if self._filled is None:
            self._filled = np.empty_like(self.step.images)
        self._filled[self._rows : self._rows + len(filled)] = filled
        self._rows += len(filled)
        if self.rows_left:
            return Advanced(self.number, self.step.done + self._rows, self.step.total)
        whole, self._filled, self._rows = self._filled, None, 0
        return self._advance(whole)

    def close(self) -> None:
        self._plan.close()

    def _advance(self, filled: np.ndarray | None) -> Event:
        try:
            self.step = self._plan.send(filled)
        except StopIteration as end:
            return Finished(self.number, end.value, (time.monotonic() - self._began) * 1000)
        except Exception as error:  # one bad picture must not take the others along
            return Broken(self.number, error)
        return Advanced(self.number, self.step.done, self.step.total)


class Scheduler:
    """Tasks take turns: who has waited longest since its last rows chooses the batch, the next ones fill it up.

    Args:
        run: an engine's `run`.
        max_batch: rows of one run; halved when the device's memory does not suffice.
        out_of_memory: tells such an error from others.
    """

    def __init__(self, run: Run, max_batch: int, out_of_memory: Callable[[Exception], bool]) -> None:
        self.max_batch = max_batch
        self._run = run
        self._out_of_memory = out_of_memory
        self._tasks: OrderedDict[int, Task] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tasks)

    def add(self, number: int, plan: Plan) -> Event:
        task = Task(number, plan)
        event = task.start()
        if isinstance(event, Advanced):
            self._tasks[number] = task
        return event

    def drop(self, number: int) -> None:
        task = self._tasks.pop(number, None)
        if task is not None:
            task.close()

    def run_once(self) -> Iterator[Event]:
        """One engine run and what came of it.

        Raises:
            Exception: the engine failed with other than lack of memory; tasks stay as they were.
        """
        batch = self._choose()
        rows = [task.peek(count) for task, count in batch]
        try:
            filled = self._run(
                *(np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in zip(*rows, strict=True))
            )
        except Exception as error:
            if not self._out_of_memory(error):
                raise
            yield from self._shrink(batch, error)
            return
        begin = 0
        for task, count in batch:
            event = task.accept(filled[begin : begin + count])
            begin += count
            if isinstance(event, Advanced):
                self._tasks.move_to_end(task.number)
            else:
                del self._tasks[task.number]
            yield event

    def _choose(self) -> list[tuple[Task, int]]:
        room, batch, kind = self.max_batch, [], None
        for task in self._tasks.values():
            if kind in (None, task.kind) and room:
                kind = task.kind
                count = min(room, task.rows_left)
                batch.append((task, count))
                room -= count
        return batch

    def _shrink(self, batch: list[tuple[Task, int]], error: Exception) -> Iterator[Event]:
        if self.max_batch > 1:
            self.max_batch //= 2
            return
        for task, _ in batch:
            self.drop(task.number)
            yield Broken(task.number, ModelError("out_of_memory", "The device has too little memory for this picture."))
