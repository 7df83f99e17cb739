"""Attacks that go on and on, from a process of their own; meanwhile an honest peer's pings are answered as ever."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon import protocol
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode, make_pair
from tests.daemon.conftest import Peer, wait_until
from tests.promises.conftest import SCALE
from tests.promises.strangers.siege import ATTACKS

ROOT = Path(__file__).parents[3]
MOST_SECONDS = 0.2 if SCALE else 2.0  # the short form runs beside other tests
PAUSE_SECONDS = 0.02


class Besieged:
    """A front in a process of its own, by ipc and CURVE, and its metrics' port."""

    def __init__(self, directory: Path) -> None:
        ring = KeyRing(directory / "keys")
        ring.init()
        self.key = directory / "bob"
        ring.add("bob", encode(make_pair(self.key).public))
        self._anna = make_pair(directory / "anna")
        ring.add("anna", encode(self._anna.public))
        (directory / "control").mkdir()
        command = [sys.executable, "-m", "tests.daemon.stub_daemon", "local", "tcp://127.0.0.1:*"]
        self.process = subprocess.Popen([*command, "--keys", str(ring.directory), "--metrics"], cwd=ROOT)
        wait_until((directory / "address").exists)
        self.local = (directory / "address").read_text()
        peer = self.peer(self.local)
        status = peer.ask(protocol.StatusRequest()).status
        peer.close()
        self.remote = status["addresses"][-1]
        self.port = (directory / "port").read_text()

    def peer(self, address: str) -> Peer:
        return Peer(address, pair=self._anna if "key=" in address else None)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def besieged(directory: Path) -> Iterator[Besieged]:
    front = Besieged(directory)
    yield front
    front.close()


@pytest.mark.parametrize("way", ["ipc", "curve"])
def test_a_siege(besieged: Besieged, size: Callable, found: Callable, way: str) -> None:
    """One attack after the other. By ipc the honest peer and the attacker are one user: it connects before."""
    seconds = size(1, 60)
    address = besieged.local if way == "ipc" else besieged.remote
    honest = besieged.peer(address)
    assert honest.ask(protocol.Ping()) == protocol.Pong()
    counts, slowest = [], 0.0
    for name in ATTACKS:
        target = besieged.port if name == "metrics" else address
        key = [str(besieged.key)] if way == "curve" and name != "metrics" else []
        command = [sys.executable, "-m", "tests.promises.strangers.siege", name, target, str(seconds), *key]
        waits = []
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as attack:
            while attack.poll() is None:
                began = time.monotonic()
                assert honest.ask(protocol.Ping()) == protocol.Pong()
                waits.append(time.monotonic() - began)
                time.sleep(PAUSE_SECONDS)
            counts.append(f"{name} {attack.stdout.read().strip()}")
        p99 = sorted(waits)[len(waits) * 99 // 100]
        slowest = max(slowest, p99)
        assert besieged.process.poll() is None, f"{name} ended the front"
        assert p99 <= MOST_SECONDS, f"{name}: {p99:.2f} s"
    honest.close()
    found(
        f"each attack for {seconds} s by {way}: {', '.join(counts)} times",
        f"the front lives; an honest ping's p99 at most {slowest * 1000:.0f} ms",
    )
