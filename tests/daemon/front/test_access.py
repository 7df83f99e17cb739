"""By TCP only whom the administrator let in comes in, and each is kept from the others."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon import protocol
from daemon.client.client import Client
from daemon.transport.address import parse
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode, identity
from model.errors import PconvError
from tests.daemon.conftest import PATIENCE, RunningFront, is_filled, small_fill, wait_until
from tests.daemon.guarded import curve_peer, is_served_locally, let_in, mine, new_pair, noted, picture, refusal, tcp


def test_a_known_key_is_served_and_named(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    with Client(tcp(guarded)) as client:
        assert (client.fill(*picture())[13:17, 13:17] == 64).all()
    assert noted(guarded, "request", user="anna", outcome="ok")


def test_every_way_in_takes_the_address(guarded: RunningFront, ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    from daemon.client.default_address import set_default
    from desktop_ui.jobs.connection import connect
    from plugin_gimp.bridge import requests

    let_in(ring)
    set_default(tcp(guarded))
    for client in (Client(), connect(None), connect(tcp(guarded)), requests.connect()):
        with client:
            client.fill(*picture())
    set_default("tcp://127.0.0.1:1")
    monkeypatch.setenv("PCONV_ADDRESS", tcp(guarded))
    with requests.connect() as client:
        client.fill(*picture())
    assert len(noted(guarded, "request", user="anna", outcome="ok")) == 5


def test_an_unknown_key_is_told_what_to_do_and_named_in_the_log(guarded: RunningFront) -> None:
    error = refusal(tcp(guarded))
    assert (error.code, error.kind) == ("access_denied", "daemon")
    assert "does not know your key" in error.message and mine() in error.message
    assert noted(guarded, "access_denied", key=mine(), peer="127.0.0.1")


def test_the_line_from_the_log_lets_the_user_in(guarded: RunningFront, ring: KeyRing) -> None:
    refusal(tcp(guarded))
    let_in(ring, key=noted(guarded, "access_denied")[0]["key"])
    with Client(tcp(guarded)) as client:
        client.status()


def test_no_key_at_all_is_refused(guarded: RunningFront) -> None:
    error = refusal(parse(tcp(guarded)).endpoint)
    assert error.code == "access_denied" and "wants an address with a key" in error.message
    assert is_served_locally(guarded)


def test_another_daemons_key_is_refused(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    error = refusal(f"{parse(tcp(guarded)).endpoint}?key={encode(new_pair().public)}")
    assert error.code == "access_denied" and "another key" in error.message


def test_a_daemon_without_keys_is_no_daemon_with_one(ring: KeyRing, start_front: Callable[..., RunningFront]) -> None:
    front = start_front(listen=("tcp://127.0.0.1:*",), keys=ring.directory / "none")
    assert "?key=" not in tcp(front)
    error = refusal(f"{tcp(front)}?key={encode(new_pair().public)}")
    assert error.code == "access_denied" and "another key than the address says" in error.message


def test_local_users_need_no_key(guarded: RunningFront) -> None:
    assert is_served_locally(guarded)
    assert {line["user"] for line in noted(guarded, "request")} == {str(os.getuid())}


def test_what_a_peer_claims_to_be_does_not_count(
    ring: KeyRing, start_front: Callable[..., RunningFront], directory: Path
) -> None:
    let_in(ring)
    plain = start_front(listen=("local", "tcp://127.0.0.1:*"), keys=directory / "none")
    host, _, port = parse(tcp(plain)).endpoint.removeprefix("tcp://").rpartition(":")
    with socket.create_connection((host, int(port))) as raw:
        impostor(raw, "by-tcp")
        wait_until(lambda: noted(plain, "request", id="by-tcp"))
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(plain.address.removeprefix("ipc://"))
        impostor(raw, "by-ipc")
        wait_until(lambda: noted(plain, "request", id="by-ipc"))
    assert noted(plain, "request", id="by-tcp", user="")
    assert noted(plain, "request", id="by-ipc", user=str(os.getuid()))


def impostor(raw: socket.socket, id: str) -> None:
    """Ask for a fill by hand-made ZMTP, with a handshake that claims to be somebody."""
    claims = {b"Socket-Type": b"DEALER", b"User-Id": mine().encode(), b"Peer-Address": b"localhost:7:7:7"}
    ready = b"\x05READY" + b"".join(
        bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value for name, value in claims.items()
    )
    raw.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
    raw.settimeout(PATIENCE)
    raw.recv(64, socket.MSG_WAITALL)
    raw.sendall(b"\x04" + bytes([len(ready)]) + ready)
    _, size = raw.recv(2, socket.MSG_WAITALL)
    raw.recv(size, socket.MSG_WAITALL)
    frames = protocol.encode(*small_fill(id))
    for number, frame in enumerate(frames, 1):
        raw.sendall(bytes([0x02 | (number < len(frames))]) + len(frame).to_bytes(8, "big") + frame)


def test_bad_input_by_curve_is_answered_and_the_next_request_served(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    peer = curve_peer(guarded, identity())
    for frames in ([b""], [protocol.MAGIC], [b"HTTP", b"x"], [protocol.MAGIC, b"\x91" * 4000]):
        peer.send(*frames)
        assert peer.receive()[0].code in ("bad_message", "bad_field")
    fill, image, hole = small_fill()
    peer.send(*protocol.encode(fill, image, hole))
    assert is_filled(*peer.receive())


def test_users_cannot_see_each_others_requests(guarded: RunningFront, ring: KeyRing) -> None:
    bob = new_pair()
    let_in(ring, "anna")
    let_in(ring, "bob", encode(bob.public))
    guarded.wait_ready()
    guarded.order("hold")
    anna, bobs = curve_peer(guarded, identity()), curve_peer(guarded, bob)
    fill, image, hole = small_fill("same-id")
    anna.send(*protocol.encode(fill, image, hole))
    wait_until(lambda: guarded.runs)
    assert bobs.ask(protocol.Cancel("same-id")) == protocol.Cancelled("same-id", False)
    other = small_fill("same-id", colour=(9, 9, 9))
    bobs.send(*protocol.encode(*other))
    guarded.relieve("hold")
    assert is_filled(*anna.receive()) and is_filled(*bobs.receive())


def test_only_who_runs_the_daemon_may_stop_it(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    with Client(tcp(guarded)) as client, pytest.raises(PconvError) as caught:
        client.stop()
    assert caught.value.code == "access_denied" and is_served_locally(guarded)
    assert guarded.peer().ask(protocol.Shutdown()) == protocol.Bye()


def test_where_ipc_is_missing_the_users_own_daemon_is_for_that_user_alone(
    directory: Path, start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zmq.has", lambda feature: False)
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(directory / "mine"))
    front = start_front()
    assert front.address.startswith("tcp://127.0.0.1:")
    with Client() as client:
        client.fill(*picture())
    with monkeypatch.context() as other:
        other.setenv("PCONV_CONFIG_DIR", str(directory / "other"))
        assert "does not know your key" in refusal(front.address).message
    with Client() as client:
        client.stop()
    front.thread.join(PATIENCE)
    assert not front.thread.is_alive()
