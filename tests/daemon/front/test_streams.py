"""Bytes of a connection become the same frames however they come, and leave in the order in which they were said."""

from __future__ import annotations

import socket as sockets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from daemon.front import outgoing
from daemon.front.incoming import LARGE_BYTES, READ_BYTES, Gone, Incoming
from daemon.front.outgoing import ENOUGH_BYTES, Outgoing
from daemon.transport.zmtp import MORE, BadStream, Plain, header

LARGEST = 1 << 20
BODIES = [b"", b"a", b"b" * 255, b"c" * 256, b"d" * LARGE_BYTES, b"e" * (LARGE_BYTES + 1), b"f" * READ_BYTES, b"g"]


@pytest.fixture
def pair() -> Iterator[tuple[sockets.socket, sockets.socket]]:
    """The front's end, which does not block, and the peer's."""
    ours, theirs = sockets.socketpair()
    ours.setblocking(False)
    theirs.settimeout(20)
    yield ours, theirs
    ours.close()
    theirs.close()


def frames(incoming: Incoming, scratch: bytearray) -> list[tuple[int, bytes]]:
    """What can be taken now; another connection uses the scratch afterwards."""
    found = []
    while incoming.read():
        while (frame := incoming.next_frame(LARGEST)) is not None:
            found.append((frame[0], bytes(frame[1])))
        incoming.keep()
        scratch[:] = b"\xff" * len(scratch)
    return found


@pytest.mark.parametrize("piece", [1, 7, 1000, 1 << 16])
def test_frames_are_whole_in_whatever_pieces_they_come(pair: tuple[sockets.socket, sockets.socket], piece: int) -> None:
    ours, theirs = pair
    bodies = BODIES[:4] + BODIES[-1:] if piece < 1000 else BODIES
    scratch = bytearray(READ_BYTES)
    incoming = Incoming(ours, memoryview(scratch), lambda size: True)
    sent = b"".join(header(True, len(body)) + body for body in bodies)
    found = []
    for begin in range(0, len(sent), piece):
        theirs.sendall(sent[begin : begin + piece])
        found += frames(incoming, scratch)
    assert found == [(MORE | 2 * (len(body) > 255), body) for body in bodies]
    assert not incoming.is_in_a_frame


def test_a_large_frame_waits_for_room_and_is_whole_then(pair: tuple[sockets.socket, sockets.socket]) -> None:
    ours, theirs = pair
    scratch, has_room = bytearray(READ_BYTES), [False]
    incoming = Incoming(ours, memoryview(scratch), lambda size: has_room[0])
    body = bytes(range(256)) * 256
    theirs.sendall(header(False, len(body)) + body[:999])
    assert frames(incoming, scratch) == [] and incoming.waits and incoming.large_bytes == 0
    has_room[0], incoming.waits = True, False
    assert incoming.next_frame(LARGEST) is None and not incoming.waits and incoming.large_bytes == len(body)
    theirs.sendall(body[999:])
    assert frames(incoming, scratch) == [(2, body)]


def test_too_large_a_frame_is_refused_by_its_head_and_the_end_is_noticed(
    pair: tuple[sockets.socket, sockets.socket],
) -> None:
    ours, theirs = pair
    scratch = bytearray(READ_BYTES)
    incoming = Incoming(ours, memoryview(scratch), lambda size: True)
    theirs.sendall(header(False, LARGEST + 1))
    with pytest.raises(BadStream):
        frames(incoming, scratch)
    theirs.close()
    with pytest.raises(Gone):
        incoming.read()


def test_what_was_said_leaves_together_and_in_order(
    pair: tuple[sockets.socket, sockets.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "PIECES_A_CALL", 3)
    ours, theirs = pair
    ours.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 1 << 14)
    with ThreadPoolExecutor(1) as aside:
        sending = Outgoing(ours, Plain(), aside, lambda: None)
        said = b""
        for number in range(200):
            body = bytes([number]) * (number * 13 % 2000)
            sending.add([b"PCV1", body])
            said += header(True, 4) + b"PCV1" + header(False, len(body)) + body
        assert sending.is_full and len(said) >= ENOUGH_BYTES
        got = b""
        while sending.is_waiting:
            sending.write()
            got += theirs.recv(1 << 20)
        while len(got) < len(said):
            got += theirs.recv(1 << 20)
    assert got == said and not sending.is_full
