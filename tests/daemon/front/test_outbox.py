"""What waits for slow peers is bounded, and costs those who read nothing."""

from __future__ import annotations

import pytest
import zmq

from daemon.front import outbox
from daemon.front.outbox import Outbox


class Socket:
    """A ROUTER whose peers take what they are told to take."""

    def __init__(self) -> None:
        self.deaf: set[bytes] = set()
        self.sent: list[tuple[bytes, bytes]] = []

    def send_multipart(self, frames: list[bytes], flags: int, copy: bool) -> None:
        if frames[0] in self.deaf:
            raise zmq.Again
        self.sent.append((frames[0], frames[1]))


@pytest.fixture
def socket() -> Socket:
    return Socket()


def test_a_peer_that_never_reads_crowds_nobody_out(socket: Socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING_BYTES", 100)
    box = Outbox(socket)
    socket.deaf = {b"deaf", b"slow"}
    for number in range(50):
        box.send(b"deaf", [bytes([number]) * 10], now=0.0)
    box.send(b"slow", [b"s" * 40], now=0.0)
    assert (box.bytes, box.dropped) == (100, 40 + 4)
    socket.deaf = {b"deaf"}
    box.flush(now=1.0)
    assert socket.sent == [(b"slow", b"s" * 40)] and box.bytes == 60
    socket.deaf = set()
    box.flush(now=2.0)
    assert [frame[:1] for _, frame in socket.sent[1:]] == [bytes([number]) for number in range(6)]
    assert box.bytes == 0


def test_what_alone_is_too_large_is_dropped(socket: Socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING_BYTES", 100)
    box = Outbox(socket)
    socket.deaf = {b"slow"}
    box.send(b"slow", [b"s" * 101], now=0.0)
    assert (box.bytes, box.dropped) == (0, 1)
    socket.deaf = set()
    assert box.send(b"slow", [b"s"], now=0.0) and socket.sent == [(b"slow", b"s")]


def test_what_waited_too_long_is_dropped_in_its_turn(socket: Socket) -> None:
    box = Outbox(socket)
    socket.deaf = {b"slow"}
    for when in (0.0, 30.0):
        box.send(b"slow", [b"%d" % when], now=when)
    box.flush(now=outbox.MAX_WAITING_SECONDS)
    assert box.dropped == 1
    socket.deaf = set()
    box.flush(now=outbox.MAX_WAITING_SECONDS)
    assert socket.sent == [(b"slow", b"30")]
