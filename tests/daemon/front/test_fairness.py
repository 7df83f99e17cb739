"""Fairness as its users meet it: several of them at one front over real sockets, with a stub worker."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from daemon import protocol
from daemon.client.client import Client
from daemon.config.schema import OwnQuota, Quota
from daemon.front.job import LEAST_COST
from daemon.protocol import Cancel, Cancelled, Limits
from tests.daemon.conftest import PATIENCE, Peer, RunningFront, is_filled, small_fill, wait_until
from tests.daemon.picture import HOLE, IMAGE, MIDDLE

Starter = Callable[..., RunningFront]
AHEAD = 8  # requests that a stub worker holds: two batches of four


@pytest.fixture
def start_shared(start_front: Starter, monkeypatch: pytest.MonkeyPatch) -> Starter:
    """A front on loopback TCP whose users are told apart by the address that they come from."""
    monkeypatch.setattr("daemon.front.server.user_of", lambda peer: peer.host)

    def start(**settings: object) -> RunningFront:
        front = start_front(listen=("tcp://127.0.0.1:*",), **settings)
        front.wait_ready()
        return front

    return start


def address(front: RunningFront, user: int) -> str:
    return front.address.replace("tcp://", f"tcp://127.0.1.{user}:0;")


def user(front: RunningFront, number: int) -> Peer:
    front.peers.append(Peer(address(front, number)))
    return front.peers[-1]


def send(peer: Peer, *ids: str, **fields: object) -> None:
    for id in ids:
        fill, image, hole = small_fill(id, progress=False, **fields)
        peer.send(*protocol.encode(fill, image, hole))


def outcomes(peer: Peer, count: int) -> dict[str, str]:
    seen = {}
    for _ in range(count):
        reply, payload = peer.receive()
        seen[reply.id] = "ok" if is_filled(reply, payload) else reply.code
    return seen


def answered(front: RunningFront) -> list[str]:
    """Ids in the order of their answers."""
    lines = map(json.loads, (front.paths.directory / "requests.log").read_text().splitlines())
    return [line["id"] for line in lines if line["event"] == "request"]


def flood(front: RunningFront, same_user: bool) -> list[int]:
    """How many answers went before those of nine users who came after a flood of sixty requests."""
    front.order("hold")
    flooder = user(front, 1)
    send(flooder, *(f"flood{i}" for i in range(60)))
    wait_until(lambda: front.status()["open"] == 60)
    others = [user(front, 1 if same_user else number) for number in range(2, 11)]
    for i, peer in enumerate(others):
        send(peer, f"other{i}")
    wait_until(lambda: front.status()["open"] == 69)
    front.relieve("hold")
    assert [outcomes(peer, 1) for peer in others] == [{f"other{i}": "ok"} for i in range(9)]
    assert len(outcomes(flooder, 60)) == 60
    order = answered(front)
    return [order.index(f"other{i}") for i in range(9)]


def test_one_flooder_does_not_make_nine_others_wait(start_shared: Starter) -> None:
    turn = 512 * 512 // LEAST_COST
    assert max(flood(start_shared(), same_user=False)) < AHEAD + 9 + 3 * turn


def test_control_without_users_the_flood_goes_first(start_shared: Starter) -> None:
    assert min(flood(start_shared(), same_user=True)) >= 60 - AHEAD


def test_a_quota_holds_one_user_back_and_no_other(start_shared: Starter) -> None:
    front = start_shared(quota=Quota(max_requests=2))
    front.order("hold")
    first, second = user(front, 1), user(front, 2)
    send(first, *"abcd")
    assert outcomes(first, 2) == {"c": "busy", "d": "busy"}
    send(second, *"ab")
    wait_until(lambda: front.status()["open"] == 4)
    front.relieve("hold")
    assert outcomes(second, 2) == outcomes(first, 2) == {"a": "ok", "b": "ok"}


def test_a_user_with_a_quota_of_his_own_has_that_and_the_others_the_common_one(start_shared: Starter) -> None:
    front = start_shared(quota=Quota(max_requests=1), users={"127.0.1.1": OwnQuota(max_requests=3)})
    front.order("hold")
    first, second = user(front, 1), user(front, 2)
    send(first, *"abcd")
    assert outcomes(first, 1) == {"d": "busy"}
    send(second, *"ab")
    assert outcomes(second, 1) == {"b": "busy"}
    front.relieve("hold")
    assert outcomes(first, 3) == {"a": "ok", "b": "ok", "c": "ok"} and outcomes(second, 1) == {"a": "ok"}


def test_pixels_per_second_hold_one_user_back_and_no_other(start_shared: Starter) -> None:
    front = start_shared(quota=Quota(pixels_per_second=LEAST_COST / 60, burst_seconds=90))
    first, second = user(front, 1), user(front, 2)
    send(first, *"ab")
    assert outcomes(first, 2) == {"a": "ok", "b": "ok"}
    send(first, "c")
    reply, _ = first.receive()
    assert reply.code == "busy" and 0 < reply.retry_after <= 30
    send(second, "c")
    assert outcomes(second, 1) == {"c": "ok"}


def test_the_client_waits_as_long_as_it_is_told_and_a_little_more(
    start_shared: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    front = start_shared(limits=Limits(max_requests=1))
    monkeypatch.setattr("daemon.front.quotas.UNKNOWN_SECONDS", 7.0)
    front.order("hold")
    blocker = user(front, 1)
    send(blocker, "blocker")
    wait_until(lambda: front.runs)

    def wait(call: object, seconds: float) -> None:
        waits.append(seconds)
        front.relieve("hold")
        wait_until(lambda: not front.status()["open"])

    monkeypatch.setattr("daemon.client.call.Call.sleep", wait)
    with Client(address(front, 2)) as client:
        assert (client.fill(IMAGE, HOLE)[MIDDLE] == 64).all()
    assert len(waits) == 1 and 7.0 <= waits[0] <= 10.5


def test_clients_in_a_crowd_all_come_through(start_shared: Starter) -> None:
    front = start_shared(limits=Limits(max_requests=3))
    done: Counter[int] = Counter()

    def work(number: int) -> None:
        with Client(address(front, number)) as client:
            for _ in range(4):
                assert (client.fill(IMAGE, HOLE, timeout=PATIENCE)[MIDDLE] == 64).all()
                done[number] += 1

    threads = [threading.Thread(target=work, args=[number]) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert done == {number: 4 for number in range(1, 7)}
    assert front.status()["outcomes"]["ok"] == 24


def test_anothers_request_can_be_neither_cancelled_nor_met(start_shared: Starter) -> None:
    front = start_shared()
    front.order("hold")
    owner, stranger = user(front, 1), user(front, 2)
    send(owner, "secret")
    wait_until(lambda: front.runs)
    assert stranger.ask(Cancel("secret")) == Cancelled("secret", False)
    assert stranger.ask(Cancel("unknown")) == Cancelled("unknown", False)
    send(stranger, "secret", colour=(0, 0, 200))
    wait_until(lambda: front.status()["open"] == 2)
    front.relieve("hold")
    assert outcomes(owner, 1) == outcomes(stranger, 1) == {"secret": "ok"}
    send(stranger, "secret", colour=(0, 0, 100))
    assert outcomes(stranger, 1) == {"secret": "conflict"}


def test_a_brush_stroke_goes_before_the_same_users_folder(start_shared: Starter) -> None:
    front = start_shared()
    front.order("hold")
    peer = user(front, 1)
    folder = [f"folder{i}" for i in range(20)]
    send(peer, *folder, priority="background")
    wait_until(lambda: front.status()["open"] == 20)
    send(peer, "brush")
    wait_until(lambda: front.status()["open"] == 21)
    front.relieve("hold")
    outcomes(peer, 21)
    assert answered(front).index("brush") < AHEAD + 4


def log_says_background(front: RunningFront) -> bool:
    with Client(address(front, 1), background=True) as client:
        client.fill(IMAGE, HOLE)
    lines = map(json.loads, (front.paths.directory / "requests.log").read_text().splitlines())
    (line,) = (line for line in lines if line["event"] == "request")
    return line["background"]


def test_the_client_says_background(start_shared: Starter) -> None:
    assert log_says_background(start_shared())


def test_a_daemon_that_does_not_know_priorities_is_not_told(
    start_shared: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LATER_FIELDS", [])
    assert not log_says_background(start_shared())


def test_a_header_without_priority_is_as_of_old() -> None:
    fill, *_ = small_fill()
    assert b"priority" not in protocol.encode(fill)[1]
    assert not fill.is_background


def test_what_certainly_comes_too_late_is_refused_at_once(
    start_shared: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.front.worker_process.fibonacci_delay", lambda failures: 4.0)
    front = start_shared()
    os.kill(front.status()["workers"][0]["pid"], signal.SIGKILL)
    wait_until(lambda: front.status()["workers"][0]["state"] == "resting")
    peer = user(front, 1)
    send(peer, "hasty", budget_ms=500)
    send(peer, "patient", budget_ms=30_000)
    reply, _ = peer.receive()
    assert (reply.id, reply.code) == ("hasty", "deadline") and "No worker" in reply.message
    assert outcomes(peer, 1) == {"patient": "ok"}
