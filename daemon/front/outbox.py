"""Sending to peers that may be slow, silent or gone, without ever blocking or growing without bound."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import zmq

MAX_WAITING_BYTES = 512 << 20
MAX_WAITING_SECONDS = 60.0


@dataclass(frozen=True)
class Letter:
    frames: list[Any]
    size: int
    due: float


@dataclass
class Pile:
    """What waits for one peer."""

    letters: deque[Letter] = field(default_factory=deque)
    bytes: int = 0


class Outbox:
    """Frames go out at once where the peer takes them, else wait here up to a time and a number of bytes.

    Where all together are too many, the peer for whom most waits loses its newest: those who read lose nothing by it.
    """

    def __init__(self, socket: zmq.Socket) -> None:
        self._socket = socket
        self._piles: dict[bytes, Pile] = {}
        self.bytes = 0
        self.dropped = 0

    def send(self, route: bytes, frames: list[Any], now: float, droppable: bool = False) -> bool:
        """False when the peer is gone. A droppable message never waits for one that is slow."""
        if route not in self._piles:
            sent = self._try(route, frames)
            if sent is not None:
                return sent
        if droppable:
            return True
        size = sum(len(memoryview(frame)) if not isinstance(frame, zmq.Frame) else len(frame) for frame in frames)
        pile = self._piles.setdefault(route, Pile())
        pile.letters.append(Letter(frames, size, now + MAX_WAITING_SECONDS))
        self._count(pile, size)
        while self.bytes > MAX_WAITING_BYTES:
            self._drop_one()
        return True

    def flush(self, now: float) -> None:
        """Try again what waits; drop what waited too long."""
        for route, pile in list(self._piles.items()):
            while pile.letters:
                sent = self._try(route, pile.letters[0].frames)
                if sent is None and pile.letters[0].due > now:
                    break
                self.dropped += not sent
                self._count(pile, -pile.letters.popleft().size)
            if not pile.letters:
                del self._piles[route]

    def _drop_one(self) -> None:
        route, pile = max(self._piles.items(), key=lambda item: item[1].bytes)
        self._count(pile, -pile.letters.pop().size)
        self.dropped += 1
        if not pile.letters:
            del self._piles[route]

    def _count(self, pile: Pile, size: int) -> None:
        pile.bytes += size
        self.bytes += size

    def _try(self, route: bytes, frames: list[Any]) -> bool | None:
        """True sent, False the peer is gone, None it does not take more now."""
        try:
            self._socket.send_multipart([route, *frames], zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return None
        except zmq.ZMQError as error:
            if error.errno == zmq.EHOSTUNREACH:
                return False
            raise
        return True
