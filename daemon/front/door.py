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

from daemon.front.access import Access, may_control
from daemon.front.peer import Gone, Peer, Terms
from daemon.front.shares import Shares
from daemon.protocol import Limits
from daemon.transport.curve import Curve
from daemon.transport.zmtp import LATER, BadStream, Plain, Refused

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
    """The sockets that clients come in by, and the peers that are connected.

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
        self._connections: dict[int, Peer] = {}
        self._ready: dict[int, Peer] = {}
        self._aside: dict[int, Peer] = {}
        self._waiting: dict[int, Peer] = {}
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

    def messages(self, now: float) -> Iterator[tuple[Peer, list[Any]]]:
        """What came, each with the connection that sent it: some of every one, the rest at the next call."""
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
        for peer in list(self._aside.values()):
            self._go_on(peer, now)
        if self._waiting and now - self._retried > RETRY_SECONDS:
            self._retried = now
            self._ready |= self._waiting
        ready, self._ready = self._ready, {}
        for peer in ready.values():
            if not peer.is_closed:
                yield from self._receive(peer, now)
        if now - self._ticked > TICK_SECONDS:
            self._ticked = now
            self._tick(now)

    def send(self, number: int, frames: Sequence[Any]) -> bool | None:
        """True taken, False the peer is gone, None it does not take more now."""
        peer = self._connections.get(number)
        if peer is None:
            return False
        taken = peer.send(frames)
        self._settle(peer)
        return taken

    def close(self, seconds: float) -> None:
        """Let what was said leave, at most for so long, and close."""
        for listening in self._listening:
            listening.socket.close()
        limit = time.monotonic() + seconds
        while time.monotonic() < limit and (left := [c for c in self._connections.values() if c.is_sending]):
            for peer in left:
                if not peer.write():
                    self._cut(peer)
            time.sleep(0.005)
        for peer in list(self._connections.values()):
            with suppress(OSError):
                peer.socket.shutdown(sockets.SHUT_WR)
            self._cut(peer)
        self._threads.shutdown()
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def _receive(self, peer: Peer, now: float) -> Iterator[tuple[Peer, list[Any]]]:
        try:
            for message in peer.receive(now):
                yield peer, message
        except (Gone, BadStream, MemoryError):
            self._cut(peer)
        self._settle(peer)

    def _go_on(self, peer: Peer, now: float) -> None:
        """Another thread may have done what this connection waited for."""
        peer.write(now)
        self._ready[peer.number] = peer

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
        make = partial(Peer, number, socket, terms=self._terms, now=now)
        if is_local:
            for option in (sockets.SO_SNDBUF, sockets.SO_RCVBUF):
                socket.setsockopt(sockets.SOL_SOCKET, option, IPC_BYTES)
            user = _uid(socket)
            is_let_in = self._places.take(user, 1, may_control(user))
            peer = make(Plain(), user=user if is_let_in else None, uid=user, is_refused=not is_let_in)
        else:
            socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
            socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
            if self._access is None:
                is_let_in = self._places.take("", 1)
                peer = make(Plain(), user="" if is_let_in else None, host=address[0], is_refused=not is_let_in)
            else:
                pair = self._access.pair
                peer = make(Curve(pair.public, pair.secret, partial(self._lets_in, number)), host=address[0])
        self._connections[number] = peer
        if peer.user is None:
            self._bound_guests()
        self._settle(peer)

    def _lets_in(self, number: int, key: bytes) -> bool:
        """Whether the connection may come in with this key.

        Raises:
            Refused: not now.
        """
        peer = self._connections[number]
        user = self._access.name_of(key, peer.host) if self._access else None
        if user is None:
            return False
        if not self._places.take(user, 1):
            raise Refused(LATER)
        peer.user = user
        return True

    def _bound_guests(self) -> None:
        """Of too many whose user is not known the oldest goes that comes from where most are from."""
        guests = [c for c in self._connections.values() if c.user is None]
        if len(guests) > self._most_guests:
            origins = Counter(guest.uid or guest.host for guest in guests)
            most, _ = origins.most_common(1)[0]
            self._cut(next(guest for guest in guests if (guest.uid or guest.host) == most))

    def _hold(self, peer: Peer, wanted: int) -> bool:
        """Whether the connection may hold so many bytes of an unfinished message."""
        user, more = peer.user or "", wanted - peer.held
        if more > 0 and not self._unfinished.take(user, more):
            return False
        if more < 0:
            self._unfinished.give(user, -more)
        peer.held = wanted
        return True

    def _settle(self, peer: Peer) -> None:
        """Note what the peer is to be asked for next."""
        number = peer.number
        if peer.is_closed:
            self._cut(peer)
            return
        for place, belongs in (
            (self._ready, peer.has_more),
            (self._waiting, peer.waits),
            (self._aside, peer.is_aside),
        ):
            if belongs:
                place[number] = peer
            elif place:
                place.pop(number, None)
        wanted = (selectors.EVENT_READ if peer.wants_to_read else 0) | (
            selectors.EVENT_WRITE if peer.wants_to_write else 0
        )
        if wanted != peer.asked:
            if not peer.asked:
                self._selector.register(peer.socket, wanted, peer)
            elif not wanted:
                self._selector.unregister(peer.socket)
            else:
                self._selector.modify(peer.socket, wanted, peer)
            peer.asked = wanted

    def _cut(self, peer: Peer) -> None:
        if self._connections.pop(peer.number, None) is None:
            return
        if peer.asked:
            self._selector.unregister(peer.socket)
        peer.close()
        for place in (self._ready, self._waiting, self._aside):
            place.pop(peer.number, None)
        if peer.held:
            self._unfinished.give(peer.user or "", peer.held)
        if peer.user is not None:
            self._places.give(peer.user, 1)

    def _tick(self, now: float) -> None:
        """Cut those whose time is over; take new ones again."""
        if not self._listens:
            self._listen()
        for peer in list(self._connections.values()):
            if _is_late(peer, now):
                self._cut(peer)
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


def _is_late(peer: Peer, now: float) -> bool:
    """Whether the peer has kept us waiting for too long; notes those for whom the clock does not run."""
    if not peer.is_open:
        return now - peer.accepted > HANDSHAKE_SECONDS
    if peer.waits or peer.is_aside:
        peer.heard = now
    if not peer.is_sending or peer.is_aside:
        peer.took = now
    if now - peer.took > DEAF_SECONDS:
        return True
    is_slow = now - peer.heard > SILENCE_SECONDS or now - peer.began > LONGEST_SECONDS
    return peer.is_unfinished and is_slow


def _uid(socket: sockets.socket) -> str:
    """Of a peer on this computer, as the system vouches for it; "" where it does not."""
    if sys.platform != "linux":
        return ""
    _, uid, _ = struct.unpack("3i", socket.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, struct.calcsize("3i")))
    return str(uid)
