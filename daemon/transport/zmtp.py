"""ZMTP 3, which ZeroMQ's sockets speak, from the side that listens: greeting, frames, commands, the plain mechanism.

Nothing here reads or writes a socket. `curve` has the other mechanism.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

MORE, LONG, COMMAND = 1, 2, 4
GREETING_BYTES = 64
SIGNATURE = b"\xff" + bytes(8) + b"\x7f"
OUR_TYPE = b"ROUTER"
THEIR_TYPES = (b"DEALER", b"ROUTER", b"REQ")
LARGEST_COMMAND = 2048  # bytes; a handshake takes some hundred
JOINED_BYTES = 64 << 10  # frames up to this size are sent as one piece
LATER, NOT_KNOWN = b"300", b"400"  # as ZAP has them; a client's socket tells them apart


class BadStream(Exception):
    """What a peer sends is not ZMTP 3, or is out of bounds: there is nothing to answer, its connection is cut."""


class Mechanism(Protocol):
    """How both ends get to know each other, and how frames travel then."""

    name: bytes
    grows: int  # bytes that a frame is larger by than its content
    is_done: bool
    key: bytes | None  # the peer's public key, once `is_done`

    def begin(self) -> bytes:
        """What is said as soon as both greetings are there."""
        ...

    def answer(self, command: bytes) -> bytes:
        """What is said to a command of the handshake. Raises BadStream, Refused."""
        ...

    def open(self, flags: int, body: memoryview) -> tuple[int, Any]:
        """Flags and content of a frame that came. A read-only body is copied, since it is there for a moment only.

        Raises:
            BadStream.
        """
        ...

    def seal(self, frames: Sequence[Any]) -> list[Any]:
        """The pieces to be sent for a message of these buffers."""
        ...

    def pong(self, context: bytes) -> bytes:
        """The answer to a peer that asks whether we live."""
        ...


class Refused(Exception):
    """The peer is told why, by a status in three digits, and cut."""

    def __init__(self, status: bytes) -> None:
        super().__init__(status)
        self.status = status


class Plain:
    """The mechanism NULL: who is there is known by other means, and nothing is hidden."""

    name = b"NULL"
    grows = 0
    key: bytes | None = None

    def __init__(self) -> None:
        self.is_done = False

    def begin(self) -> bytes:
        return command(b"READY", metadata())

    def answer(self, said: bytes) -> bytes:
        check_metadata(arguments(said, b"READY"))
        self.is_done = True
        return b""

    def open(self, flags: int, body: memoryview) -> tuple[int, Any]:
        return flags, bytes(body) if body.readonly else body

    def seal(self, frames: Sequence[Any]) -> list[Any]:
        views = [memoryview(frame).cast("B") for frame in frames]
        last = len(views) - 1
        return joined([part for i, view in enumerate(views) for part in (header(i < last, len(view)), view)])

    def pong(self, context: bytes) -> bytes:
        return command(b"PONG", context)


def greeting(mechanism: bytes, is_server: bool) -> bytes:
    return SIGNATURE + b"\x03\x01" + mechanism.ljust(20, b"\0") + bytes([is_server]) + bytes(31)


def check_greeting(data: bytes, mechanism: bytes) -> None:
    """As much of it as is there. Raises BadStream."""
    if data[:1] != SIGNATURE[:1] or (len(data) > 9 and not data[9] & 1):
        raise BadStream("no ZMTP")
    if len(data) > 10 and data[10] < 3:
        raise BadStream("an older ZMTP")
    if len(data) >= GREETING_BYTES and data[12:32].rstrip(b"\0") != mechanism:
        raise BadStream("another mechanism")


def header_bytes(size: int) -> int:
    """Of the header of a frame of this size."""
    return 2 if size < 256 else 9


def header(more: bool, size: int, flags: int = 0) -> bytes:
    """Of a frame."""
    if size < 256:
        return bytes((flags | more, size))
    return bytes((flags | more | LONG,)) + size.to_bytes(8, "big")


def command(name: bytes, data: bytes) -> bytes:
    body = bytes((len(name),)) + name + data
    return header(False, len(body), COMMAND) + body


def refusal(status: bytes) -> bytes:
    return command(b"ERROR", bytes((len(status),)) + status)


def arguments(said: bytes, name: bytes) -> bytes:
    """What comes after the name of a command that must be this one. Raises BadStream."""
    start = bytes((len(name),)) + name
    if said[: len(start)] != start:
        raise BadStream("another command")
    return said[len(start) :]


def metadata() -> bytes:
    """What we tell of ourselves."""
    return b"".join(
        bytes((len(name),)) + name + len(value).to_bytes(4, "big") + value
        for name, value in ((b"Socket-Type", OUR_TYPE), (b"Identity", b""))
    )


def check_metadata(data: bytes) -> None:
    """Whether a peer's socket may talk to ours; of the rest that it claims, its routing id too, nothing counts.

    Raises:
        BadStream: it may not, or this is no metadata.
    """
    found, at = b"", 0
    while at < len(data):
        name_end = at + 1 + data[at]
        value_at = name_end + 4
        end = value_at + int.from_bytes(data[name_end:value_at], "big")
        if end > len(data) or value_at > len(data):
            raise BadStream("metadata without end")
        if data[at + 1 : name_end].lower() == b"socket-type":
            found = data[value_at:end]
        at = end
    if found not in THEIR_TYPES:
        raise BadStream("a socket of another type")


def joined(parts: Sequence[Any]) -> list[Any]:
    """The same bytes in fewer pieces; large ones are not copied."""
    pieces: list[Any] = []
    small: list[Any] = []
    for part in parts:
        if len(part) <= JOINED_BYTES:
            small.append(part)
            continue
        pieces += [b"".join(small), part]
        small = []
    return [*pieces, b"".join(small)] if small else pieces
