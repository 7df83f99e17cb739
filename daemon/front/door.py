"""The public side of a front: hears all connections in turn, and hands their messages over.

Bytes of messages that are not whole yet are counted for a user; `reception` counts connections. A peer that breaks a
bound is cut; no peer can end the process or keep others from being served.
"""

from __future__ import annotations

import selectors
import socket as sockets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import zmq

from daemon.front import patience
from daemon.front.access import Access
from daemon.front.incoming import Gone
from daemon.front.peer import Peer, Terms
from daemon.front.reception import Listening, Reception
from daemon.front.shares import Shares
from daemon.protocol import Limits
from daemon.transport.zmtp import BadStream

TICK_SECONDS = 0.5
RETRY_SECONDS = 0.05


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
        largest = limits.max_frame_bytes + 2 * limits.max_pixels + (1 << 20)
        self._unfinished = Shares(max(limits.max_request_bytes, largest + largest // 2), largest)
        self._selector = selectors.DefaultSelector()
        self._connections: dict[int, Peer] = {}
        self._ready: dict[int, Peer] = {}
        self._aside: dict[int, Peer] = {}
        self._waiting: dict[int, Peer] = {}
        self._told: dict[int, Peer] = {}
        self._ticked = self._retried = 0.0
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="door")
        self._wake, self._waker = sockets.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._wake, selectors.EVENT_READ)
        terms = Terms(limits.max_frame_bytes, self._hold, self._threads, self._stir)
        self._reception = Reception(
            listening, self._connections, self._selector, limits, most_connections, access, terms
        )

    @property
    def is_busy(self) -> bool:
        """Whether there is something to do without anything new from outside."""
        return bool(self._ready or self._told)

    @property
    def is_waiting(self) -> bool:
        """Whether somebody waits for what only time gives."""
        return bool(self._waiting or self._aside or not self._reception.is_open)

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
                self._welcome(key.data, now)
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
        """True taken, to leave by the next `flush`; False the peer is gone; None it does not take more now."""
        peer = self._connections.get(number)
        if peer is None:
            return False
        taken = peer.send(frames)
        if taken:
            self._told[number] = peer
            if peer.has_much_to_write:
                peer.write()
        return taken

    def flush(self) -> None:
        """Send what was said since the last call."""
        if self._told:
            told, self._told = self._told, {}
            for peer in told.values():
                peer.write()
                self._settle(peer)

    def close(self, seconds: float) -> None:
        """Let what was said leave, at most for so long, and close."""
        self._reception.close()
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

    def _welcome(self, listening: Listening, now: float) -> None:
        for peer in self._reception.accept(listening, now):
            self._connections[peer.number] = peer
            if peer.user is None and (guest := self._reception.one_too_many()):
                self._cut(guest)
            self._settle(peer)

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
        if peer.is_closed:
            self._cut(peer)
            return
        _put(self._ready, peer, peer.has_more)
        _put(self._waiting, peer, peer.waits)
        _put(self._aside, peer, peer.is_aside)
        wanted = (selectors.EVENT_READ if peer.wants_to_read else 0) | (
            selectors.EVENT_WRITE if peer.wants_to_write and peer.number not in self._told else 0
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
        for place in (self._ready, self._waiting, self._aside, self._told):
            place.pop(peer.number, None)
        if peer.held:
            self._unfinished.give(peer.user or "", peer.held)
        self._reception.leave(peer)

    def _tick(self, now: float) -> None:
        """Cut those whose time is over; take new ones again."""
        self._reception.open()
        for peer in list(self._connections.values()):
            if patience.is_late(peer, now):
                self._cut(peer)
        if self._waiting and (slow := patience.slowest(self._connections.values(), now)):
            self._cut(slow)

    def _stir(self) -> None:
        """From another thread: something was opened or sealed."""
        with suppress(OSError):
            self._waker.send(b"x")


def _put(place: dict[int, Peer], peer: Peer, belongs: bool) -> None:
    """Have it there or not."""
    if belongs:
        place[peer.number] = peer
    elif place:
        place.pop(peer.number, None)
