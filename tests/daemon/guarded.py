"""What the tests of access share: who asks, who is let in, what the log and a refused client are told."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
import zmq
from zmq.utils import z85

from daemon import protocol
from daemon.client.client import Client
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import KeyPair, encode, identity
from model.errors import PconvError
from tests.daemon.conftest import Peer, RunningFront, is_filled, small_fill

SOON = 10.0  # seconds in which a refusal must be told


def tcp(front: RunningFront) -> str:
    """The front's address by TCP, with its key where it has one."""
    (found,) = [address for address in front.status()["addresses"] if address.startswith("tcp")]
    return found


def mine() -> str:
    return encode(identity().public)


def let_in(ring: KeyRing, name: str = "anna", key: str | None = None) -> None:
    ring.add(name, key or mine())


def noted(front: RunningFront, event: str, **fields: object) -> list[dict]:
    """Lines of the log that say this."""
    lines = map(json.loads, (front.paths.directory / "requests.log").read_text().splitlines())
    return [line for line in lines if {"event": event, **fields}.items() <= line.items()]


def curve_peer(front: RunningFront, pair: KeyPair) -> Peer:
    """A raw peer with this key pair."""
    front.peers.append(Peer(tcp(front), pair=pair))
    return front.peers[-1]


def new_pair() -> KeyPair:
    public, secret = zmq.curve_keypair()
    return KeyPair(z85.decode(public), z85.decode(secret))


def refusal(address: str) -> PconvError:
    """What a client is told, and that it is told soon."""
    begin = time.monotonic()
    with Client(address, connect_timeout=60) as client, pytest.raises(PconvError) as caught:
        client.status()
    assert time.monotonic() - begin < SOON
    return caught.value


def picture() -> tuple[np.ndarray, np.ndarray]:
    image = np.full((40, 50, 3), 200, np.uint8)
    hole = np.zeros((40, 50), bool)
    hole[10:20, 10:20] = True
    return image, hole


def is_served_locally(front: RunningFront) -> bool:
    peer = front.peer()
    fill, image, hole = small_fill(f"local-{time.monotonic_ns()}")
    peer.send(*protocol.encode(fill, image, hole))
    return is_filled(*peer.receive())
