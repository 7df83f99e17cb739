"""The public side of a front: takes connections, bounds what each user may have of them, and hands messages over.

Everything here is counted for a user: connections, and bytes of messages that are not whole yet. A peer that breaks a
bound is cut, one too many is told to come later; no peer can end the process or keep others from being served.
"""

from __future__ import annotations

import selectors
import socket as sockets
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import zmq

from daemon.access import Access, may_control
from daemon.connection import Connection, Gone, Terms
from daemon.curve import Curve
from daemon.protocol import Limits
from daemon.shares import Shares
from daemon.zmtp import LATER, BadStream, Plain, Refused

IPC_BYTES = 1 << 20  # that the system takes of a stream at a time; it may allow less
ACCEPTED_A_TURN = 16
KEPT_PLACES = 4  # for who runs the daemon
HANDSHAKE_SECONDS = 3.0
SILENCE_SECONDS = 10.0  # in the middle of a message
PATIENT_SECONDS = 30.0  # for a message that comes slowly while others wait for room
LONGEST_SECONDS = 600.0  # for any message
DEAF_SECONDS = 60.0  # without taking a byte of what is sent
TICK_SECONDS = 0.5
RETRY_SECONDS = 0.05


@dataclass(frozen=True)
class Listening:
    """A socket at which clients connect, and whether it is for those of this computer."""

    socket: sockets.socket
    is_local: bool


class Door:
    """
    Args:
        listening: where clients come in.
        limits: how much of everything there is.
        most_connections: that the system has descriptors for.
        access: knows whose keys are let in by TCP; without it TCP is plain and nobody is told apart there.
    """

    def __init__(
        self,
        listening: Sequence[Listening],
        limits: Limits,
        most_connections: int,
        access: Access | None = None,
    ) -> None:
        most = min(limits.max_connections, most_connections)
        self._most_guests = max(4, most // 4)  # whose user is not known yet, or who are told to come later
        places = most - self._most_guests
        each = min(limits.max_user_connections, max(1, places // 2))
        self._places = Shares(places, each, min(KEPT_PLACES, places // 4))
        largest = limits.max_frame_bytes + limits.max_pixels + (1 << 20)
        self._unfinished = Shares(max(limits.max_request_bytes, largest + largest // 2), largest)
        self._access = access
        self._selector = selectors.DefaultSelector()
        self._listening = listening
        self._connections: dict[int, Connection] = {}
        self._ready: dict[int, Connection] = {}
        self._aside: dict[int, Connection] = {}
        self._waiting: dict[int, Connection] = {}
        self._next_number = 1
        self._ticked = self._retried = 0.0
        self._listens = False
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="door")
        self._wake, self._waker = sockets.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._terms = Terms(limits.max_frame_bytes, self._hold, self._threads, self._stir)
        self._listen()

    @property
    def is_busy(self) -> bool:
        """Whether there is something to do without anything new from outside."""
        return bool(self._ready)

    @property
    def is_waiting(self) -> bool:
        """Whether somebody waits for what only time gives."""
        return bool(self._waiting or self._aside or not self._listens)

    @property
    def connections(self) -> int:
        return len(self._connections)

    def register_with(self, poller: zmq.Poller) -> None:
        """So that the poll ends when something is to be done here."""
        if hasattr(self._selector, "fileno"):
            poller.register(self._selector.fileno(), zmq.POLLIN)
            return
        for key in self._selector.get_map().values():  # where the system has select alone
            wanted = (zmq.POLLIN if key.events & selectors.EVENT_READ else 0) | (
                zmq.POLLOUT if key.events & selectors.EVENT_WRITE else 0
            )
            poller.register(key.fileobj, wanted)

    def messages(self, now: float) -> Iterator[tuple[Connection, list[Any]]]:
        """What came, each with the connection that sent it: some of every connection, the rest at the next call."""
        for key, events in self._selector.select(0):
            if isinstance(key.data, Listening):
                self._accept(key.data, now)
            elif key.data is None:
                with suppress(BlockingIOError):
                    self._wake.recv(4096)
            else:
                if events & selectors.EVENT_WRITE:
                    key.data.write(now)
                    self._settle(key.data)
                if events & selectors.EVENT_READ:
                    self._ready[key.data.number] = key.data
        for connection in list(self._aside.values()):
            self._go_on(connection, now)
        if self._waiting and now - self._retried > RETRY_SECONDS:
            self._retried = now
            self._ready |= self._waiting
        ready, self._ready = self._ready, {}
        for connection in ready.values():
            if not connection.is_closed:
                yield from self._receive(connection, now)
        if now - self._ticked > TICK_SECONDS:
            self._ticked = now
            self._tick(now)

    def send(self, number: int, frames: Sequence[Any]) -> bool | None:
        """True taken, False the peer is gone, None it does not take more now."""
        connection = self._connections.get(number)
        if connection is None:
            return False
        taken = connection.send(frames)
        self._settle(connection)
        return taken

    def close(self, seconds: float) -> None:
        """Let what was said leave, at most for so long, and close."""
        for listening in self._listening:
            listening.socket.close()
        limit = time.monotonic() + seconds
        while time.monotonic() < limit and (left := [c for c in self._connections.values() if c.is_sending]):
            for connection in left:
                if not connection.write():
                    self._cut(connection)
            time.sleep(0.005)
        for connection in list(self._connections.values()):
            with suppress(OSError):
                connection.socket.shutdown(sockets.SHUT_WR)
            self._cut(connection)
        self._threads.shutdown()
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def _receive(self, connection: Connection, now: float) -> Iterator[tuple[Connection, list[Any]]]:
        try:
            for message in connection.receive(now):
                yield connection, message
        except (Gone, BadStream, MemoryError):
            self._cut(connection)
        self._settle(connection)

    def _go_on(self, connection: Connection, now: float) -> None:
        """Another thread may have done what this connection waited for."""
        connection.write(now)
        self._ready[connection.number] = connection

    def _accept(self, listening: Listening, now: float) -> None:
        for _ in range(ACCEPTED_A_TURN):
            try:
                socket, address = listening.socket.accept()
            except BlockingIOError:
                return
            except ConnectionError:
                continue
            except OSError:  # no descriptor is left; those who wait are taken when one is
                self._pause()
                return
            socket.setblocking(False)
            self._welcome(socket, address, listening.is_local, now)

    def _welcome(self, socket: sockets.socket, address: Any, is_local: bool, now: float) -> None:
        number, self._next_number = self._next_number, self._next_number + 1
        make = partial(Connection, number, socket, terms=self._terms, now=now)
        if is_local:
            for option in (sockets.SO_SNDBUF, sockets.SO_RCVBUF):
                socket.setsockopt(sockets.SOL_SOCKET, option, IPC_BYTES)
            user = _uid(socket)
            is_let_in = self._places.take(user, 1, may_control(user))
            connection = make(Plain(), user=user if is_let_in else None, uid=user, is_refused=not is_let_in)
        else:
            socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
            socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
            if self._access is None:
                is_let_in = self._places.take("", 1)
                connection = make(Plain(), user="" if is_let_in else None, peer=address[0], is_refused=not is_let_in)
            else:
                pair = self._access.pair
                connection = make(Curve(pair.public, pair.secret, partial(self._lets_in, number)), peer=address[0])
        self._connections[number] = connection
        if connection.user is None:
            self._bound_guests()
        self._settle(connection)

    def _lets_in(self, number: int, key: bytes) -> bool:
        """Whether the connection may come in with this key.

        Raises:
            Refused: not now.
        """
        connection = self._connections[number]
        user = self._access.name_of(key, connection.peer) if self._access else None
        if user is None:
            return False
        if not self._places.take(user, 1):
            raise Refused(LATER)
        connection.user = user
        return True

    def _bound_guests(self) -> None:
        """Of too many whose user is not known the oldest goes that comes from where most are from."""
        guests = [c for c in self._connections.values() if c.user is None]
        if len(guests) > self._most_guests:
            origins = Counter(guest.uid or guest.peer for guest in guests)
            most, _ = origins.most_common(1)[0]
            self._cut(next(guest for guest in guests if (guest.uid or guest.peer) == most))

    def _hold(self, connection: Connection, wanted: int) -> bool:
        """Whether the connection may hold so many bytes of an unfinished message."""
        user, more = connection.user or "", wanted - connection.held
        if more > 0 and not self._unfinished.take(user, more):
            return False
        if more < 0:
            self._unfinished.give(user, -more)
        connection.held = wanted
        return True

    def _settle(self, connection: Connection) -> None:
        """Note what the connection is to be asked for next."""
        number = connection.number
        if connection.is_closed:
            self._cut(connection)
            return
        for place, belongs in (
            (self._ready, connection.has_more),
            (self._waiting, connection.waits),
            (self._aside, connection.is_aside),
        ):
            if belongs:
                place[number] = connection
            elif place:
                place.pop(number, None)
        wanted = (selectors.EVENT_READ if connection.wants_to_read else 0) | (
            selectors.EVENT_WRITE if connection.wants_to_write else 0
        )
        if wanted != connection.asked:
            if not connection.asked:
                self._selector.register(connection.socket, wanted, connection)
            elif not wanted:
                self._selector.unregister(connection.socket)
            else:
                self._selector.modify(connection.socket, wanted, connection)
            connection.asked = wanted

    def _cut(self, connection: Connection) -> None:
        if self._connections.pop(connection.number, None) is None:
            return
        if connection.asked:
            self._selector.unregister(connection.socket)
        connection.close()
        for place in (self._ready, self._waiting, self._aside):
            place.pop(connection.number, None)
        if connection.held:
            self._unfinished.give(connection.user or "", connection.held)
        if connection.user is not None:
            self._places.give(connection.user, 1)

    def _tick(self, now: float) -> None:
        """Cut those whose time is over; take new ones again."""
        if not self._listens:
            self._listen()
        for connection in list(self._connections.values()):
            if _is_late(connection, now):
                self._cut(connection)
        if self._waiting:
            slow = [c for c in self._connections.values() if c.held and not c.waits]
            oldest = min(slow, key=lambda c: c.began, default=None)
            if oldest is not None and now - oldest.began > PATIENT_SECONDS:
                self._cut(oldest)

    def _listen(self) -> None:
        for listening in self._listening:
            self._selector.register(listening.socket, selectors.EVENT_READ, listening)
        self._listens = True

    def _pause(self) -> None:
        if self._listens:
            for listening in self._listening:
                self._selector.unregister(listening.socket)
        self._listens = False

    def _stir(self) -> None:
        """From another thread: something was opened or sealed."""
        with suppress(OSError):
            self._waker.send(b"x")


def _is_late(connection: Connection, now: float) -> bool:
    """Whether the peer has kept us waiting for too long; notes those for whom the clock does not run."""
    if not connection.is_open:
        return now - connection.accepted > HANDSHAKE_SECONDS
    if connection.waits or connection.is_aside:
        connection.heard = now
    if not connection.is_sending or connection.is_aside:
        connection.took = now
    if now - connection.took > DEAF_SECONDS:
        return True
    is_slow = now - connection.heard > SILENCE_SECONDS or now - connection.began > LONGEST_SECONDS
    return connection.is_unfinished and is_slow


def _uid(socket: sockets.socket) -> str:
    """Of a peer on this computer, as the system vouches for it; "" where it does not."""
    if sys.platform != "linux":
        return ""
    _, uid, _ = struct.unpack("3i", socket.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, struct.calcsize("3i")))
    return str(uid)
