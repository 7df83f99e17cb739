"""What the front says: replies to a route, progress and answers to all who wait for a request."""

from __future__ import annotations

from daemon import protocol
from daemon.front.job import Job
from daemon.front.outbox import Outbox


class Replies:
    """Never blocks and never fails for a peer's sake."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def send(self, route: int, reply: protocol.AnyReply, now: float) -> None:
        self._outbox.send(route, protocol.encode(reply), now)

    def deliver(self, job: Job, route: int, now: float) -> None:
        """The answer of a finished request, with its picture."""
        assert job.reply is not None
        payload = [] if job.picture is None else [job.picture]
        self._outbox.send(route, protocol.encode(job.reply, *payload), now)

    def tell(self, job: Job, event: protocol.ProgressEvent, now: float) -> None:
        """Progress to those who asked for it; notes when none of them is there any more."""
        if job.wants_progress:
            frames = protocol.encode(event)
            there = [self._outbox.send(route, frames, now, droppable=True) for route in job.routes]
            job.abandoned_since = None if any(there) else job.abandoned_since or now
