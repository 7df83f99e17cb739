"""What the front says: replies to a route, progress and answers to all who wait for a request."""

from __future__ import annotations

from daemon import protocol
from daemon.front.job import Entry
from daemon.front.outbox import Outbox


class Replies:
    """Never blocks and never fails for a peer's sake."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def send(self, route: bytes, reply: protocol.AnyReply, now: float) -> None:
        self._outbox.send(route, protocol.encode(reply), now)

    def deliver(self, entry: Entry, route: bytes, now: float) -> None:
        """The answer of a finished request, with its picture."""
        payload = [] if entry.picture is None else [entry.picture]
        self._outbox.send(route, protocol.encode(entry.reply, *payload), now)

    def tell(self, entry: Entry, event: protocol.ProgressEvent, now: float) -> None:
        """Progress to those who asked for it; notes when none of them is there any more."""
        if entry.fill.progress:
            frames = protocol.encode(event)
            there = [self._outbox.send(route, frames, now, droppable=True) for route in entry.routes]
            entry.alone_since = None if any(there) else entry.alone_since or now
