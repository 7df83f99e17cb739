"""Whatever routing ids a peer claims, and whatever it sends: it gets nobody's picture and ends nobody's service.

The controls let the same attacks loose on ZeroMQ's own ROUTER, or on a front whose bound is taken out.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from daemon import protocol
from daemon.protocol import Limits
from tests.daemon.conftest import is_filled, send, small_fill, wait_until
from tests.promises.strangers.conftest import Town
from tests.promises.strangers.raw import COMMAND, MORE, Raw, connect, frame, greeting, resident

AT_ONCE = 60  # connections of the thief
SECRET = (17, 93, 201)
ENDLESS = 20_000  # frames
MOST_GROWTH = 64 << 20


def counted(first: int, count: int) -> list[bytes]:
    """Routing ids as ZeroMQ gives them, one after the other."""
    return [b"\0" + (number % (1 << 32)).to_bytes(4, "big") for number in range(first, first + count)]


class BareRouter:
    """ZeroMQ's ROUTER in a process of its own, which may end by the attack."""

    def __init__(self, directory: Path) -> None:
        self.address = f"ipc://{directory}/bare.sock"
        script = Path(__file__).with_name("bare_router.py")
        self.process = subprocess.Popen([sys.executable, str(script), self.address], stderr=subprocess.DEVNULL)
        self._raw: list[Raw] = []
        wait_until((directory / "bare.sock").is_socket)

    def raw(self, identity: bytes = b"") -> Raw:
        """One more connection."""
        self._raw.append(Raw(self.address, identity))
        return self._raw[-1]

    def last_id(self) -> int:
        """The number in the id that a connection got just now."""
        peer = Raw(self.address)
        peer.send(b"id")
        (route,) = peer.receive()
        peer.close()
        return int.from_bytes(route[1:], "big")

    def close(self) -> None:
        for raw in self._raw:
            raw.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture
def bare(directory: Path) -> Iterator[BareRouter]:
    router = BareRouter(directory)
    yield router
    router.close()


def test_a_thief_of_routing_ids_gets_nothing(build: Callable[..., Town], size: Callable, found: Callable) -> None:
    """Victims lose their connections in mid-fill, while the thief holds every id that theirs could have."""
    town = build(Limits(max_requests=1024))
    victims, claims = size(10, 200), size(AT_ONCE, 5000)
    town.front.order("hold")
    asked = [Raw(town.address, b"", town.anna) for _ in range(min(victims, AT_ONCE))]
    stolen, lost = b"", 0
    for number in range(victims):
        victim = asked[number % len(asked)]
        victim.send(*protocol.encode(*small_fill(f"v{number}", SECRET)))
        lost += 1
    wait_until(lambda: town.front.status()["open"] == victims)
    for victim in asked:
        victim.close()
    ids = counted(0, claims // 2) + counted(0x80000000 - claims // 4, claims - claims // 2)
    for begin in range(0, claims, AT_ONCE):
        thieves = [town.raw(id) for id in ids[begin : begin + AT_ONCE]]
        if begin + AT_ONCE >= claims:
            town.front.relieve("hold")
            wait_until(lambda: town.front.status()["open"] == 0)
        stolen += b"".join(thief.bytes_until(0.01) for thief in thieves)
        for thief in thieves:
            thief.close()
    assert stolen == b"", f"{len(stolen)} bytes are the thief's"
    back = town.peer()
    for number in range(victims):
        back.send(*protocol.encode(*small_fill(f"v{number}", SECRET)))
        assert is_filled(*back.receive())
    found(
        f"{lost} fills whose connections were lost, {claims} claimed routing ids ({'CURVE' if town.anna else 'ipc'})",
        f"{len(stolen)} bytes to the thief; every victim had its answer by the same id",
    )


def test_control_the_thief_of_a_bare_router_gets_the_answer(bare: BareRouter) -> None:
    victim = bare.last_id() + 1
    peer = bare.raw()
    peer.send(b"ask")
    peer.close()
    time.sleep(0.2)
    thief = bare.raw(*counted(victim, 1))
    helper = bare.raw(b"helper")
    helper.send(b"answer")
    assert helper.receive() == [b"done"] and thief.receive() == [b"secret"]


def test_claims_of_future_ids_do_not_end_the_front(town: Town) -> None:
    """Ids that a counter would give next, those of other peers, empty and overlong ones; then ordinary connections."""
    for identity in [*counted(0, 20), *counted(0x6B8B4567, 20), b"same", b"same", b"\0", bytes(255)]:
        town.raw(identity)
    assert max(town.ping() for _ in range(20)) < 5.0
    assert town.is_serving()


def test_control_a_bare_router_is_ended_by_them(bare: BareRouter) -> None:
    thieves = [bare.raw(id) for id in counted(bare.last_id() + 1, 20)]
    for thief in thieves:
        thief.send(b"ask")
    with suppress(ConnectionError):  # as it may be gone by the second
        bare.raw()
        bare.raw()
    assert bare.process.wait(20) == -6  # SIGABRT


def endless(town: Town) -> bool:
    """Whether the front cuts one who sends empty frames and never the last."""
    rude = town.raw()
    before = town.front.status()["pid"]
    try:
        for _ in range(ENDLESS // 1000):
            rude.stream.sendall(b"".join(rude.wrap(MORE, b"") for _ in range(1000)))
    except ConnectionError:
        return True
    return rude.is_cut(1.0) and town.front.status()["pid"] == before


def test_a_message_without_end_is_cut(town: Town) -> None:
    before = resident()
    assert endless(town)
    assert resident() - before < MOST_GROWTH
    assert town.is_serving()


def test_control_a_front_that_does_not_count_frames_takes_them(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.front.peer.MOST_FRAMES", 1 << 60)
    assert not endless(town)


SENSELESS = {
    "empty HELLO": frame(COMMAND, b"\x05HELLO" + bytes(194)),
    "INITIATE first": frame(COMMAND, b"\x08INITIATE" + bytes(300)),
    "metadata without end": frame(COMMAND, b"\x05READY\x0bSocket-Type\xff\xff\xff\xffDEALER"),
    "another socket": frame(COMMAND, b"\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"),
    "empty command": frame(COMMAND, b""),
    "name without end": frame(COMMAND, b"\xffREADY"),
    "a message": frame(0, b"PCV1"),
    "unknown flags": b"\x08\x00",
    "huge command": b"\x06" + (1 << 63).to_bytes(8, "big"),
    "huge frame": b"\x02" + b"\xff" * 8,
}


def test_handshakes_that_make_no_sense_end_their_own_connections(town: Town) -> None:
    for name, sent in SENSELESS.items():
        with connect(town.address) as rude:
            rude.sendall(greeting(b"CURVE" if town.bob else b"NULL") + sent)
            rude.settimeout(20)
            try:
                while rude.recv(256):
                    pass
            except TimeoutError:
                pytest.fail(name)
            except ConnectionError:
                pass
    assert town.ping() < 5.0


@pytest.mark.parametrize("build", ["curve"], indirect=True)
def test_a_box_that_was_changed_on_its_way_ends_its_connection(town: Town) -> None:
    for change in (20, -1):
        rude = town.raw()
        box = bytearray(rude.wrap(0, b"PCV1"))
        box[change] ^= 1
        rude.stream.sendall(box)
        assert rude.is_cut()
    replayed = town.raw()
    first = replayed.wrap(MORE, b"PCV1")
    replayed.stream.sendall(first + first)
    assert replayed.is_cut()
    assert town.is_serving()


def test_peers_that_ask_whether_we_live_are_told(town: Town) -> None:
    peer = town.raw()
    if town.bob is None:
        peer.stream.sendall(frame(COMMAND, b"\x04PING\x00\x0acontext"))
        assert peer.receive() == [b"\x04PONGcontext"]
    send(honest := town.peer(), "alive")
    assert is_filled(*honest.receive())
