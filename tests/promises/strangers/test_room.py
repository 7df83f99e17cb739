"""Connections and memory are shared: one user's flood leaves room for the others, and for who runs the daemon."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon import protocol
from daemon.client.client import Client
from daemon.front.access import own_user
from daemon.front.reception import KEPT_PLACES
from daemon.front.shares import Shares
from daemon.protocol import MAGIC, Limits
from model.errors import PconvError
from tests.daemon.conftest import PATIENCE, Peer, RunningFront, wait_until
from tests.promises.strangers.conftest import LIMITS, Town
from tests.promises.strangers.raw import MORE, Raw, as_many, connect, resident

EACH, PLACES = 8, 24
MANY = Limits(max_connections=32, max_user_connections=EACH)  # a quarter of them is for those without a name
PICTURE = 6 << 20


def let_in(town: Town, count: int) -> int:
    """How many of bob's connections are let in; the others are told to come later."""
    peers, refused = as_many(count, town.address, town.bob)
    assert set(refused) <= {b"300"}
    for peer in peers:
        peer.close()
    return len(peers)


def test_a_user_has_so_many_connections_and_no_more(build: Callable[..., Town]) -> None:
    town = build(MANY)
    own = 1 if town.bob is None else 0  # of the test itself
    assert EACH - 2 * own <= let_in(town, 3 * EACH) <= EACH
    wait_until(lambda: town.front.front._door.connections <= 2)
    assert town.is_serving()


def test_control_without_the_bound_he_has_them_all(build: Callable[..., Town], monkeypatch: pytest.MonkeyPatch) -> None:
    town = build(MANY)
    monkeypatch.setattr(Shares, "take", lambda *_: True)
    assert let_in(town, 3 * EACH) == 3 * EACH


@pytest.mark.parametrize("build", ["curve"], indirect=True)
def test_others_are_served_while_one_knocks(build: Callable[..., Town]) -> None:
    town = build(MANY)
    peers, _ = as_many(3 * EACH, town.address, town.bob)
    assert len(peers) == EACH and town.is_serving()
    for peer in peers:
        peer.close()


def test_of_local_users_too_each_has_his_part_and_the_last_places_are_kept(
    start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch
) -> None:
    front = start_front(MANY)
    front.wait_ready()
    users = {"now": "1001"}
    monkeypatch.setattr("daemon.front.reception._uid", lambda socket: users["now"])
    held = []
    for user, most in (("1001", EACH), ("1002", EACH), ("1003", PLACES - 2 * EACH - KEPT_PLACES)):
        users["now"] = user
        peers, refused = as_many(EACH + 2, front.address, None)
        assert (len(peers), set(refused)) == (most, {b"300"})
        held += peers
    users["now"] = own_user()
    assert front.peer().ask(protocol.Ping()) == protocol.Pong()
    for peer in held:
        peer.close()


@pytest.mark.parametrize("build", ["ipc"], indirect=True)
def test_a_client_is_told_to_come_later_and_comes(build: Callable[..., Town], monkeypatch: pytest.MonkeyPatch) -> None:
    town = build(MANY)
    peers, _ = as_many(EACH, town.address, None)
    with Client(town.address, connect_timeout=5) as client:
        with pytest.raises(PconvError) as caught:
            client.ping()
        assert (caught.value.code, caught.value.kind) == ("busy", "busy") and caught.value.retry_after
        for peer in peers:
            peer.close()
        wait_until(lambda: town.front.front._door.connections <= 1)
        assert client.ping() > 0


@pytest.mark.parametrize("build", ["curve"], indirect=True)
def test_handshakes_that_lead_nowhere_leave_room(build: Callable[..., Town], monkeypatch: pytest.MonkeyPatch) -> None:
    """From one address come more than there are places for those without a name: it is they who are cut."""
    monkeypatch.setattr("daemon.front.patience.HANDSHAKE_SECONDS", 600.0)
    town = build(MANY)
    silent = [connect(town.address) for _ in range(40)]
    wait_until(lambda: town.front.front._door.connections < 20)
    assert town.is_serving()
    for stream in silent:
        stream.close()


FEW = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
os.execv(sys.executable, [sys.executable, "-m", "tests.daemon.stub_daemon", "local"])
"""


def test_without_descriptors_the_front_lives_on(directory: Path) -> None:
    (directory / "control").mkdir()
    process = subprocess.Popen([sys.executable, "-c", FEW], cwd=Path(__file__).parents[3])
    try:
        wait_until((directory / "address").exists)
        address = (directory / "address").read_text()
        honest = Peer(address)
        assert honest.ask(protocol.Ping()) == protocol.Pong()
        peers, refused = as_many(100, address, None)
        assert 4 <= len(peers) < 64 and len(refused) == 100 - len(peers)
        assert honest.ask(protocol.Ping()) == protocol.Pong() and process.poll() is None
        for peer in peers:
            peer.close()
        wait_until(lambda: is_let_in(address))
        assert process.poll() is None
        honest.close()
    finally:
        process.kill()
        process.wait()


def is_let_in(address: str) -> bool:
    try:
        Raw(address).close()
    except ConnectionError:
        return False
    return True


def begin(town: Town) -> Raw:
    """A connection that sends a whole frame of a message, the head of a large one, and then nothing."""
    raw = town.raw()
    raw.stream.sendall(raw.wrap(MORE, MAGIC) + raw.begin(PICTURE) + bytes(1000))
    return raw


def unfinished(town: Town) -> int:
    """Bytes that the front holds of messages that are not whole."""
    return town.front.front._door._unfinished.taken


def test_who_stops_in_the_middle_of_a_message_is_cut(
    build: Callable[..., Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.front.patience.SILENCE_SECONDS", 0.5)
    town = build()
    silent = begin(town)
    wait_until(lambda: unfinished(town) >= PICTURE)
    assert silent.is_cut()
    wait_until(lambda: unfinished(town) == 0)
    assert town.is_serving()


def test_control_without_a_clock_he_holds_the_memory(
    build: Callable[..., Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.front.patience.SILENCE_SECONDS", float("inf"))
    town = build()
    silent = begin(town)
    assert not silent.is_cut(2.0) and unfinished(town) >= PICTURE


def test_what_all_connections_of_a_user_hold_is_bounded(build: Callable[..., Town]) -> None:
    town = build()
    largest = LIMITS.max_frame_bytes + LIMITS.max_pixels + (1 << 20)
    for _ in range(8):
        begin(town)
    wait_until(lambda: town.front.front._door._waiting)
    assert PICTURE <= unfinished(town) <= largest
    assert town.ping() < 5.0
    if town.anna is not None:
        assert fills_a_large_picture(town)


def test_control_without_the_bound_they_hold_more(build: Callable[..., Town], monkeypatch: pytest.MonkeyPatch) -> None:
    def take(self: Shares, user: str, amount: int, runs_it: bool = False) -> bool:
        self._held[user] += amount
        self._taken += amount
        return True

    monkeypatch.setattr(Shares, "take", take)
    town = build()
    for _ in range(8):
        begin(town)
    wait_until(lambda: unfinished(town) >= 8 * PICTURE)


def test_a_slow_message_gives_way_when_others_need_the_room(
    build: Callable[..., Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    """He goes on sending a byte now and then, so that he is never silent, and is cut when somebody waits for room."""
    monkeypatch.setattr("daemon.front.patience.PATIENT_SECONDS", 1.0)
    town = build()
    slow = [begin(town) for _ in range(3)]  # one holds, two wait for room
    limit = time.monotonic() + PATIENCE
    cut = False
    while not cut and time.monotonic() < limit:
        for raw in slow:
            try:
                raw.stream.sendall(b"x")
            except ConnectionError:
                cut = True
        time.sleep(0.05)
    assert cut and town.is_serving()


def fills_a_large_picture(town: Town) -> bool:
    """Whether anna's picture of megabytes comes through."""
    side = 1000
    fill = protocol.Fill(f"large{time.monotonic_ns()}", side, side, 3, "uint8", detail=0.0)
    hole = bytearray(side * side)
    hole[side * 500 + 500] = 255
    return isinstance(town.peer().ask(fill, os.urandom(side * side * 3), bytes(hole)), protocol.Result)


def test_memory_is_taken_as_bytes_come_and_not_as_they_are_claimed(build: Callable[..., Town]) -> None:
    town = build(Limits())
    before, peers = resident(), [town.raw()]
    peers[0].stream.sendall(peers[0].begin(500 << 20) + bytes(1000))
    wait_until(lambda: unfinished(town) >= 500 << 20)
    assert resident() - before < 100 << 20
    assert town.ping() < 5.0
