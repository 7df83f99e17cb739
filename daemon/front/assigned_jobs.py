"""The requests that a worker has, and their sums, which are asked for at every turn of the front's loop."""

from __future__ import annotations

from collections import Counter

from daemon.front.job import Job


class AssignedJobs(dict[int, Job]):
    """By number. Jobs come by `add` and go by `take`.

    Attributes:
        pixels: of the pictures.
        cost: in the pixels that count for fairness.
        suspects: how many were there when a worker died.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pixels = self.cost = self.suspects = 0
        self._turns: Counter[tuple[str, bool]] = Counter()

    def add(self, job: Job) -> None:
        self[job.number] = job
        self._count(job, 1)

    def take(self, number: int) -> Job | None:
        """Out of here, None where it is not."""
        job = self.pop(number, None)
        if job is not None:
            self._count(job, -1)
        return job

    def has_of(self, turn: tuple[str, bool]) -> bool:
        """Whether one of these is of this turn."""
        return self._turns[turn] > 0

    def _count(self, job: Job, sign: int) -> None:
        self.pixels += sign * job.pixels
        self.cost += sign * job.cost
        self.suspects += sign * bool(job.deaths)
        self._turns[job.turn] += sign
        if not self._turns[job.turn]:
            del self._turns[job.turn]
