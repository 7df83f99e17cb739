"""What waits for slow peers is bounded, and costs those who read nothing."""

from __future__ import annotations

import pytest

from daemon.front import outbox
from daemon.front.outbox import Outbox

DEAF, SLOW = 1, 2


class Door:
    """Its peers take what they are told to take."""

    def __init__(self) -> None:
        self.deaf: set[int] = set()
        self.sent: list[tuple[int, bytes]] = []

    def flush(self) -> None:
        pass

    def send(self, number: int, frames: list[bytes]) -> bool | None:
        if number in self.deaf:
            return None
        self.sent.append((number, frames[0]))
        return True


@pytest.fixture
def door() -> Door:
    return Door()


def test_a_peer_that_never_reads_crowds_nobody_out(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING_BYTES", 100)
    box = Outbox(door)
    door.deaf = {DEAF, SLOW}
    for number in range(50):
        box.send(DEAF, [bytes([number]) * 10], now=0.0)
    box.send(SLOW, [b"s" * 40], now=0.0)
    assert (box.bytes, box.dropped) == (100, 40 + 4)
    door.deaf = {DEAF}
    box.flush(now=1.0)
    assert door.sent == [(SLOW, b"s" * 40)] and box.bytes == 60
    door.deaf = set()
    box.flush(now=2.0)
    assert [frame[:1] for _, frame in door.sent[1:]] == [bytes([number]) for number in range(6)]
    assert box.bytes == 0


def test_what_alone_is_too_large_is_dropped(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING_BYTES", 100)
    box = Outbox(door)
    door.deaf = {SLOW}
    box.send(SLOW, [b"s" * 101], now=0.0)
    assert (box.bytes, box.dropped) == (0, 1)
    door.deaf = set()
    assert box.send(SLOW, [b"s"], now=0.0) and door.sent == [(SLOW, b"s")]


def test_what_waited_too_long_is_dropped_in_its_turn(door: Door) -> None:
    box = Outbox(door)
    door.deaf = {SLOW}
    for when in (0.0, 30.0):
        box.send(SLOW, [b"%d" % when], now=when)
    box.flush(now=outbox.MAX_WAITING_SECONDS)
    assert box.dropped == 1
    door.deaf = set()
    box.flush(now=outbox.MAX_WAITING_SECONDS)
    assert door.sent == [(SLOW, b"30")]
