"""What the front promises: batches, deadlines, cancels, repeats, limits, drain; no death of a worker loses work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from daemon import protocol
from daemon.protocol import Cancel, Limits
from daemon.system.directories import RuntimePaths
from tests.daemon.conftest import PATIENCE, RunningFront, answers, send, small_fill, wait_until

Starter = Callable[..., RunningFront]


def log_of(front: RunningFront) -> list[dict]:
    return [json.loads(line) for line in (front.paths.directory / "requests.log").read_text().splitlines()]


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("daemon.__main__", ["numpy", "torch", "cv2", "PIL"]),
        ("daemon.client.client", ["torch", "PyQt6", "numba"]),
        ("daemon.worker.loop", ["torch", "numba"]),
    ],
)
def test_a_program_loads_no_more_than_it_needs(module: str, heavy: list[str]) -> None:
    code = f"import sys, {module}; print([each for each in {heavy} if each in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert out.stdout.strip() == "[]", out.stderr


def test_hello_tells_limits_and_model(front: RunningFront) -> None:
    front.wait_ready()
    welcome = front.peer().ask(protocol.Hello([1, 2]))
    assert (welcome.version, welcome.buckets, welcome.model["model"]) == (1, [256, 512], "stub")
    assert welcome.limits == Limits()


def test_requests_of_many_share_engine_runs(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")
    peers = [front.peer() for _ in range(9)]
    for i, peer in enumerate(peers[:8]):  # as many as a worker is given ahead
        send(peer, f"r{i}")
    for peer in peers[:8]:
        peer.wait_for_stage("filling")
    send(peers[8], "r8")
    wait_until(lambda: front.status()["open"] == 9)
    front.relieve("hold")
    assert [answers(peer, 1) for peer in peers] == [{f"r{i}": "ok"} for i in range(9)]
    assert max(front.runs) == 4 and sum(front.runs) == 9


def test_progress_tells_the_stage_and_the_position(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")
    first, last = front.peer(), front.peer()
    for i in range(8):
        send(first, f"r{i}")
    wait_until(lambda: front.status()["open"] == 8)
    send(last, "last")
    assert last.socket.poll(PATIENCE * 1000)
    event = protocol.decode_reply(last.socket.recv_multipart())
    assert event == protocol.ProgressEvent("last", "queued", position=1)
    front.relieve("hold")
    assert last.socket.poll(PATIENCE * 1000)
    stages = []
    while not isinstance(event, protocol.Result):
        event = protocol.decode_reply(last.socket.recv_multipart())
        stages.append(getattr(event, "stage", "result"))
    assert stages[-2:] == ["filling", "result"]
    quiet = front.peer()
    send(quiet, "quiet", progress=False)
    assert isinstance(protocol.decode_reply(quiet.socket.recv_multipart()), protocol.Result)


def test_who_asks_for_it_gets_only_the_rectangle_of_the_hole(front: RunningFront) -> None:
    peer = front.peer()
    send(peer, "whole")
    whole, (picture,) = peer.receive()
    send(peer, "part", crop=True)
    part, (pixels,) = peer.receive()
    assert (whole.top, whole.left, whole.height, whole.width) == (0, 0, 40, 50)
    assert (part.top, part.left, part.height, part.width) == (10, 10, 10, 10)
    expected = np.frombuffer(picture, np.uint8).reshape(40, 50, 3)[10:20, 10:20]
    assert np.array_equal(np.frombuffer(pixels, np.uint8).reshape(10, 10, 3), expected)


def test_variants_come_one_after_another_the_best_first(front: RunningFront) -> None:
    peer = front.peer()
    send(peer, "one")
    one, (picture,) = peer.receive()
    send(peer, "three", variants=3, seed=7)
    three, (pictures,) = peer.receive()
    assert (one.variants, three.variants) == (1, 3)
    assert three.height == 40 and three.width == 50 and pictures[: len(picture)] == picture
    middles = np.frombuffer(pictures, np.uint8).reshape(3, 40, 50, 3)[:, 15, 15, 0]
    assert middles.tolist() == [64, 48, 32]
    assert [line["variants"] for line in log_of(front) if line["event"] == "request"] == [1, 3]
    assert [row["pixels"] for row in front.status()["users"].values()] == [2 * 40 * 50]


def test_an_answer_that_would_be_too_large_with_its_variants_is_refused(start_front: Starter) -> None:
    _, image, _ = small_fill()
    peer = start_front(Limits(max_frame_bytes=3 * len(image))).peer()
    send(peer, "four", variants=4)
    reply, _ = peer.receive()
    assert reply.code == "too_large" and "variants" in reply.message
    send(peer, "three", variants=3)
    assert answers(peer, 1) == {"three": "ok"}


@pytest.mark.parametrize(("field", "value"), [("variants", 0), ("variants", 5), ("seed", -1), ("seed", 2**32)])
def test_variants_and_seeds_out_of_range_are_refused(front: RunningFront, field: str, value: int) -> None:
    peer = front.peer()
    send(peer, "bad", **{field: value})
    assert peer.receive()[0].code == "bad_field"


def test_cancel_of_running_and_of_queued_work(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")
    peer = front.peer()
    for i in range(12):
        send(peer, f"r{i}")
    wait_until(lambda: front.runs)
    other = front.peer()
    for id in ("r0", "r11"):
        assert other.ask(Cancel(id)) == protocol.Cancelled(id, True)
        assert other.ask(Cancel(id)) == protocol.Cancelled(id, False)
    assert answers(peer, 2) == {"r0": "cancelled", "r11": "cancelled"}
    front.relieve("hold")
    assert set(answers(peer, 10).values()) == {"ok"}
    assert peer.is_silent()


def test_deadline_of_queued_and_of_running_work(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")
    peer = front.peer()
    for i in range(8):
        send(peer, f"r{i}")
    send(peer, "queued", budget_ms=50)
    assert answers(peer, 1) == {"queued": "deadline"}
    front.relieve("hold")
    assert set(answers(peer, 8).values()) == {"ok"}
    front.order("hold")
    send(peer, "running", budget_ms=300)
    assert answers(peer, 1) == {"running": "deadline"}
    front.relieve("hold")
    send(peer, "next")
    assert answers(peer, 1) == {"next": "ok"}


def test_a_full_queue_says_busy(start_front: Starter) -> None:
    front = start_front(Limits(max_requests=2))
    front.wait_ready()
    front.order("hold")
    peer = front.peer()
    for id in "abc":
        send(peer, id)
    reply, _ = peer.receive()
    assert (reply.id, reply.code) == ("c", "busy") and reply.retry_after > 0
    front.relieve("hold")
    assert answers(peer, 2) == {"a": "ok", "b": "ok"}
    send(peer, "c")
    assert answers(peer, 1) == {"c": "ok"}


def test_queued_bytes_are_limited_too(start_front: Starter) -> None:
    _, image, hole = small_fill()
    front = start_front(Limits(max_request_bytes=2 * (len(image) + len(hole))))
    front.wait_ready()
    front.order("hold")
    peer = front.peer()
    for id in "abc":
        send(peer, id)
    assert peer.receive()[0].code == "busy"


def test_a_repeat_by_another_connection_is_answered_there(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")
    lost, back = front.peer(), front.peer()
    send(lost, "same")
    wait_until(lambda: front.runs)
    lost.close()
    send(back, "same")
    front.relieve("hold")
    assert answers(back, 1) == {"same": "ok"}
    assert back.is_silent()
    assert front.runs == [1]


def test_work_for_a_client_that_left_is_given_up(front: RunningFront, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.front.job_table.ABANDONED_SECONDS", 0.5)
    front.wait_ready()
    front.order("hold")
    gone, stays = front.peer(), front.peer()
    for i in range(12):
        send(gone, f"gone{i}")
    wait_until(lambda: front.status()["queued"])
    send(stays, "stays")
    gone.close()
    wait_until(lambda: front.status()["outcomes"].get("cancelled"))
    front.relieve("hold")
    assert answers(stays, 1) == {"stays": "ok"}


def test_workers_share_the_queue(start_front: Starter) -> None:
    front = start_front(workers=2)
    wait_until(lambda: all(worker["state"] == "ready" for worker in front.status()["workers"]))
    front.order("hold")
    peer = front.peer()
    for i in range(10):
        send(peer, f"r{i}")
    wait_until(lambda: [worker["requests"] for worker in front.status()["workers"]] == [5, 5])
    os.kill(front.status()["workers"][0]["pid"], signal.SIGKILL)
    front.relieve("hold")
    assert answers(peer, 10) == {f"r{i}": "ok" for i in range(10)}


def test_shutdown_finishes_what_was_accepted(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")
    peer = front.peer()
    send(peer, "accepted")
    wait_until(lambda: front.runs)
    assert front.peer().ask(protocol.Shutdown()) == protocol.Bye()
    send(peer, "late")
    reply, _ = peer.receive()
    assert (reply.id, reply.code) == ("late", "shutting_down") and reply.retry_after
    front.relieve("hold")
    assert answers(peer, 1) == {"accepted": "ok"}
    front.thread.join(PATIENCE)
    assert not front.thread.is_alive()


def test_an_idle_front_leaves(start_front: Starter) -> None:
    front = start_front(idle_seconds=0.2)
    front.thread.join(PATIENCE)
    assert not front.thread.is_alive()
    left = {path.name for path in front.paths.directory.iterdir()}
    assert left == {"control", "daemon.lock", "requests.log"}


def test_one_log_line_a_request_without_picture_content(front: RunningFront) -> None:
    peer = front.peer()
    send(peer, "good")
    send(peer, "bad", dtype="uint8", budget_ms=1 << 30)
    assert set(answers(peer, 2).values()) == {"ok"}
    lines = [line for line in log_of(front) if line["event"] == "request"]
    assert sorted(line["id"] for line in lines) == ["bad", "good"]
    for line in lines:
        assert line["outcome"] == "ok" and line["size"] == [40, 50, 3] and line["total_ms"] >= line["run_ms"] > 0
        assert len(json.dumps(line)) < 400


def test_every_request_of_the_protocol_has_a_handler(front: RunningFront) -> None:
    assert set(front.front._handlers) == set(get_args(protocol.AnyRequest))


def test_a_second_front_is_refused(front: RunningFront) -> None:
    from daemon.front.server import Front
    from daemon.front.settings import FrontSettings
    from model.errors import PconvError

    with pytest.raises(PconvError) as caught:
        Front(FrontSettings(front.paths)).run()
    assert caught.value.code == "already_running"
    peer = front.peer()
    send(peer, "still-served")
    assert answers(peer, 1) == {"still-served": "ok"}


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_refused_front_logs_that_and_nothing_else(front: RunningFront, directory: Path, elsewhere: bool) -> None:
    """In the same directory, or in another one at the same address."""
    from daemon.front.server import Front
    from daemon.front.settings import FrontSettings
    from daemon.system.directories import RuntimePaths
    from model.errors import PconvError

    paths = RuntimePaths(directory / "other") if elsewhere else front.paths
    paths.directory.mkdir(exist_ok=True)
    with pytest.raises(PconvError) as caught:
        Front(FrontSettings(paths, (front.address,), log=directory / "refused.log")).run()
    (line,) = map(json.loads, (directory / "refused.log").read_text().splitlines())
    assert (line["event"], line["code"], line["reason"]) == ("refused", caught.value.code, caught.value.message)
    assert caught.value.code == ("bad_address" if elsewhere else "already_running")


def test_an_ipc_peer_is_known_by_its_user_id(front: RunningFront) -> None:
    peer = front.peer()
    send(peer, "mine")
    answers(peer, 1)
    (line,) = [line for line in log_of(front) if line["event"] == "request"]
    assert line["user"] == (str(os.getuid()) if sys.platform == "linux" else "")


def test_paths_of_the_front_are_private(front: RunningFront) -> None:
    assert isinstance(front.paths, RuntimePaths)
    assert front.paths.directory.stat().st_mode & 0o077 == 0
