"""Who may come in: accepts connections, learns whose they are, and keeps each user to a share of the places.

One connection too many is told to come later.
"""

from __future__ import annotations

import selectors
import socket as sockets
import struct
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from daemon.front.access import Access, may_control
from daemon.front.peer import Peer, Terms
from daemon.front.shares import Shares
from daemon.protocol import Limits
from daemon.transport.curve import Curve
from daemon.transport.zmtp import LATER, Plain, Refused

IPC_BYTES = 1 << 20  # that the system takes of a stream at a time; it may allow less
ACCEPTED_A_TURN = 16
KEPT_PLACES = 4  # for who runs the daemon


@dataclass(frozen=True)
class Listening:
    """A socket at which clients connect, and whether it is for those of this computer."""

    socket: sockets.socket
    is_local: bool


class Reception:
    """The places that there are for connections, and who has them.

    Args:
        listening: where clients come in.
        connections: those that are there, by number.
        selector: is told to look at the sockets of `listening`, each with itself as data.
        most_connections: that the system has descriptors for.
        access: knows whose keys are let in by TCP; without it TCP is plain and nobody is told apart there.
        terms: of new connections.
    """

    def __init__(
        self,
        listening: Sequence[Listening],
        connections: Mapping[int, Peer],
        selector: selectors.BaseSelector,
        limits: Limits,
        most_connections: int,
        access: Access | None,
        terms: Terms,
    ) -> None:
        most = min(limits.max_connections, most_connections)
        self._most_guests = max(4, most // 4)  # whose user is not known yet, or who are told to come later
        places = most - self._most_guests
        each = min(limits.max_user_connections, max(1, places // 2))
        self._places = Shares(places, each, min(KEPT_PLACES, places // 4))
        self._listening, self._connections, self._selector = listening, connections, selector
        self._access, self._terms = access, terms
        self._next_number = 1
        self.is_open = False
        self.open()

    def open(self) -> None:
        """Take new ones, again after there was no descriptor left for them."""
        if not self.is_open:
            for listening in self._listening:
                self._selector.register(listening.socket, selectors.EVENT_READ, listening)
        self.is_open = True

    def close(self) -> None:
        for listening in self._listening:
            listening.socket.close()

    def accept(self, listening: Listening, now: float) -> Iterator[Peer]:
        """Those who have knocked there; each is to be among the connections before the next is asked for."""
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
            number, self._next_number = self._next_number, self._next_number + 1
            make = partial(Peer, number, socket, terms=self._terms, now=now)
            yield self._local(make, socket) if listening.is_local else self._remote(make, number, socket, address[0])

    def leave(self, peer: Peer) -> None:
        """Its place is free."""
        if peer.user is not None:
            self._places.give(peer.user, 1)

    def one_too_many(self) -> Peer | None:
        """Of too many whose user is not known the oldest that comes from where most are from."""
        guests = [peer for peer in self._connections.values() if peer.user is None]
        if len(guests) <= self._most_guests:
            return None
        origins = Counter(guest.uid or guest.host for guest in guests)
        most, _ = origins.most_common(1)[0]
        return next(guest for guest in guests if (guest.uid or guest.host) == most)

    def _local(self, make: partial[Peer], socket: sockets.socket) -> Peer:
        for option in (sockets.SO_SNDBUF, sockets.SO_RCVBUF):
            socket.setsockopt(sockets.SOL_SOCKET, option, IPC_BYTES)
        user = _uid(socket)
        is_let_in = self._places.take(user, 1, may_control(user))
        return make(Plain(), user=user if is_let_in else None, uid=user, is_refused=not is_let_in)

    def _remote(self, make: partial[Peer], number: int, socket: sockets.socket, host: str) -> Peer:
        socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
        if self._access is None:
            is_let_in = self._places.take("", 1)
            return make(Plain(), user="" if is_let_in else None, host=host, is_refused=not is_let_in)
        pair = self._access.pair
        return make(Curve(pair.public, pair.secret, partial(self._lets_in, number)), host=host)

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

    def _pause(self) -> None:
        if self.is_open:
            for listening in self._listening:
                self._selector.unregister(listening.socket)
        self.is_open = False


def _uid(socket: sockets.socket) -> str:
    """Of a peer on this computer, as the system vouches for it; "" where it does not."""
    if sys.platform != "linux":
        return ""
    _, uid, _ = struct.unpack("3i", socket.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, struct.calcsize("3i")))
    return str(uid)
