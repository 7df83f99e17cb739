"""Fifty clients of five users send as fast as they may: each request is answered once, with what the engine gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.front.replies import Replies
from daemon.protocol import Result
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode, make_pair
from tests.daemon.conftest import Peer, RunningFront
from tests.promises.crowd import Account, Crowd
from tests.promises.pictures import Gallery

pytestmark = pytest.mark.slow
CLIENTS, USERS = 50, 5


@pytest.fixture
def front(start_front: Callable[..., RunningFront], directory: Path, small_weights: Path) -> RunningFront:
    """A real engine behind a front that users reach with their keys."""
    KeyRing(directory / "keys").init()
    worker = {"command": None, "weights": str(small_weights), "device": "cpu", "dtype": "float32"}
    front = start_front(listen=("local", "tcp://127.0.0.1:*"), keys=directory / "keys", worker=worker)
    front.wait_ready()
    return front


def send(front: RunningFront, gallery: Gallery, requests: int, patience: float = 90.0) -> Account:
    ring = KeyRing(front.paths.directory / "keys")
    pairs = [make_pair(front.paths.directory / f"user{i}") for i in range(USERS)]
    for i, pair in enumerate(pairs):
        ring.add(f"user{i}", encode(pair.public))
    address = front.status()["addresses"][-1]
    peers = [Peer(address, pair=pairs[i % USERS]) for i in range(CLIENTS)]
    front.peers += peers
    crowd = Crowd(peers, gallery.request, gallery.is_right, patience=patience)
    return crowd.run(lambda account: account.sent < requests)


def test_every_request_is_answered_once_and_right(
    front: RunningFront, gallery: Gallery, size: Callable[[int, int], int], found: Callable[[str, str], None]
) -> None:
    account = send(front, gallery, size(300, 10_000))
    account.assert_kept()
    lines = (front.paths.directory / "requests.log").read_text().splitlines()
    users = {user for line in lines if (user := json.loads(line).get("user"))}
    assert users == {f"user{i}" for i in range(USERS)}
    found(
        f"{account.sent} requests of {CLIENTS} clients and {USERS} users by CURVE, each compared with the engine's own",
        f"0 lost, 0 twice, 0 wrong; busy said {account.busy} times",
    )


@pytest.mark.parametrize("broken", ["lost", "twice", "wrong"])
def test_control(front: RunningFront, gallery: Gallery, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    deliver, kept = Replies.deliver, {}

    def spoil(self: Replies, job, route: bytes, now: float) -> None:
        if isinstance(job.reply, Result) and job.fill.id == "q77":
            if broken == "lost":
                return
            if broken == "twice":
                deliver(self, job, route, now)
            if broken == "wrong":
                job.picture = kept["picture"]
        kept["picture"] = job.picture
        deliver(self, job, route, now)

    monkeypatch.setattr(Replies, "deliver", spoil)
    with pytest.raises(AssertionError, match=f"1 .*{broken}"):
        send(front, gallery, 150, patience=3.0).assert_kept()
