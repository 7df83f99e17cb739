"""One user sends a hundred requests at a time, nine send one after the other: they hardly notice.

Their waits are counted in answers to anybody, which is what fairness is about and the same on every machine; seconds
are for the table.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon import protocol
from daemon.protocol import Limits
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import KeyPair, encode, make_pair
from tests.daemon.conftest import Peer, RunningFront, small_fill
from tests.promises.crowd import Crowd

pytestmark = pytest.mark.slow
NEIGHBOURS = 9
FLOOD = 100
ROW_SECONDS = 0.02
MOST = 1.5


class Lab:
    """A front that ten users reach with their keys, and a worker that needs 20 ms a picture."""

    def __init__(self, front: RunningFront, ring: KeyRing, directory: Path) -> None:
        (front.control / "slow").write_text(str(ROW_SECONDS))
        front.wait_ready()
        self._front = front
        self._address = front.status()["addresses"][-1]
        self.pairs = [make_pair(directory / f"user{i}") for i in range(NEIGHBOURS + 1)]
        for i, pair in enumerate(self.pairs):
            ring.add(f"user{i}", encode(pair.public))

    def peer(self, pair: KeyPair) -> Peer:
        self._front.peers.append(Peer(self._address, pair=pair))
        return self._front.peers[-1]

    def p99(self, requests: int, flooder: KeyPair | None) -> tuple[float, float]:
        """Of the neighbours' requests, one under way each, while the flooder, if any, has a hundred."""
        over = threading.Event()
        flood = threading.Thread(target=self._flood, args=(flooder, over))
        if flooder:
            flood.start()
        try:
            crowd = Crowd(
                [self.peer(pair) for pair in self.pairs[1:]],
                _request("b" if flooder else "a"),
                _anything,
                answered=self._answered,
            )
            account = crowd.run(lambda account: account.sent < requests)
        finally:
            over.set()
            if flooder:
                flood.join()
        account.assert_kept()
        return account.p99()

    def _answered(self) -> int:
        return self._front.front._counters.outcomes["ok"]

    def _flood(self, pair: KeyPair, over: threading.Event) -> None:
        Crowd([self.peer(pair)], _request("f"), _anything, FLOOD).run(lambda _: not over.is_set())


def _request(letter: str) -> Callable[[int], tuple]:
    return lambda number: small_fill(f"{letter}{number}", (90, 90, 90), detail=0.0, progress=False)


def _anything(number: int, reply: protocol.Result, payload: bytes) -> bool:
    return reply.id[1:] == str(number)


@pytest.fixture
def lab(start_front: Callable[..., RunningFront], directory: Path) -> Iterator[Lab]:
    ring = KeyRing(directory / "keys")
    ring.init()
    front = start_front(Limits(max_requests=256), listen=("local", "tcp://127.0.0.1:*"), keys=ring.directory)
    yield Lab(front, ring, directory)


def test_neighbours_of_a_flooder_are_served_as_before(lab: Lab, size: Callable, found: Callable) -> None:
    requests = size(300, 3000)
    (alone_s, alone), (beside_s, beside) = lab.p99(requests, None), lab.p99(requests, lab.pairs[0])
    assert beside <= MOST * alone, f"{beside / alone:.2f} times as long"
    found(
        f"{requests} requests of {NEIGHBOURS} users, without and with one who keeps {FLOOD} under way: their p99",
        f"{alone:.0f} and {beside:.0f} answers (× {beside / alone:.2f}), {alone_s:.2f} and {beside_s:.2f} s",
    )


def test_control(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all count as one user, who sends most is served most."""
    monkeypatch.setattr("daemon.front.access.Access.user_of", lambda self, peer: "everybody")
    (_, alone), (_, beside) = lab.p99(36, None), lab.p99(36, lab.pairs[0])
    assert beside > MOST * alone
