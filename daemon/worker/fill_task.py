"""One fill on its way through the engine: a plan, what it waits for, what became of it."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from model.fill.plan import Patch, Pause, Step

PAUSE_SECONDS = 0.05  # that a plan goes on at least before it pauses

Answer = np.ndarray | None
Plan = Generator[Step | Pause, Answer, Patch]


@dataclass(frozen=True)
class Advanced:
    number: int
    done: int
    total: int


@dataclass(frozen=True)
class Finished:
    """`side` is the largest tile side that the fill was run at, 0 where it needed none.

    `busy_seconds` of the worker's time it has had, its share of the engine's runs and what its plan took.
    """

    number: int
    patch: Patch
    run_ms: float
    side: int
    busy_seconds: float = 0.0


@dataclass(frozen=True)
class Broken:
    number: int
    error: Exception


class Task:
    """A plan, the step it waits for (none while it pauses), and what of that is still to be begun."""

    def __init__(self, number: int, plan: Plan, user: str = "", is_background: bool = False) -> None:
        self.number = number
        self.user, self.is_background = user, is_background
        self.busy_seconds = 0.0
        self._step: Step | None = None
        self.dropped = False
        self._plan = plan
        self._began = time.monotonic()
        self._side = 0
        self._waiting: list[slice] = []
        self._unfilled = 0
        self._filled: np.ndarray | None = None

    @property
    def wants_rows(self) -> bool:
        """Whether it waits for a step's rows to run."""
        return self._step is not None

    @property
    def step(self) -> Step:
        """The step it waits for, if it `wants_rows`."""
        assert self._step is not None
        return self._step

    @property
    def kind(self) -> tuple:
        """Steps of one kind can share a batch."""
        return self.step.images.shape[1:], self.step.images.dtype

    @property
    def rows_waiting(self) -> int:
        return sum(rows.stop - rows.start for rows in self._waiting)

    @property
    def done(self) -> int:
        return self.step.done + len(self.step.images) - self._unfilled

    def take(self, count: int) -> list[slice]:
        """So many of the rows that wait; they wait no longer."""
        taken: list[slice] = []
        while count:
            first = self._waiting.pop(0)
            rows = slice(first.start, min(first.start + count, first.stop))
            if rows.stop < first.stop:
                self._waiting.insert(0, slice(rows.stop, first.stop))
            taken.append(rows)
            count -= rows.stop - rows.start
        return taken

    def give_back(self, rows: slice) -> None:
        """Rows that were taken, but could not be run."""
        self._waiting.insert(0, rows)

    def show(self, rows: slice) -> tuple[np.ndarray, ...]:
        """Pictures, holes, and what of them is wanted."""
        return self.step.images[rows], self.step.holes[rows], self.step.wanted[rows]

    def accept(self, rows: slice, filled: np.ndarray) -> np.ndarray | None:
        """Take results of these rows; the whole step's results once none is missing."""
        if len(filled) == len(self.step.images):
            return filled
        if self._filled is None:
            self._filled = np.empty_like(self.step.images)
        self._filled[rows] = filled
        self._unfilled -= len(filled)
        return None if self._unfilled else self._filled

    def advance(self, answer: Answer) -> Advanced | Finished | Broken:
        """Let the plan go on to its next step, or to a pause once it is time for one."""
        began = time.monotonic()
        try:
            return self._advance(answer, began + PAUSE_SECONDS)
        except StopIteration as end:
            now = time.monotonic()
            run_ms, busy = (now - self._began) * 1000, self.busy_seconds + now - began
            return Finished(self.number, end.value, run_ms, self._side, busy)
        except Exception as error:  # one bad picture must not take the others along
            return Broken(self.number, error)
        finally:
            self.busy_seconds += time.monotonic() - began

    def _advance(self, answer: Answer, enough: float) -> Advanced:
        said = self._plan.send(answer)
        while isinstance(said, Pause) and time.monotonic() < enough and not self.dropped:
            said = self._plan.send(None)
        self._step = said if isinstance(said, Step) else None
        if self._step is not None:
            rows, self._side = len(self._step.images), max(self._side, self._step.images.shape[1])
            self._waiting, self._unfilled, self._filled = [slice(0, rows)], rows, None
        return Advanced(self.number, said.done, said.total)
