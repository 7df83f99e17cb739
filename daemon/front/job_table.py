"""Every accepted request until a while after its answer: admission, deadlines, repeats by id.

Time is passed in, in monotonic seconds.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from daemon.config.schema import OwnQuota, Quota
from daemon.front.fair_queue import FairQueue
from daemon.front.job import Job
from daemon.front.quotas import Quotas
from daemon.front.throughput import Throughput
from daemon.protocol import Error, Fill, Limits, Result
from model.errors import BusyError, InputError

KEEP_SECONDS = 30.0
KEEP_BYTES = 32 << 20  # of pictures, those of open requests included
KEEP_LEAST_BYTES = 2 << 20  # of answers, however much is open
ABANDONED_SECONDS = 15.0


class JobTable:
    """Open requests, and the answers of the last seconds."""

    def __init__(
        self,
        limits: Limits,
        quota: Quota = Quota(),  # noqa: B008
        users: Mapping[str, OwnQuota] | None = None,
    ) -> None:
        self.throughput = Throughput()
        self.quotas = Quotas(limits, quota, self.throughput, users)
        self._open: dict[tuple[str, str], Job] = {}
        self._queue: FairQueue[Job] = FairQueue()
        self._answered: OrderedDict[tuple[str, str], Job] = OrderedDict()
        self._next_number = 1
        self._answered_bytes = 0
        self._soonest = math.inf  # of the deadlines, those of answered requests included

    @property
    def open_count(self) -> int:
        return self.quotas.total.requests

    @property
    def queued(self) -> int:
        return len(self._queue)

    def admit(self, user: str, fill: Fill, image: Any, hole: Any, now: float) -> tuple[Job, bool]:
        """The job of a request and whether it is new; a repeat gives the job that was there.

        Raises:
            PconvError: "conflict" (id used for another payload), "deadline", "busy".
        """
        key = (user, fill.id)
        known = self._open.get(key) or self._answered.get(key)
        if known is not None:
            if not _same(known, fill, image, hole):
                raise InputError("conflict", "This id was used for another picture; use a new id for each request.")
            return known, False
        if fill.budget_ms == 0:
            raise BusyError("deadline", "No time was left when the request arrived; allow more time.")
        deadline = None if fill.budget_ms is None else now + fill.budget_ms / 1000
        job = Job(self._next_number, user, fill, image, hole, now, deadline)
        self.quotas.check(user, job.size, now)
        self._next_number += 1
        self._open[key] = job
        if deadline is not None:
            self._soonest = min(self._soonest, deadline)
        self._queue.add(job)
        self.quotas.open(user, job.size, job.cost, now)
        self.forget_old(now)
        return job, True

    def withdraw(self, job: Job, now: float) -> None:
        """Undo an admission; the request was never there."""
        self._queue.remove(job)
        del self._open[job.key]
        self.quotas.withdraw(job.user, job.size, job.cost, now)

    def find(self, user: str, id: str) -> Job | None:
        """The open request of this user, or None."""
        return self._open.get((user, id))

    def heads(self) -> Iterator[Job]:
        """The request to launch next, then, where that has to wait, those of others that come after it."""
        return self._queue.heads()

    def take(self, now: float, job: Job | None = None) -> Job:
        """Remove the head of the queue, or another one of `heads`, to launch it."""
        taken = self._queue.take(job)
        assert taken is not None
        taken.start(now)
        return taken

    def requeue(self, jobs: list[Job]) -> None:
        """Launched requests, to be launched again before all others."""
        self._queue.requeue(jobs)

    def waiting(self) -> list[Job]:
        """What is queued."""
        return list(self._queue)

    def position(self, job: Job) -> int:
        """About how many are launched until this queued one is, from 1."""
        return self._queue.position(job)

    def open_of(self, user: str) -> list[Job]:
        """This user's open requests."""
        return [job for job in self._open.values() if job.user == user]

    def overdue(self, now: float) -> list[Job]:
        """Open requests, queued or launched, whose time is up."""
        if now < self._soonest:
            return []
        timed = [(job.deadline, job) for job in self._open.values() if job.deadline is not None]
        self._soonest = min((deadline for deadline, _ in timed if deadline > now), default=math.inf)
        return [job for deadline, job in timed if deadline <= now]

    def abandoned(self, now: float) -> list[Job]:
        """Open requests whose clients have been gone for so long that they will not come back."""
        limit = now - ABANDONED_SECONDS
        return [e for e in self._open.values() if e.abandoned_since and e.abandoned_since <= limit]

    def finish(self, job: Job, reply: Result | Error, picture: Any, now: float) -> None:
        """Record the one answer of a request; it stays for repeats by id."""
        if job in self._queue:
            self._queue.remove(job)
        self.quotas.close(job.user, job.size, job.cost)
        job.end(reply, picture, now)
        self.throughput.did(job.cost if job.outcome == "ok" else 0, now)
        self._answered[job.key] = self._open.pop(job.key)
        self._answered_bytes += job.size
        self.forget_old(now)

    def forget_old(self, now: float) -> None:
        """Drop answers that are too old, or too large beside what is open."""
        room = max(KEEP_LEAST_BYTES, KEEP_BYTES - self.quotas.total.bytes)
        while self._answered:
            oldest = next(iter(self._answered.values()))
            too_much = self._answered_bytes > room and len(self._answered) > 1
            if not too_much and oldest.ended + KEEP_SECONDS > now:
                return
            self._answered.popitem(last=False)
            self._answered_bytes -= oldest.size


def _same(job: Job, fill: Fill, image: Any, hole: Any) -> bool:
    """Equal but for the time budget, which shrinks from one attempt to the next."""
    if msgspec.structs.replace(fill, budget_ms=None) != msgspec.structs.replace(job.fill, budget_ms=None):
        return False
    return memoryview(image) == memoryview(job.image) and memoryview(hole) == memoryview(job.hole)
