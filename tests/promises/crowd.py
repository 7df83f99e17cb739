"""Many peers in one thread, each with requests under way; every answer is counted, and checked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import zmq

from daemon import protocol
from tests.daemon.conftest import Peer

PATIENCE = 90.0  # without any answer
AFTERWARDS = 0.5  # in which second answers would still come

Make = Callable[[int], tuple[protocol.Fill, bytes, bytes]]
Check = Callable[[int, protocol.Result, bytes], bool]


@dataclass
class Account:
    """What became of the requests, by number."""

    sent: int = 0
    outcomes: dict[int, str] = field(default_factory=dict)
    waits: dict[int, tuple[float, float]] = field(default_factory=dict)
    twice: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    busy: int = 0

    def assert_kept(self) -> None:
        """Every request has one answer and it is right."""
        lost = sorted(set(range(self.sent)) - set(self.outcomes))
        bad = Counter(outcome for outcome in self.outcomes.values() if outcome != "ok")
        assert not lost, f"{len(lost)} lost: {lost[:9]}"
        assert not self.twice, f"{len(self.twice)} answered twice: {self.twice[:9]}"
        assert not self.wrong, f"{len(self.wrong)} wrong: {self.wrong[:9]}"
        assert not bad, f"failed: {bad}"

    def p99(self) -> tuple[float, float]:
        """Of the good answers: seconds, and answers of others that came meanwhile."""
        good = [wait for number, wait in self.waits.items() if self.outcomes[number] == "ok"]
        place = min(len(good) - 1, int(0.99 * len(good)))
        return sorted(wait[0] for wait in good)[place], sorted(wait[1] for wait in good)[place]


class Crowd:
    """Peers that send requests and take their answers, all in one thread.

    Args:
        peers: take turns; number `i` sends requests i, i + len(peers), ….
        make: request of a number; its id must be a letter and the number.
        check: whether an answer is right.
        depth: requests under way of each peer.
        patience: seconds without any answer after which what is open counts as lost.
        answered: how many answers the front has given so far, to anybody.
    """

    def __init__(
        self,
        peers: Sequence[Peer],
        make: Make,
        check: Check,
        depth: int = 1,
        patience: float = PATIENCE,
        answered: Callable[[], int] = lambda: 0,
    ) -> None:
        self.account = Account()
        self._peers = peers
        self._make, self._check = make, check
        self._depth = depth
        self._patience = patience
        self._answered = answered
        self._sent_at: dict[int, tuple[float, int]] = {}
        self._peer_of: dict[int, Peer] = {}
        self._again: list[tuple[float, int]] = []
        self._poller = zmq.Poller()
        for peer in peers:
            self._poller.register(peer.socket, zmq.POLLIN)

    @property
    def open(self) -> list[int]:
        """Numbers that have no answer yet; may be asked from another thread."""
        return list(self._sent_at)

    def run(self, goes_on: Callable[[Account], bool]) -> Account:
        """Send while `goes_on`, then wait for the answers that are missing."""
        for peer in self._peers:
            for _ in range(self._depth):
                self._send_next(peer)
        quiet_since, by_socket = time.monotonic(), {peer.socket: peer for peer in self._peers}
        while self._sent_at and time.monotonic() - quiet_since < self._patience:
            for socket, _ in self._poller.poll(20):
                quiet_since = time.monotonic()
                if self._receive(socket) and goes_on(self.account):
                    self._send_next(by_socket[socket])
            self._send_again()
        until = time.monotonic() + AFTERWARDS
        while (left := until - time.monotonic()) > 0:
            for socket, _ in self._poller.poll(left * 1000):
                self._receive(socket)
        return self.account

    def _send_next(self, peer: Peer) -> None:
        number = self.account.sent
        self.account.sent += 1
        self._peer_of[number], self._sent_at[number] = peer, (time.monotonic(), self._answered())
        self._send(number)

    def _send(self, number: int) -> None:
        self._peer_of[number].send(*protocol.encode(*self._make(number)))

    def _send_again(self) -> None:
        now = time.monotonic()
        due = [number for at, number in self._again if at <= now]
        self._again = [(at, number) for at, number in self._again if at > now]
        for number in due:
            self._send(number)

    def _receive(self, socket: zmq.Socket) -> bool:
        """Whether a request has got its answer."""
        frames = socket.recv_multipart()
        reply = protocol.decode_reply(frames)
        if isinstance(reply, protocol.ProgressEvent):
            return False
        number = int(reply.id[1:])
        if isinstance(reply, protocol.Error) and reply.code in ("busy", "shutting_down"):
            self.account.busy += 1
            self._again.append((time.monotonic() + (reply.retry_after or 0.1), number))
            return False
        if number in self.account.outcomes:
            self.account.twice.append(number)
            return False
        seconds, before = self._sent_at.pop(number)
        self.account.waits[number] = time.monotonic() - seconds, self._answered() - before
        self.account.outcomes[number] = reply.code if isinstance(reply, protocol.Error) else "ok"
        if isinstance(reply, protocol.Result) and not self._check(number, reply, frames[2]):
            self.account.wrong.append(number)
        return True
