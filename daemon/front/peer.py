"""One connection of a client: handshake, messages in and messages out, within bounds.

What it claims to be counts for nothing: answers go to the connection that asked, whatever its routing id.
"""

from __future__ import annotations

import socket as sockets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

from daemon.front.incoming import READ_BYTES, Incoming
from daemon.front.outgoing import ASIDE_BYTES, Outgoing
from daemon.transport import zmtp
from daemon.transport.zmtp import BadStream, Mechanism, Refused

MOST_FRAMES = 8  # of a message: those of PCV1 have 4, and what has some more is told so
FRAMES_A_TURN = 64


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
    scratch: memoryview = field(default_factory=lambda: memoryview(bytearray(READ_BYTES)))


class Peer:
    """One connection of a client.

    Attributes:
        number: of this connection alone, never used again: the route of its answers.
        user: who it counts for; None until that is known.
        uid: of an ipc peer, as the system says it; None of others.
        host: the address that a TCP peer comes from.
        has_more: what was read holds more than was taken out of it.
        held: bytes of its unfinished message that it is charged for.
        asked: for which events the door listens at its socket.
        accepted, began, heard, took: when it came, its message began, it sent a byte last, and took one.
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
        self.is_closed = self.has_more = False
        self.held = self.asked = 0
        self.accepted = self.began = self.heard = self.took = now
        self._mechanism, self._terms = mechanism, terms
        self._incoming = Incoming(socket, terms.scratch, lambda more: terms.hold(self, self._parts_bytes() + more))
        self._outgoing = Outgoing(socket, mechanism, terms.aside, terms.wake)
        self._greeted = False
        self._parts: list[Any] = []
        self._opening: Future[tuple[int, Any]] | None = None
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
    def waits(self) -> bool:
        """For room to read on."""
        return self._incoming.waits

    @property
    def is_aside(self) -> bool:
        """Whether another thread opens or seals something for it."""
        return self._opening is not None or self._outgoing.is_sealing

    @property
    def wants_to_write(self) -> bool:
        return self._outgoing.is_waiting

    @property
    def has_much_to_write(self) -> bool:
        return self._outgoing.has_much

    @property
    def is_full(self) -> bool:
        """Whether it is sent no more until it has taken what waits."""
        return self._outgoing.is_full

    @property
    def is_sending(self) -> bool:
        return self._outgoing.is_waiting or self._outgoing.is_sealing

    @property
    def wants_to_read(self) -> bool:
        """Not while it has more than enough, or waits for room or for another thread."""
        return not (self.has_more or self.waits or self._opening)

    @property
    def is_unfinished(self) -> bool:
        """Whether a part of a message is here and the rest is its peer's to send."""
        return bool(self._parts) or self._incoming.is_in_a_frame

    def receive(self, now: float) -> Iterator[list[Any]]:
        """Messages, each a list of buffers, of what can be read at once.

        Raises:
            Gone, BadStream, MemoryError.
        """
        incoming = self._incoming
        if self._opening is not None:
            if not self._opening.done():
                return
            (flags, content), self._opening = self._opening.result(), None
            if message := self._collect(flags, content):
                yield message
        elif not (self.has_more or incoming.waits) and incoming.read():
            self.heard = now
        self.has_more = incoming.waits = False
        if not self._greeted:
            self._greet()
        mechanism = self._mechanism
        largest = self._terms.largest_frame + mechanism.grows
        for _ in range(FRAMES_A_TURN if self._greeted else 0):
            frame = incoming.next_frame(largest if mechanism.is_done else zmtp.LARGEST_COMMAND)
            if frame is None:
                break
            if not mechanism.is_done:
                self._shake_hands(*frame)
            elif len(frame[1]) > ASIDE_BYTES and mechanism.key is not None:
                self._opening = self._terms.aside.submit(mechanism.open, *frame)
                self._opening.add_done_callback(lambda _: self._terms.wake())
                break
            elif message := self._collect(*mechanism.open(*frame)):
                yield message
        else:
            self.has_more = self._greeted
        incoming.keep()
        self._account(now)

    def send(self, frames: Sequence[Any]) -> bool | None:
        """True taken, to be sent by the next `write`; False the peer is gone; None it does not take more now."""
        if self.is_closed or not self.is_open:
            return False
        if self.is_full:
            return None
        self._outgoing.add(frames)
        return True

    def write(self, now: float | None = None) -> bool:
        """Send on what waits; False when the peer is gone."""
        try:
            if self._outgoing.write() and now is not None:
                self.took = now
        except OSError:
            self.is_closed = True
        return not self.is_closed

    def close(self) -> None:
        self.is_closed = True
        self.socket.close()

    def refuse(self, status: bytes) -> None:
        """Tell the peer why it is not let in; it should be closed a moment later."""
        self.is_refused = True
        self._say(zmtp.refusal(status))

    def _greet(self) -> None:
        """Once the greeting is whole the handshake begins."""
        came = self._incoming.begins_with()
        zmtp.check_greeting(came, self._mechanism.name)
        if len(came) < zmtp.GREETING_BYTES:
            return
        self._greeted = True
        self._incoming.skip(zmtp.GREETING_BYTES)
        if self.is_refused:
            self.refuse(zmtp.LATER)
        else:
            self._say(self._mechanism.begin())

    def _shake_hands(self, flags: int, body: memoryview) -> None:
        if self.is_refused:
            return
        if not flags & zmtp.COMMAND:
            raise BadStream("a message before the handshake")
        try:
            self._say(self._mechanism.answer(bytes(body)))
        except Refused as refused:
            self.refuse(refused.status)

    def _collect(self, flags: int, content: Any) -> list[Any] | None:
        """The message that this frame ends."""
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
        if said.startswith(b"\x04PING") and not self.is_full:
            self._say(self._mechanism.pong(said[7:23]))

    def _account(self, now: float) -> None:
        """Note what is held of an unfinished message, and since when."""
        if not self.is_unfinished:
            self.began = now
        if self._opening is None and not self.waits:
            self._terms.hold(self, self._incoming.large_bytes + self._parts_bytes())

    def _parts_bytes(self) -> int:
        return sum(map(len, self._parts))

    def _say(self, data: bytes) -> None:
        if data:
            self._outgoing.say(data)
            self.write()
