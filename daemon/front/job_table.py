"""Every accepted request until a while after its answer: admission, deadlines, repeats by id.

Time is passed in, in monotonic seconds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec

from daemon.config.schema import OwnQuota, Quota
from daemon.errors import PconvError
from daemon.front.fair_queue import FairQueue
from daemon.front.job import Entry
from daemon.front.quotas import Accounts
from daemon.front.throughput import Pace
from daemon.protocol import Error, Fill, Limits, Result

KEEP_SECONDS = 30.0
KEEP_BYTES = 32 << 20  # of pictures, those of open requests included
KEEP_LEAST_BYTES = 2 << 20  # of answers, however much is open
ALONE_SECONDS = 15.0


class Ledger:
    """Open requests, and the answers of the last seconds."""

    def __init__(
        self,
        limits: Limits,
        quota: Quota = Quota(),  # noqa: B008
        users: Mapping[str, OwnQuota] | None = None,
    ) -> None:
        self.pace = Pace()
        self.accounts = Accounts(limits, quota, self.pace, users)
        self._open: dict[tuple[str, str], Entry] = {}
        self._queue = FairQueue()
        self._answered: OrderedDict[tuple[str, str], Entry] = OrderedDict()
        self._next_number = 1
        self._answered_bytes = 0

    @property
    def open_count(self) -> int:
        return self.accounts.total.requests

    @property
    def queued(self) -> int:
        return len(self._queue)

    def admit(self, user: str, fill: Fill, image: Any, hole: Any, now: float) -> tuple[Entry, bool]:
        """The entry of a request and whether it is new; a repeat gives the entry that was there.

        Raises:
            PconvError: "conflict" (id used for another payload), "deadline", "busy".
        """
        key = (user, fill.id)
        known = self._open.get(key) or self._answered.get(key)
        if known is not None:
            if not _same(known, fill, image, hole):
                raise PconvError("conflict", "This id was used for another picture; use a new id for each request.")
            return known, False
        if fill.budget_ms == 0:
            raise PconvError("deadline", "No time was left when the request arrived; allow more time.")
        self.accounts.check(user, fill.image_bytes + fill.hole_bytes, now)
        deadline = None if fill.budget_ms is None else now + fill.budget_ms / 1000
        entry = Entry(self._next_number, user, fill, image, hole, now, deadline)
        self._next_number += 1
        self._open[key] = entry
        self._queue.add(entry)
        self.accounts.open(user, entry.size, entry.cost, now)
        self.forget_old(now)
        return entry, True

    def withdraw(self, entry: Entry, now: float) -> None:
        """Undo an admission; the request was never there."""
        self._queue.remove(entry)
        del self._open[entry.key]
        self.accounts.withdraw(entry.user, entry.size, entry.cost, now)

    def find(self, user: str, id: str) -> Entry | None:
        """The open request of this user, or None."""
        return self._open.get((user, id))

    def head(self) -> Entry | None:
        """The request to launch next."""
        return self._queue.head()

    def take(self, now: float) -> Entry:
        """Remove the head of the queue to launch it."""
        entry = self._queue.take()
        entry.started = now
        return entry

    def put_back(self, entries: list[Entry]) -> None:
        """Launched requests, to be launched again before all others."""
        self._queue.put_back(entries)

    def waiting(self) -> list[Entry]:
        """What is queued."""
        return list(self._queue)

    def position(self, entry: Entry) -> int:
        """About how many are launched until this queued one is, from 1."""
        return self._queue.position(entry)

    def open_of(self, user: str) -> list[Entry]:
        """This user's open requests."""
        return [entry for entry in self._open.values() if entry.user == user]

    def overdue(self, now: float) -> list[Entry]:
        """Open requests, queued or launched, whose time is up."""
        return [e for e in self._open.values() if e.deadline is not None and e.deadline <= now]

    def abandoned(self, now: float) -> list[Entry]:
        """Open requests whose clients have been gone for so long that they will not come back."""
        limit = now - ALONE_SECONDS
        return [e for e in self._open.values() if e.alone_since and e.alone_since <= limit]

    def finish(self, entry: Entry, reply: Result | Error, picture: Any, now: float) -> None:
        """Record the one answer of a request; it stays for repeats by id."""
        if entry in self._queue:
            self._queue.remove(entry)
        self.accounts.close(entry.user, entry.size, entry.cost)
        self.pace.did(entry.cost if isinstance(reply, Result) else 0, now)
        entry.reply, entry.picture, entry.ended = reply, picture, now
        self._answered[entry.key] = self._open.pop(entry.key)
        self._answered_bytes += entry.size
        self.forget_old(now)

    def forget_old(self, now: float) -> None:
        """Drop answers that are too old, or too large beside what is open."""
        room = max(KEEP_LEAST_BYTES, KEEP_BYTES - self.accounts.total.bytes)
        while self._answered:
            oldest = next(iter(self._answered.values()))
            too_much = self._answered_bytes > room and len(self._answered) > 1
            if not too_much and oldest.ended + KEEP_SECONDS > now:
                return
            self._answered.popitem(last=False)
            self._answered_bytes -= oldest.size


def _same(entry: Entry, fill: Fill, image: Any, hole: Any) -> bool:
    """Equal but for the time budget, which shrinks from one attempt to the next."""
    if msgspec.structs.replace(fill, budget_ms=None) != msgspec.structs.replace(entry.fill, budget_ms=None):
        return False
    return memoryview(image) == memoryview(entry.image) and memoryview(hole) == memoryview(entry.hole)
