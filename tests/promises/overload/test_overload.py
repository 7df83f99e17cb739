"""Twice as much as can be done is asked for: what is accepted is ready in time, the rest is told that it is busy."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest

from daemon import protocol
from daemon.protocol import Limits
from tests.daemon.conftest import RunningFront, small_fill

ROW_SECONDS = 0.01
CAPACITY = 1 / ROW_SECONDS  # requests a second
OVERLOAD = 2.0
BUDGET_SECONDS = 1.0
ROOM = 40  # requests that the front takes at a time: less than half a budget's worth
PEERS = 10


def flood(front: RunningFront, seconds: float) -> tuple[Counter, list[float]]:
    """Send at twice the capacity whatever is answered; outcomes, and the seconds of the good answers."""
    (front.control / "slow").write_text(str(ROW_SECONDS))
    front.wait_ready()
    peers = [front.peer() for _ in range(PEERS)]
    outcomes, times, sent_at, began = Counter(), [], {}, time.monotonic()
    while True:
        now = time.monotonic()
        if now - began < seconds:
            while len(sent_at) < (now - began) * CAPACITY * OVERLOAD:
                number = len(sent_at)
                fill, image, hole = small_fill(
                    f"q{number}", budget_ms=int(BUDGET_SECONDS * 1000), detail=0.0, progress=False
                )
                peers[number % PEERS].send(*protocol.encode(fill, image, hole))
                sent_at[fill.id] = time.monotonic()
        elif outcomes.total() == len(sent_at):
            return outcomes, sorted(times)
        assert now - began < seconds + 30, f"{len(sent_at) - outcomes.total()} are not answered"
        for peer in peers:
            while peer.socket.poll(1):
                reply = protocol.decode_reply(peer.socket.recv_multipart())
                outcomes[reply.code if isinstance(reply, protocol.Error) else "ok"] += 1
                if isinstance(reply, protocol.Result):
                    times.append(time.monotonic() - sent_at[reply.id])


def assert_kept(outcomes: Counter, times: list[float]) -> None:
    accepted = outcomes.total() - outcomes["busy"]
    assert set(outcomes) <= {"ok", "busy", "deadline"}, outcomes
    assert outcomes["busy"] and outcomes["deadline"] <= accepted // 100, f"too late: {outcomes}"
    assert times[int(0.99 * len(times))] <= BUDGET_SECONDS


def test_what_is_accepted_is_ready_in_time(
    start_front: Callable[..., RunningFront], size: Callable, found: Callable
) -> None:
    seconds = size(3, 60)
    outcomes, times = flood(start_front(Limits(max_requests=ROOM)), seconds)
    assert_kept(outcomes, times)
    p99 = times[int(0.99 * len(times))]
    found(
        f"{OVERLOAD:g} × the capacity for {seconds} s, {outcomes.total()} requests of {BUDGET_SECONDS:g} s each",
        f"{outcomes['ok']} filled, p99 {p99:.2f} s; {outcomes['busy']} told busy; {outcomes['deadline']} late",
    )


def test_control(start_front: Callable[..., RunningFront]) -> None:
    """A front that takes whatever comes has most of it too late."""
    outcomes, times = flood(start_front(Limits(max_requests=100_000)), 4)
    with pytest.raises(AssertionError, match="too late"):
        assert_kept(outcomes, times)
