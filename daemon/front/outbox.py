"""Sending to peers that may be slow, silent or gone, without ever blocking or growing without bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

MAX_WAITING_BYTES = 512 << 20
MAX_WAITING_SECONDS = 60.0


class Door(Protocol):
    def send(self, number: int, frames: Sequence[Any]) -> bool | None:
        """To this connection: True taken, to leave by `flush`; False it is gone; None it does not take more now."""
        ...

    def flush(self) -> None: ...


@dataclass(frozen=True)
class Message:
    frames: list[Any]
    size: int
    due: float


@dataclass
class Backlog:
    """What waits for one peer."""

    messages: deque[Message] = field(default_factory=deque)
    bytes: int = 0


class Outbox:
    """Frames go out at once where the peer takes them, else wait here up to a time and a number of bytes.

    Where all together are too many, the peer for whom most waits loses its newest: those who read lose nothing by it.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._backlogs: dict[int, Backlog] = {}
        self.bytes = 0
        self.dropped = 0

    def send(self, route: int, frames: list[Any], now: float, droppable: bool = False) -> bool:
        """False when the peer is gone. A droppable message never waits for one that is slow."""
        if route not in self._backlogs:
            sent = self._door.send(route, frames)
            if sent is not None:
                return sent
        if droppable:
            return True
        size = sum(memoryview(frame).nbytes for frame in frames)
        backlog = self._backlogs.setdefault(route, Backlog())
        backlog.messages.append(Message(frames, size, now + MAX_WAITING_SECONDS))
        self._count(backlog, size)
        while self.bytes > MAX_WAITING_BYTES:
            self._drop_one()
        return True

    def flush(self, now: float) -> None:
        """Let what was said leave; try again what waits, drop what waited too long."""
        for route, backlog in list(self._backlogs.items()):
            while backlog.messages:
                sent = self._door.send(route, backlog.messages[0].frames)
                if sent is None and backlog.messages[0].due > now:
                    break
                self.dropped += not sent
                self._count(backlog, -backlog.messages.popleft().size)
            if not backlog.messages:
                del self._backlogs[route]
        self._door.flush()

    def _drop_one(self) -> None:
        route, backlog = max(self._backlogs.items(), key=lambda item: item[1].bytes)
        self._count(backlog, -backlog.messages.pop().size)
        self.dropped += 1
        if not backlog.messages:
            del self._backlogs[route]

    def _count(self, backlog: Backlog, size: int) -> None:
        backlog.bytes += size
        self.bytes += size
