"""Sending to peers that may be slow, silent or gone, without ever blocking or growing without bound.

May know: a ROUTER socket. Must not know: what the messages mean.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import zmq

MAX_WAITING_BYTES = 512 << 20
MAX_WAITING_SECONDS = 60.0


@dataclass(frozen=True)
class Letter:
    frames: list[Any]
    size: int
    due: float


class Outbox:
    """Frames go out at once where the peer takes them, else wait here up to a time and a number of bytes."""

    def __init__(self, socket: zmq.Socket) -> None:
        self._socket = socket
        self._waiting: dict[bytes, deque[Letter]] = {}
        self.bytes = 0
        self.dropped = 0

    def send(self, route: bytes, frames: list[Any], now: float, droppable: bool = False) -> bool:
        """False when the peer is gone. A droppable message never waits for one that is slow."""
        if route not in self._waiting:
            sent = self._try(route, frames)
            if sent is not None:
                return sent
        if droppable:
            return True
        size = sum(len(memoryview(frame)) if not isinstance(frame, zmq.Frame) else len(frame) for frame in frames)
        if self.bytes + size > MAX_WAITING_BYTES:
            self.dropped += 1
            return True
        self._waiting.setdefault(route, deque()).append(Letter(frames, size, now + MAX_WAITING_SECONDS))
        self.bytes += size
        return True

    def flush(self, now: float) -> None:
        """Try again what waits; drop what waited too long."""
        for route in list(self._waiting):
            letters = self._waiting[route]
            while letters:
                sent = self._try(route, letters[0].frames)
                if sent is None and letters[0].due > now:
                    break
                self.dropped += not sent
                self.bytes -= letters.popleft().size
            if not letters:
                del self._waiting[route]

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
