"""Whose request is next: deficit round-robin over users by pixels; a user's interactive fills before the others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.front.job import Job

QUANTUM = 256 * 256  # pixels a user may launch in each round, one small request; unused ones last while they have work


class Turn:
    """One user's queued requests and what they may still launch before it is another's turn."""

    def __init__(self) -> None:
        self.credit = QUANTUM
        self.interactive: dict[int, Job] = {}
        self.background: dict[int, Job] = {}

    def __len__(self) -> int:
        return len(self.interactive) + len(self.background)

    def __iter__(self) -> Iterator[Job]:
        yield from self.interactive.values()
        yield from self.background.values()

    @property
    def first(self) -> Job:
        return next(iter(self))

    def lane(self, job: Job) -> dict[int, Job]:
        return self.background if job.background else self.interactive


class FairQueue:
    """One user's flood makes that user's own requests wait, not those of others."""

    def __init__(self) -> None:
        self._again: dict[int, Job] = {}
        self._turns: OrderedDict[str, Turn] = OrderedDict()

    def __len__(self) -> int:
        return len(self._again) + sum(map(len, self._turns.values()))

    def __contains__(self, job: Job) -> bool:
        turn = self._turns.get(job.user)
        return job.number in self._again or (turn is not None and job.number in turn.lane(job))

    def add(self, job: Job) -> None:
        turn = self._turns.setdefault(job.user, Turn())
        turn.lane(job)[job.number] = job

    def requeue(self, jobs: list[Job]) -> None:
        """Taken ones, to be taken again before all others; they are not charged twice."""
        together = [*jobs, *self._again.values()]
        self._again = {job.number: job for job in sorted(together, key=lambda job: job.number)}

    def remove(self, job: Job) -> None:
        """Forget a job that is in the queue."""
        if self._again.pop(job.number, None) is None:
            del self._turns[job.user].lane(job)[job.number]
            self._leave_if_done(job.user)

    def head(self) -> Job | None:
        """The next job; the same until it is taken or removed, or one of the same user goes before it."""
        if self._again:
            return next(iter(self._again.values()))
        while self._turns:
            for _ in range(len(self._turns)):
                user, turn = next(iter(self._turns.items()))
                if turn.credit >= turn.first.cost:
                    return turn.first
                turn.credit += QUANTUM
                self._turns.move_to_end(user)
            self._skip_idle_rounds()
        return None

    def heads(self) -> Iterator[Job]:
        """The next job, then the first ones of the other users, whose turns come after it."""
        first = self.head()
        if first is not None:
            yield first
            for user, turn in list(self._turns.items()):
                if user != first.user:
                    yield turn.first

    def take(self, job: Job | None = None) -> Job | None:
        """Remove and return the head, or another one of `heads`, whose user pays for it when their turn comes."""
        job = job or self.head()
        if job is not None:
            if job.number not in self._again:
                self._turns[job.user].credit -= job.cost
            self.remove(job)
        return job

    def position(self, job: Job) -> int:
        """About how many are launched until this one is, itself included: as if all requests were of one size."""
        if job.number in self._again:
            return list(self._again).index(job.number) + 1
        own = [each.number for each in self._turns[job.user]].index(job.number) + 1
        return len(self._again) + sum(min(own, len(turn)) for turn in self._turns.values())

    def __iter__(self) -> Iterator[Job]:
        """Every job, in no promised order."""
        yield from list(self._again.values())
        for turn in list(self._turns.values()):
            yield from list(turn)

    def _skip_idle_rounds(self) -> None:
        """A round has launched nothing, since every head is large: give at once what the idle rounds would give."""
        lacking = min(turn.first.cost - turn.credit for turn in self._turns.values())
        rounds = max(0, -(-lacking // QUANTUM))
        for turn in self._turns.values():
            turn.credit += rounds * QUANTUM

    def _leave_if_done(self, user: str) -> None:
        if not self._turns[user]:
            del self._turns[user]
