"""What goes over TCP is unread by others, and handshakes that lead nowhere are cut."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

import numpy as np
import pytest

from daemon import protocol
from daemon.client.client import Client
from daemon.front.access import Access
from daemon.transport.address import parse
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode, identity
from model.options import FillOptions
from tests.daemon.conftest import PATIENCE, RunningFront
from tests.daemon.guarded import curve_peer, is_served_locally, let_in, new_pair, picture, tcp
from tests.daemon.sniffer import Sniffer


def secret_picture() -> tuple[np.ndarray, np.ndarray, bytes]:
    """A picture, its hole, and bytes of it that cannot be on the wire by chance."""
    image = np.random.default_rng(3).integers(0, 255, (40, 50, 3), np.uint8)
    return image, picture()[1], image[0, :40].tobytes()


def test_without_curve_the_picture_can_be_read_on_the_wire(
    ring: KeyRing, start_front: Callable[..., RunningFront], sniffed: Callable[[str], Sniffer]
) -> None:
    """The control of the next test."""
    front = start_front(listen=("tcp://127.0.0.1:*",), keys=ring.directory / "none")
    sniffer = sniffed(tcp(front))
    image, hole, secret = secret_picture()
    with Client(sniffer.endpoint) as client:
        client.fill(image, hole)
    assert secret in sniffer.seen and b"PCV1" in sniffer.seen


def test_with_curve_nothing_can_be_read(
    guarded: RunningFront, ring: KeyRing, sniffed: Callable[[str], Sniffer]
) -> None:
    let_in(ring)
    address = parse(tcp(guarded))
    sniffer = sniffed(address.endpoint)
    image, hole, secret = secret_picture()
    with Client(f"{sniffer.endpoint}?key={encode(address.key)}") as client:
        filled = client.fill(image, hole, FillOptions(detail=0))
    assert (filled != image).any(axis=2)[10:20, 10:20].all()
    assert len(sniffer.seen) > image.nbytes  # it did see all that was said
    assert secret not in sniffer.seen and b"PCV1" not in sniffer.seen and identity().public not in sniffer.seen


@pytest.mark.parametrize("guards", [True, False])
def test_a_key_that_is_not_let_in_is_not_heard(
    guarded: RunningFront, monkeypatch: pytest.MonkeyPatch, guards: bool
) -> None:
    """The control: a door that does not ask lets any key in."""
    if not guards:
        monkeypatch.setattr(Access, "name_of", lambda self, key, peer: "somebody")
        monkeypatch.setattr(Access, "user_of", lambda self, connection: "somebody")
    stranger = curve_peer(guarded, new_pair())
    stranger.send(*protocol.encode(protocol.Ping()))
    assert bool(stranger.socket.poll(500 if guards else PATIENCE * 1000)) != guards


@pytest.mark.parametrize("sent", [b"", b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(47)], ids=["mute", "greeting"])
def test_a_handshake_that_never_ends_is_cut(guarded: RunningFront, sent: bytes) -> None:
    host, _, port = parse(tcp(guarded)).endpoint.removeprefix("tcp://").rpartition(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.settimeout(PATIENCE)
        slow.sendall(sent)
        while slow.recv(256):
            pass
    assert is_served_locally(guarded)


def test_a_large_message_before_the_handshake_is_cut(guarded: RunningFront) -> None:
    host, _, port = parse(tcp(guarded)).endpoint.removeprefix("tcp://").rpartition(":")
    with socket.create_connection((host, int(port))) as rude:
        rude.settimeout(PATIENCE)
        with contextlib.suppress(ConnectionError):
            rude.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(47))
            rude.sendall(b"\x06" + (1 << 40).to_bytes(8, "big") + bytes(1 << 20))
            while rude.recv(256):
                pass
    assert is_served_locally(guarded)
