"""What one connection sends: bytes of its socket in, frames out, within bounds of size."""

from __future__ import annotations

import mmap
import socket as sockets
from collections.abc import Callable

from daemon.transport import zmtp
from daemon.transport.zmtp import BadStream

READ_BYTES = 256 << 10
LARGE_BYTES = 32 << 10  # of a frame that is read into a place of its own
LAZY_BYTES = 1 << 20  # of one whose place takes memory only as its bytes come
EMPTY = memoryview(b"")


class Gone(Exception):
    """The peer closed, or its connection broke."""


class Incoming:
    """The frames that one connection sends.

    Args:
        socket: does not block.
        scratch: where bytes are read to; it is every connection's, and holds nothing from one call to the next.
        may_hold: whether so many bytes more may be held of a message that is not whole.

    Attributes:
        waits: for room; what was read stays until there is some.
    """

    def __init__(self, socket: sockets.socket, scratch: memoryview, may_hold: Callable[[int], bool]) -> None:
        self._socket = socket
        self._scratch = scratch
        self._may_hold = may_hold
        self._data = EMPTY
        self._at = 0
        self._large: memoryview | None = None
        self._large_flags = self._got = 0
        self.waits = False

    @property
    def is_in_a_frame(self) -> bool:
        """Whether a frame is here in part."""
        return self._large is not None or self._at < len(self._data)

    @property
    def large_bytes(self) -> int:
        """Of the place that a large frame has."""
        return 0 if self._large is None else len(self._large)

    def read(self) -> bool:
        """Take what the socket has, as much as fits; whether there was something. Raises Gone."""
        try:
            if self._large is not None:
                count = self._socket.recv_into(self._large[self._got :])
                self._got += count
            else:
                rest = len(self._data) - self._at
                count = self._socket.recv_into(self._scratch[rest:])
                self._scratch[:rest] = self._data[self._at :]
                self._data, self._at = self._scratch[: rest + count].toreadonly(), 0
        except BlockingIOError:
            return False
        except OSError as error:
            raise Gone from error
        if not count:
            raise Gone
        return True

    def keep(self) -> None:
        """To be called after frames were taken, since `scratch` is another connection's next."""
        if self._data.obj is self._scratch.obj:
            self._data, self._at = memoryview(bytes(self._data[self._at :])) if self._at < len(self._data) else EMPTY, 0

    def begins_with(self) -> bytes:
        """What came, as far as a greeting goes."""
        return bytes(self._data[self._at : self._at + zmtp.GREETING_BYTES])

    def skip(self, count: int) -> None:
        self._at += count

    def next_frame(self, largest: int) -> tuple[int, memoryview] | None:
        """Flags and body of the next frame that is whole; a read-only body is there until `keep`.

        Raises:
            BadStream: it is larger than that, or no frame.
            MemoryError.
        """
        if self._large is not None:
            if self._got < len(self._large):
                return None
            large, self._large = self._large, None
            return self._large_flags, large
        data, at = self._data, self._at
        have = len(data) - at
        if have < 2:
            return None
        flags = data[at]
        if flags & ~(zmtp.MORE | zmtp.LONG | zmtp.COMMAND):
            raise BadStream("flags that do not exist")
        head = 9 if flags & zmtp.LONG else 2
        if have < head:
            return None
        size = int.from_bytes(data[at + 1 : at + head], "big")
        if size > largest:
            raise BadStream("a frame over the limit")
        begin = at + head
        if have - head >= size:
            self._at = begin + size
            return flags, data[begin : self._at]
        if size > LARGE_BYTES:
            self._begin_large(flags, size, data[begin:])
        return None

    def _begin_large(self, flags: int, size: int, first: memoryview) -> None:
        if not self._may_hold(size):
            self.waits = True
            return
        self._large, self._large_flags, self._got = _room(size), flags, len(first)
        self._large[: self._got] = first
        self._data, self._at = EMPTY, 0


def _room(size: int) -> memoryview:
    """A place for so many bytes. Raises MemoryError."""
    if size <= LAZY_BYTES:
        return memoryview(bytearray(size))
    try:
        return memoryview(mmap.mmap(-1, size))
    except OSError as error:
        raise MemoryError from error
