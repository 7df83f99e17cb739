"""A front as two users meet it, by ipc and by CURVE: `bob` is hostile, `anna` wants her pictures filled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon import protocol
from daemon.protocol import Limits
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import KeyPair, encode, make_pair
from tests.daemon.conftest import Peer, RunningFront, is_filled, small_fill
from tests.promises.strangers.raw import Raw

LIMITS = Limits(max_frame_bytes=8 << 20, max_pixels=1 << 20, max_request_bytes=32 << 20)


class Town:
    """A daemon, the two users whom it knows, and whoever else comes.

    Attributes:
        address: by which bob and anna come.
        bob, anna: their key pairs; None by ipc, where both are who runs the tests.
    """

    def __init__(self, front: RunningFront, address: str, bob: KeyPair | None, anna: KeyPair | None) -> None:
        self.front, self.address, self.bob, self.anna = front, address, bob, anna
        self._raw: list[Raw] = []

    def raw(self, identity: bytes = b"") -> Raw:
        """One more connection of bob."""
        self._raw.append(Raw(self.address, identity, self.bob))
        return self._raw[-1]

    def peer(self) -> Peer:
        """A connection of anna, by ZeroMQ's own client."""
        self.front.peers.append(Peer(self.address, pair=self.anna))
        return self.front.peers[-1]

    def ping(self) -> float:
        """Seconds until a new connection of anna has its answer."""
        began, peer = time.monotonic(), self.peer()
        assert peer.ask(protocol.Ping()) == protocol.Pong()
        peer.close()
        return time.monotonic() - began

    def is_serving(self) -> bool:
        """Whether a fill of anna is done."""
        peer = self.peer()
        fill, image, hole = small_fill(f"anna{time.monotonic_ns()}")
        peer.send(*protocol.encode(fill, image, hole))
        done = is_filled(*peer.receive())
        peer.close()
        return done

    def close(self) -> None:
        for raw in self._raw:
            raw.close()


@pytest.fixture(params=["ipc", "curve"])
def build(
    request: pytest.FixtureRequest, start_front: Callable[..., RunningFront], directory: Path
) -> Iterator[Callable[..., Town]]:
    """Makes the town; its front's settings may be given."""
    towns: list[Town] = []

    def make(limits: Limits = LIMITS, **settings: object) -> Town:
        if request.param == "ipc":
            front = start_front(limits, **settings)
            towns.append(Town(front, front.address, None, None))
        else:
            ring = KeyRing(directory / "keys")
            ring.init()
            pairs = [make_pair(directory / name) for name in ("bob", "anna")]
            for name, pair in zip(("bob", "anna"), pairs, strict=True):
                ring.add(name, encode(pair.public))
            front = start_front(limits, listen=("local", "tcp://127.0.0.1:*"), keys=ring.directory, **settings)
            towns.append(Town(front, front.status()["addresses"][-1], *pairs))
        return towns[-1]

    yield make
    for town in towns:
        town.close()


@pytest.fixture
def town(build: Callable[..., Town]) -> Town:
    return build()
