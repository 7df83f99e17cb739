"""What one connection is sent: sealed, and written in few calls of the system."""

from __future__ import annotations

import socket as sockets
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from itertools import islice
from typing import Any

from daemon.transport.zmtp import Mechanism

MUCH_BYTES = 48 << 10  # that wait are written at once, so that who reads them begins
ENOUGH_BYTES = 128 << 10  # that wait, and no more is taken until they are gone
PIECES_A_CALL = 64
ASIDE_BYTES = 1 << 20  # of a message that is sealed by another thread


class Outgoing:
    """Messages of one turn leave together, so that who reads them is woken once.

    Args:
        socket: does not block.
        aside: seals what is large.
        wake: called when that is done, by another thread.
    """

    def __init__(self, socket: sockets.socket, mechanism: Mechanism, aside: Executor, wake: Callable[[], None]) -> None:
        self._socket = socket
        self._mechanism = mechanism
        self._aside, self._wake = aside, wake
        self._pieces: deque[memoryview] = deque()
        self._bytes = 0
        self._sealing: Future[list[Any]] | None = None

    @property
    def is_sealing(self) -> bool:
        return self._sealing is not None

    @property
    def is_waiting(self) -> bool:
        """Whether something is to be written."""
        return bool(self._pieces)

    @property
    def has_much(self) -> bool:
        """Whether so much is to be written that it should not wait for more."""
        return self._bytes >= MUCH_BYTES

    @property
    def is_full(self) -> bool:
        """Whether no more is taken now."""
        return self._bytes >= ENOUGH_BYTES or self._sealing is not None

    def add(self, frames: Sequence[Any]) -> None:
        """Take a message, to be sent by the next `write`, or when it is sealed."""
        if self._mechanism.key is not None and sum(map(_size, frames)) > ASIDE_BYTES:
            self._sealing = self._aside.submit(self._mechanism.seal, frames)
            self._sealing.add_done_callback(lambda _: self._wake())
        else:
            self._take(self._mechanism.seal(frames))

    def say(self, data: bytes) -> None:
        """Take bytes that are sent as they are."""
        self._take([data])

    def write(self) -> bool:
        """Send what the socket takes; whether it took any. Raises OSError when the peer is gone."""
        if self._sealing is not None and self._sealing.done():
            sealed, self._sealing = self._sealing.result(), None
            self._take(sealed)
        before = self._bytes
        try:
            while self._pieces:
                self._drop(self._socket.sendmsg(list(islice(self._pieces, PIECES_A_CALL))))
        except BlockingIOError:
            pass
        return self._bytes < before

    def _take(self, pieces: Sequence[Any]) -> None:
        for piece in pieces:
            self._pieces.append(memoryview(piece))
            self._bytes += len(piece)

    def _drop(self, sent: int) -> None:
        """So many bytes have left."""
        self._bytes -= sent
        while sent:
            first = self._pieces.popleft()
            if sent < len(first):
                self._pieces.appendleft(first[sent:])
                return
            sent -= len(first)


def _size(frame: Any) -> int:
    return memoryview(frame).nbytes
