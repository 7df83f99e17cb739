"""Keys that are revoked, replaced or damaged while a daemon runs: who is out is out at once, the others stay."""

from __future__ import annotations

import os
import shutil

import pytest

from daemon import protocol
from daemon.client.client import Client
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode, identity
from model.errors import PconvError
from tests.daemon.conftest import RunningFront, small_fill, wait_until
from tests.daemon.guarded import curve_peer, is_served_locally, let_in, mine, new_pair, noted, picture, refusal, tcp


def test_a_revoked_key_is_out_on_open_connections_too(guarded: RunningFront, ring: KeyRing) -> None:
    bob = new_pair()
    let_in(ring)
    let_in(ring, "bob", encode(bob.public))
    stays = curve_peer(guarded, bob)
    assert stays.ask(protocol.Ping()) == protocol.Pong()
    with Client(tcp(guarded)) as client:
        client.status()
        ring.revoke("anna")
        wait_until(lambda: noted(guarded, "keys", gone=["anna"]))
        with pytest.raises(PconvError) as caught:
            client.fill(*picture())
    assert caught.value.code == "access_denied" and "ask its administrator" in caught.value.message
    assert not noted(guarded, "request", user="anna")
    assert stays.ask(protocol.Ping()) == protocol.Pong()
    assert "does not know your key" in refusal(tcp(guarded)).message


def test_what_a_revoked_user_had_asked_for_is_not_done(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    guarded.wait_ready()
    guarded.order("hold")
    peer = curve_peer(guarded, identity())
    for number in range(12):
        fill, image, hole = small_fill(f"r{number}")
        peer.send(*protocol.encode(fill, image, hole))
    wait_until(lambda: guarded.status()["open"] == 12)
    ring.revoke("anna")
    assert {peer.receive()[0].code for _ in range(12)} == {"access_denied"}
    guarded.relieve("hold")
    assert is_served_locally(guarded)


def test_a_name_with_a_new_key_does_not_let_the_old_one_in(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    old = curve_peer(guarded, identity())
    assert old.ask(protocol.Ping()) == protocol.Pong()
    ring.revoke("anna")
    new = new_pair()
    ring.add("anna", encode(new.public))
    fresh = curve_peer(guarded, new)
    assert fresh.ask(protocol.Ping()) == protocol.Pong()
    assert old.ask(protocol.Ping()).code == "access_denied"


def test_a_damaged_file_is_named_and_harms_nobody(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    users = ring.directory / "users"
    (users / "broken").write_bytes(b"\xff\xfe no key")
    (users / "Not-A-Name").write_text(mine())
    (users / "empty").touch()
    (users / "folder").mkdir()
    os.mkfifo(users / "pipe")
    ring.add("bob", encode(new_pair().public))
    wait_until(lambda: noted(guarded, "keys", users=2))
    said = " ".join(line["reason"] for line in noted(guarded, "bad_key"))
    assert all(str(users / name) in said for name in ("broken", "Not-A-Name", "empty", "folder", "pipe"))
    with Client(tcp(guarded)) as client:
        client.status()


def test_a_folder_that_is_gone_lets_nobody_in(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    with Client(tcp(guarded)) as client:
        client.status()
    shutil.rmtree(ring.directory / "users")
    wait_until(lambda: noted(guarded, "keys", gone=["anna"]))
    assert "does not know your key" in refusal(tcp(guarded)).message
