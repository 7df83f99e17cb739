"""One connection of a client: bytes of its socket in, messages out, and the other way round, within bounds.

What it claims to be counts for nothing: answers go to the connection that asked, whatever its routing id.
"""

from __future__ import annotations

import mmap
import socket as sockets
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

from daemon.transport import zmtp
from daemon.transport.zmtp import BadStream, Mechanism, Refused

READ_BYTES = 256 << 10
LARGE_BYTES = 32 << 10  # of a frame that is read into a place of its own
ASIDE_BYTES = 1 << 20  # of a frame that is opened or sealed by another thread
MOST_FRAMES = 8  # of a message: those of PCV1 have 4, and what has some more is told so
FRAMES_A_TURN = 64


class Gone(Exception):
    """The peer closed, or its connection broke."""


@dataclass(frozen=True)
class Terms:
    """What holds for all connections of a door.

    Args:
        largest_frame: bytes.
        hold: (connection, bytes of its unfinished message) → whether it may hold so many.
        aside: does what takes long.
        wake: called when that is done, by another thread.
        scratch: what one connection reads is there for a moment.
    """

    largest_frame: int
    hold: Callable[[Peer, int], bool]
    aside: Executor
    wake: Callable[[], None]
    scratch: bytearray = field(default_factory=lambda: bytearray(READ_BYTES))


class Peer:
    """One connection of a client.

    Attributes:
        number: of this connection alone, never used again: the route of its answers.
        user: who it counts for; None until that is known.
        uid: of an ipc peer, as the system says it; None of others.
        host: the address that a TCP peer comes from.
        waits: for room to read on.
        has_more: what was read holds more than was taken out of it.
        asked: for which events the door listens at its socket.
    """

    def __init__(
        self,
        number: int,
        socket: sockets.socket,
        mechanism: Mechanism,
        terms: Terms,
        now: float,
        user: str | None = None,
        uid: str | None = None,
        host: str = "",
        is_refused: bool = False,
    ) -> None:
        self.number, self.socket, self.user, self.uid, self.host = number, socket, user, uid, host
        self.is_refused = is_refused
        self.is_closed = self.waits = self.has_more = False
        self.held = self.asked = 0
        self.accepted = self.began = self.heard = self.took = now
        self._mechanism, self._terms = mechanism, terms
        self._greeted = False
        self._data: bytes = b""
        self._at = 0
        self._large: bytearray | mmap.mmap | None = None
        self._large_flags = self._got = 0
        self._parts: list[Any] = []
        self._out: deque[memoryview] = deque()
        self._opening: Future | None = None
        self._sealing: Future | None = None
        self._say(zmtp.greeting(mechanism.name, mechanism.name == b"CURVE"))

    @property
    def key(self) -> bytes | None:
        """The public key that it came in by."""
        return self._mechanism.key

    @property
    def is_open(self) -> bool:
        """Whether the handshake is over."""
        return self._mechanism.is_done

    @property
    def wants_to_write(self) -> bool:
        return bool(self._out)

    @property
    def is_aside(self) -> bool:
        """Whether another thread opens or seals something for it."""
        return self._opening is not None or self._sealing is not None

    @property
    def is_sending(self) -> bool:
        return bool(self._out) or self._sealing is not None

    @property
    def wants_to_read(self) -> bool:
        """Not while it has more than enough, or waits for room or for another thread."""
        return not (self.has_more or self.waits or self._opening)

    @property
    def is_unfinished(self) -> bool:
        """Whether a part of a message is here and the rest is its peer's to send."""
        return bool(self._large is not None or self._parts or self._at < len(self._data))

    def receive(self, now: float) -> Iterator[list[Any]]:
        """Messages, each a list of buffers, of what can be read at once.

        Raises:
            Gone, BadStream, MemoryError.
        """
        if self._opening is not None:
            if not self._opening.done():
                return
            (flags, content), self._opening = self._opening.result(), None
            if message := self._collect(flags, content):
                yield message
        elif not (self.has_more or self.waits):
            self._read(now)
        self.has_more = self.waits = False
        for _ in range(FRAMES_A_TURN):
            if self._opening is not None or (frame := self._next_frame()) is None:
                break
            if message := self._take(*frame):
                yield message
        else:
            self.has_more = True
        self._account(now)

    def send(self, frames: Sequence[Any]) -> bool | None:
        """True taken, False the peer is gone, None it does not take more now."""
        if self.is_closed or not self.is_open:
            return False
        if self.is_sending:
            return None
        if self.key is not None and sum(map(_size, frames)) > ASIDE_BYTES:
            self._sealing = self._terms.aside.submit(self._mechanism.seal, frames)
            self._sealing.add_done_callback(lambda _: self._terms.wake())
            return True
        self._out.extend(map(memoryview, self._mechanism.seal(frames)))
        return self.write()

    def write(self, now: float | None = None) -> bool:
        """Send on what waits; False when the peer is gone."""
        if self._sealing is not None and self._sealing.done():
            self._out.extend(map(memoryview, self._sealing.result()))
            self._sealing = None
        try:
            while self._out:
                piece = self._out[0]
                sent = self.socket.send(piece)
                if now is not None:
                    self.took = now
                if sent < len(piece):
                    self._out[0] = piece[sent:]
                else:
                    self._out.popleft()
        except BlockingIOError:
            return True
        except OSError:
            self.is_closed = True
            return False
        return True

    def close(self) -> None:
        self.is_closed = True
        self.socket.close()

    def refuse(self, status: bytes) -> None:
        """Tell the peer why it is not let in; it should be closed a moment later."""
        self.is_refused = True
        self._say(zmtp.refusal(status))

    def _read(self, now: float) -> None:
        try:
            if self._large is not None:
                count = self.socket.recv_into(memoryview(self._large)[self._got :])
                self._got += count
            else:
                scratch = self._terms.scratch
                count = self.socket.recv_into(scratch)
                self._data, self._at = b"".join((self._data[self._at :], memoryview(scratch)[:count])), 0
        except BlockingIOError:
            return
        except OSError as error:
            raise Gone from error
        if not count:
            raise Gone
        self.heard = now

    def _next_frame(self) -> tuple[int, Any] | None:
        """Flags and body of the next frame that is whole."""
        if not self._greeted:
            return None if not self._greet() else self._next_frame()
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
        if size > (self._terms.largest_frame + self._mechanism.grows if self.is_open else zmtp.LARGEST_COMMAND):
            raise BadStream("a frame over the limit")
        begin = at + head
        if have - head >= size:
            self._at = begin + size
            return flags, data[begin : self._at]
        if size > LARGE_BYTES:
            if not self._terms.hold(self, self._unfinished_bytes() + size):
                self.waits = True
                return None
            self._large, self._large_flags, self._got = _room(size), flags, have - head
            self._large[: self._got] = data[begin:]
            self._data, self._at = b"", 0
        return None

    def _greet(self) -> bool:
        """Whether the greeting is whole; then the handshake begins."""
        zmtp.check_greeting(self._data[: zmtp.GREETING_BYTES], self._mechanism.name)
        if len(self._data) < zmtp.GREETING_BYTES:
            return False
        self._greeted, self._at = True, zmtp.GREETING_BYTES
        if self.is_refused:
            self.refuse(zmtp.LATER)
        else:
            self._say(self._mechanism.begin())
        return True

    def _take(self, flags: int, body: Any) -> list[Any] | None:
        """A frame as it came; the message that it ends."""
        if self.is_refused:
            return None
        if not self.is_open:
            if not flags & zmtp.COMMAND:
                raise BadStream("a message before the handshake")
            try:
                self._say(self._mechanism.answer(bytes(body)))
            except Refused as refused:
                self.refuse(refused.status)
            return None
        if self.key is not None and len(body) > ASIDE_BYTES:
            self._opening = self._terms.aside.submit(self._mechanism.open, flags, body)
            self._opening.add_done_callback(lambda _: self._terms.wake())
            return None
        return self._collect(*self._mechanism.open(flags, body))

    def _collect(self, flags: int, content: Any) -> list[Any] | None:
        if flags & zmtp.COMMAND:
            self._obey(bytes(content[:32]))
            return None
        self._parts.append(content)
        if len(self._parts) > MOST_FRAMES:
            raise BadStream("a message of countless frames")
        if flags & zmtp.MORE:
            return None
        message, self._parts = self._parts, []
        return message

    def _obey(self, said: bytes) -> None:
        """A PING is answered, unless its peer does not read; of other commands none is for us."""
        if said.startswith(b"\x04PING") and not self.is_sending:
            self._say(self._mechanism.pong(said[7:23]))

    def _account(self, now: float) -> None:
        """Note what is held of an unfinished message, and since when."""
        if not self.is_unfinished:
            self.began = now
        if self._opening is None and not self.waits:
            self._terms.hold(self, self._unfinished_bytes())

    def _unfinished_bytes(self) -> int:
        large = 0 if self._large is None else len(self._large)
        return large + sum(map(len, self._parts))

    def _say(self, data: bytes) -> None:
        if data:
            self._out.append(memoryview(data))
            self.write()


def _room(size: int) -> bytearray | mmap.mmap:
    """A place for so many bytes, which takes memory only as they come. Raises MemoryError."""
    if size <= ASIDE_BYTES:
        return bytearray(size)
    try:
        return mmap.mmap(-1, size)
    except OSError as error:
        raise MemoryError from error


def _size(frame: Any) -> int:
    return memoryview(frame).nbytes
