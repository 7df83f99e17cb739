"""However a worker ends, each request that the front accepted is answered once, and service is back at once."""

from __future__ import annotations

import json
import os
import signal
import statistics
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from daemon import protocol
from tests.daemon.conftest import Peer, RunningFront, is_filled, send, small_fill, wait_until
from tests.promises.crowd import Account, Crowd

CLIENTS, DEPTH = 12, 2
LARGEST_OVERHEAD = 1.0


@pytest.fixture
def front(start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch) -> RunningFront:
    monkeypatch.setattr("daemon.front.worker_process.SILENCE_SECONDS", 4.0)
    front = start_front()
    (front.control / "slow").write_text("0.005")
    front.wait_ready()
    return front


def request(number: int) -> tuple:
    return small_fill(f"q{number}", colour(number), detail=0.0, progress=False)


def colour(number: int) -> tuple[int, int, int]:
    """Another one for each of many numbers; none is red, which would kill the worker."""
    return number % 200, 40 + number // 200 % 200, 50


def is_right(number: int, reply: protocol.Result, payload: bytes) -> bool:
    pixels = np.frombuffer(payload, np.uint8).reshape(40, 50, 3)
    return is_filled(reply, [payload]) and tuple(pixels[0, 0]) == colour(number)


def under_fire(front: RunningFront, signals: list[signal.Signals]) -> Account:
    """Send these signals to the worker while requests pour in.

    Before the next one all that were open at the last one are answered: two deaths of one request count as its fault.
    """
    peers = [front.peer() for _ in range(CLIENTS)]
    crowd = Crowd(peers, request, is_right, DEPTH, patience=20.0)
    done = threading.Event()

    def fire() -> None:
        try:
            for each in signals:
                answered = len(crowd.account.outcomes)
                wait_until(lambda answered=answered: len(crowd.account.outcomes) > answered + CLIENTS)
                hit = set(crowd.open)
                os.kill(front.front._pool.workers[0].process.pid, each)
                wait_until(lambda hit=hit: not hit & set(crowd.open))
        finally:
            done.set()

    threading.Thread(target=fire, daemon=True).start()
    return crowd.run(lambda _: not done.is_set())


@pytest.mark.parametrize(
    ("name", "short", "long"), [("SIGKILL", 6, 100), ("SIGSTOP", 1, 10), ("SIGABRT", 2, 10)], ids=lambda x: str(x)
)
def test_a_worker_that_ends_or_hangs_loses_nothing(
    front: RunningFront, size: Callable, found: Callable, name: str, short: int, long: int
) -> None:
    times = size(short, long)
    account = under_fire(front, [signal.Signals[name]] * times)
    account.assert_kept()
    assert front.status()["workers"][0]["starts"] == times + 1
    found(f"{times} × {name} to the worker under {account.sent} requests", "0 lost, 0 twice, 0 wrong, 0 failed")


def test_service_is_back_as_soon_as_the_network_is_loaded(front: RunningFront, size: Callable, found: Callable) -> None:
    """From the kill to the next answer, less what the new process takes to load."""
    peer, overheads = front.peer(), []
    for turn in range(size(3, 30)):
        killed = time.time()
        os.kill(front.status()["workers"][0]["pid"], signal.SIGKILL)
        send(peer, f"q{turn}")
        assert isinstance(peer.receive()[0], protocol.Result)
        served = time.time()
        lines = [json.loads(line) for line in (front.paths.directory / "requests.log").read_text().splitlines()]
        died = [line["time"] for line in lines if line["event"] == "worker_died"][-1]
        ready = [line["time"] for line in lines if line["event"] == "worker_ready"][-1]
        overheads.append((died - killed) + (served - ready))
    worst, middle = max(overheads), statistics.median(overheads)
    assert worst <= LARGEST_OVERHEAD
    found(
        f"{len(overheads)} × SIGKILL: seconds until served again beyond the load time",
        f"{middle:.2f}, at most {worst:.2f}",
    )


def test_control(front: RunningFront, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool that does not take back what a dead worker had loses requests."""
    monkeypatch.setattr("daemon.front.worker_pool.WorkerPool._recover", lambda *_: [])
    peers: list[Peer] = [front.peer() for _ in range(CLIENTS)]
    crowd = Crowd(peers, request, is_right, DEPTH, patience=4.0)
    threading.Timer(0.5, lambda: os.kill(front.front._pool.workers[0].process.pid, signal.SIGKILL)).start()
    began = time.monotonic()
    with pytest.raises(AssertionError, match=r"\d+ lost"):
        crowd.run(lambda _: time.monotonic() - began < 2).assert_kept()
