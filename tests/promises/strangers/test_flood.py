"""One user keeps a hundred requests open, another sends one small picture after the other: on the real engine.

How long he waits is compared with how long he waits alone, measured anew each time; seconds are for the table.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from daemon import protocol
from daemon.system.processes import python_command
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import KeyPair, encode, make_pair
from tests.daemon.conftest import Peer, wait_until
from tests.promises.conftest import SCALE

pytestmark = pytest.mark.slow
OPEN = 100
MOST = 3.0
DISTURBED_SECONDS = 0.0 if SCALE else 0.7  # a picture may take, where other tests run beside this one
THINK_SECONDS = 0.1
PATIENCE_MS = 120_000


class Lab:
    """A daemon with the shipped network on the CPU, by CURVE."""

    def __init__(self, directory: Path) -> None:
        ring = KeyRing(directory / "keys")
        ring.init()
        self._pairs = {name: make_pair(directory / name) for name in ("flooder", "visitor")}
        for name, pair in self._pairs.items():
            ring.add(name, encode(pair.public))
        command, environment = python_command("daemon")
        place = ("--listen", "tcp://127.0.0.1:*", "--keys", str(ring.directory))
        self._process = subprocess.Popen([*command, *place, "--device", "cpu", "--log", os.devnull], env=environment)
        wait_until(lambda: list(directory.glob("*/address")))
        self._address = next(directory.glob("*/address")).read_text()
        self._numbers = count()
        self.visit(3, 1.0)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def count_as_one(self) -> None:
        """From now on the visitor comes with the flooder's key."""
        self._pairs["visitor"] = self._pairs["flooder"]

    def visit(self, pictures: int, detail: float) -> list[float]:
        """Seconds that each of so many small pictures took, one after the other."""
        peer, waits = self._peer(self._pairs["visitor"]), []
        for _ in range(pictures):
            message = self._message(64, detail)
            began = time.monotonic()
            peer.send(*message)
            assert peer.socket.poll(PATIENCE_MS), "no answer"
            assert isinstance(peer.receive()[0], protocol.Result)
            waits.append(time.monotonic() - began)
            time.sleep(THINK_SECONDS)
        peer.close()
        return waits

    def flood(self, side: int, detail: float, begun: threading.Event, over: threading.Event) -> None:
        """Keep `OPEN` pictures of this side open, from `begun` until it is `over`."""
        peer = self._peer(self._pairs["flooder"])
        for _ in range(OPEN):
            peer.send(*self._message(side, detail))
        begun.set()
        while not over.is_set():
            if peer.socket.poll(100):
                assert isinstance(peer.receive()[0], protocol.Result)
                peer.send(*self._message(side, detail))
        peer.close()

    def _peer(self, pair: KeyPair) -> Peer:
        return Peer(self._address, pair=pair)

    def _message(self, side: int, detail: float) -> list:
        image = np.random.default_rng(side).integers(0, 255, (side // 8, side // 8, 3), np.uint8)
        hole = np.zeros((side, side), np.uint8)
        hole[side // 3 : 2 * side // 3, side // 3 : 2 * side // 3] = 255
        fill = protocol.Fill(f"f{next(self._numbers)}", side, side, 3, "uint8", detail=detail, progress=False)
        return protocol.encode(fill, image.repeat(8, 0).repeat(8, 1).tobytes(), hole.tobytes())


@pytest.fixture
def lab(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.delenv("PCONV_WEIGHTS", raising=False)
    lab = Lab(directory)
    yield lab
    lab.close()


def quantile(waits: list[float], percent: int) -> float:
    return sorted(waits)[min(len(waits) - 1, len(waits) * percent // 100)]


def beside(lab: Lab, pictures: int, percent: int, side: int, detail: float) -> tuple[float, float]:
    """p99 alone, and so many percent's wait beside a flood, from its first moment on."""
    alone = quantile(lab.visit(pictures, detail), 99)
    begun, over = threading.Event(), threading.Event()
    flood = threading.Thread(target=lab.flood, args=(side, detail, begun, over))
    flood.start()
    try:
        assert begun.wait(PATIENCE_MS / 1000)
        return alone, quantile(lab.visit(pictures, detail), percent)
    finally:
        over.set()
        flood.join()


@pytest.mark.parametrize("detail", [0.0, 1.0])
@pytest.mark.parametrize("side", [64, 512])
def test_a_visitor_hardly_notices_a_flood(lab: Lab, size: Callable, found: Callable, side: int, detail: float) -> None:
    """The short form has too few pictures to tell their p99, and runs beside other tests: it allows for that."""
    pictures, percent = size(40, 300), 99 if SCALE else 90
    alone, waits = beside(lab, pictures, percent, side, detail)
    assert waits <= MOST * max(alone, DISTURBED_SECONDS), f"{waits / alone:.1f} times as long"
    found(
        f"{pictures} pictures of 64² one by one, alone and beside {OPEN} × {side}² of another, detail {detail:g}",
        f"p99 {alone:.2f} s, p{percent} {waits:.2f} s (× {waits / alone:.1f})",
    )


def test_control(lab: Lab) -> None:
    """Where both count as one user he waits behind what was there before."""
    lab.count_as_one()
    alone, waits = beside(lab, 3, 90, 512, 0.0)
    assert waits > MOST * max(alone, DISTURBED_SECONDS)
