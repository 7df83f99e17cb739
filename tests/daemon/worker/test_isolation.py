"""Whatever happens to a worker, requests are answered, once; what it holds while idle is given back."""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zmq

from daemon import protocol
from daemon.client.client import Client
from daemon.front.worker_process import WorkerProcess
from daemon.front.worker_settings import WorkerSettings
from daemon.system.directories import RuntimePaths
from daemon.worker.faults import code_of, is_out_of_memory
from daemon.worker.idle import Housekeeping
from tests.daemon.conftest import STUB, RunningFront, answers, send, small_fill, wait_until

Starter = Callable[..., RunningFront]
SLEEPS = "import time; time.sleep(60)"


def test_worker_killed_in_mid_batch_costs_only_time(front: RunningFront) -> None:
    front.wait_ready()
    peer = front.peer()
    front.order("hold")
    for i in range(10):
        send(peer, f"r{i}")
    wait_until(lambda: front.runs)
    os.kill(front.status()["workers"][0]["pid"], signal.SIGKILL)
    front.relieve("hold")
    assert answers(peer, 10) == {f"r{i}": "ok" for i in range(10)}
    assert peer.is_silent()
    assert front.status()["workers"][0]["starts"] == 2


def test_a_poison_request_is_named_and_the_others_live(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")
    peer = front.peer()
    send(peer, "first")
    wait_until(lambda: front.runs)
    for i in range(3):
        send(peer, f"r{i}")
    send(peer, "poison", colour=(255, 0, 0))
    wait_until(lambda: front.status()["workers"][0]["requests"] == 5)
    front.relieve("hold")
    seen = answers(peer, 5)
    assert seen.pop("poison") == "poisoned"
    assert seen == {"first": "ok", "r0": "ok", "r1": "ok", "r2": "ok"}
    assert peer.is_silent()


def test_many_poison_requests_do_not_make_others_wait(front: RunningFront) -> None:
    front.wait_ready()
    peer = front.peer()
    for i in range(5):
        send(peer, f"poison{i}", colour=(255, 0, 0))
    send(peer, "honest")
    assert answers(peer, 6) == {**{f"poison{i}": "poisoned" for i in range(5)}, "honest": "ok"}


def test_a_worker_that_cannot_load_gives_its_reason_until_it_can(start_front: Starter, directory: Path) -> None:
    (directory / "control").mkdir()
    (directory / "control" / "broken").touch()
    front = start_front()
    peer = front.peer()
    send(peer, "early")
    reply, _ = peer.receive()
    assert (reply.id, reply.code, reply.message) == ("early", "weights_missing", "No weights. Bring some.")
    assert reply.retry_after > 0
    front.relieve("broken")
    send(peer, "late")
    assert answers(peer, 1) == {"late": "ok"}


def test_a_worker_that_ends_without_a_word_is_reported_after_some_starts(
    start_front: Starter, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.front.worker_pool.PATIENCE_SECONDS", 0.0)
    (directory / "control").mkdir()
    (directory / "control" / "crash").touch()
    front = start_front()
    peer = front.peer()
    send(peer, "a")
    reply, _ = peer.receive()
    assert reply.code == "device_error" and "exit code 9" in reply.message and reply.retry_after > 0
    assert front.status()["workers"][0]["starts"] == 3


@pytest.mark.parametrize("budget_ms", [None, 60_000])
def test_what_was_accepted_waits_while_workers_die_over_their_start(
    start_front: Starter, directory: Path, budget_ms: int | None
) -> None:
    (directory / "control").mkdir()
    (directory / "control" / "crash").touch()
    front = start_front()
    peer = front.peer()
    send(peer, "early", budget_ms=budget_ms)
    wait_until(lambda: front.status()["workers"][0]["starts"] > 3)  # more than are needed to call it failed
    front.relieve("crash")
    assert answers(peer, 1) == {"early": "ok"}


def test_what_was_accepted_waits_no_longer_than_its_deadline(start_front: Starter, directory: Path) -> None:
    (directory / "control").mkdir()
    (directory / "control" / "crash").touch()
    front = start_front()
    peer = front.peer()
    begin = time.monotonic()
    send(peer, "early", budget_ms=3000)
    assert answers(peer, 1) == {"early": "deadline"} and time.monotonic() - begin >= 3


def test_what_comes_while_none_can_start_is_told_when_to_come_again(start_front: Starter, directory: Path) -> None:
    (directory / "control").mkdir()
    (directory / "control" / "crash").touch()
    front = start_front()
    wait_until(lambda: front.status()["workers"][0]["state"] == "failed")
    reply = front.peer().ask(*small_fill("late"))
    assert reply.code == "device_error" and 0 < reply.retry_after <= 60


def test_a_worker_that_hangs_is_replaced(front: RunningFront, monkeypatch: pytest.MonkeyPatch) -> None:
    front.wait_ready()
    monkeypatch.setattr("daemon.front.worker_process.SILENCE_SECONDS", 4.0)
    hung = front.status()["workers"][0]["pid"]
    os.kill(hung, signal.SIGSTOP)
    peer = front.peer()
    send(peer, "a")
    assert answers(peer, 1) == {"a": "ok"}
    assert front.status()["workers"][0]["pid"] != hung


def test_an_idle_worker_that_hangs_is_replaced_before_work_comes(
    front: RunningFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.wait_ready()
    monkeypatch.setattr("daemon.front.worker_process.SILENCE_SECONDS", 4.0)
    hung = front.status()["workers"][0]["pid"]
    os.kill(hung, signal.SIGSTOP)
    wait_until(lambda: front.status()["workers"][0]["pid"] != hung)


def test_a_run_without_end_is_ended(start_front: Starter) -> None:
    front = start_front(worker={"run_seconds": 1.0})
    front.wait_ready()
    peer = front.peer()
    front.order("hold")
    send(peer, "a")
    wait_until(lambda: front.status()["workers"][0]["starts"] == 2)
    front.relieve("hold")
    assert answers(peer, 1) == {"a": "ok"}


def test_a_device_that_failed_gets_a_new_process(front: RunningFront) -> None:
    front.wait_ready()
    peer = front.peer()
    front.order("fail")
    send(peer, "a")
    assert answers(peer, 1) == {"a": "ok"}
    assert front.status()["workers"][0]["starts"] == 2


def test_a_worker_that_worked_comes_back_at_once_every_time(front: RunningFront) -> None:
    peer = front.peer()
    for i in range(4):
        send(peer, f"r{i}")
        assert answers(peer, 1) == {f"r{i}": "ok"}
        os.kill(front.status()["workers"][0]["pid"], signal.SIGKILL)
        wait_until(lambda i=i: front.status()["workers"][0]["starts"] == i + 2)
    assert front.status()["workers"][0]["state"] != "resting"


def test_lack_of_memory_makes_smaller_batches_and_is_reported(front: RunningFront) -> None:
    front.wait_ready()
    assert front.status()["workers"][0]["max_batch"] == 4
    (front.control / "memory").write_text("1")
    front.order("hold")
    peer = front.peer()
    for i in range(8):
        send(peer, f"r{i}")
    wait_until(lambda: front.runs)
    front.relieve("hold")
    assert set(answers(peer, 8).values()) == {"ok"}
    assert front.runs.count(1) >= 8 and max(front.runs) > 1
    wait_until(lambda: front.status()["workers"][0]["max_batch"] == 1)
    assert front.status()["workers"][0]["starts"] == 1


def test_a_front_that_was_stopped_itself_judges_nobody(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "control").mkdir()
    context = zmq.Context()
    worker = WorkerProcess(
        "worker0", WorkerSettings(command=(sys.executable, "-c", SLEEPS)), context, RuntimePaths(directory)
    )
    monkeypatch.setattr("daemon.front.worker_process.LOADING_SILENCE_SECONDS", 10.0)
    worker.start(0.0)
    try:
        for now in (1.0, 100.0, 104.0, 108.0):  # it slept from 1 to 100
            assert not worker.is_dead(now) and worker.process.poll() is None
        assert not worker.is_dead(111.0)
        assert worker.process.wait(10) == -signal.SIGKILL
    finally:
        worker.stop()
        context.term()


def test_a_worker_that_cannot_be_started_takes_no_one_along(
    start_front: Starter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.front.worker_pool.PATIENCE_SECONDS", 0.0)
    program = tmp_path / "worker"
    front = start_front(worker={"command": (str(program),)})
    peer = front.peer()
    send(peer, "a")
    reply, _ = peer.receive()
    assert reply.code == "device_error" and "cannot be started" in reply.message, reply
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {STUB} "$@"\n')
    program.chmod(0o700)
    wait_until(lambda: isinstance(peer.ask(*small_fill(uuid.uuid4().hex)), protocol.Result))


def test_idle_time_is_told_once_each() -> None:
    plan = Housekeeping(10.0, 60.0)
    assert [plan.due(True, now) for now in (0.0, 9.0, 10.0, 11.0, 60.0, 999.0)] == [
        None, None, "trim", None, "sleep", None,
    ]  # fmt: skip
    assert plan.due(False, 1000.0) is None
    assert [plan.due(True, now) for now in (1001.0, 1010.0, 1011.0)] == [None, None, "trim"]
    plan.begin()
    assert [plan.due(True, now) for now in (1012.0, 1022.0)] == [None, "trim"]


def test_an_idle_worker_gives_back_and_wakes_with_the_next_request(start_front: Starter) -> None:
    front = start_front(worker={"trim_seconds": 0.0, "sleep_seconds": 2.0})
    wait_until(lambda: front.status()["workers"][0]["resident"] == "trimmed")
    wait_until(lambda: front.status()["workers"][0]["resident"] == "asleep")
    peer = front.peer()
    send(peer, "a")
    assert answers(peer, 1) == {"a": "ok"}
    assert len((front.control / "loads").read_text().split()) == 2
    assert front.status()["workers"][0]["starts"] == 1


@pytest.mark.slow
def test_memory_of_an_idle_worker_falls_and_pictures_stay_the_same(
    private_daemon: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PCONV_WEIGHTS")  # the shipped network is large enough to be seen
    monkeypatch.setenv("PCONV_TRIM_SECONDS", "1")
    monkeypatch.setenv("PCONV_SLEEP_SECONDS", "3")
    image = np.random.default_rng(5).integers(0, 256, (300, 300, 3), np.uint8)
    hole = np.zeros((300, 300), bool)
    hole[100:180, 90:200] = True
    with Client() as client:

        def worker() -> dict:
            return client.status()["workers"][0]

        first = client.fill(image, hole)
        wait_until(lambda: worker()["resident"] == "full")
        busy = worker()["used_bytes"]
        wait_until(lambda: worker()["resident"] == "asleep")
        time.sleep(1)
        assert worker()["used_bytes"] < busy - (60 << 20)
        assert np.array_equal(client.fill(image, hole), first)
        assert worker()["starts"] == 1


@pytest.mark.parametrize(
    ("error", "lacks"),
    [
        (MemoryError(), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), False),
    ],
)
def test_lack_of_memory_is_told_from_other_faults(error: Exception, lacks: bool) -> None:
    assert is_out_of_memory(error) is lacks
    assert code_of(error) == ("out_of_memory" if lacks else "device_error")
