"""The plug-in when something dies or is stopped in mid-job: the fill still comes, or one sentence and a clean image."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from daemon.client.client import Client
from plugin_gimp.bridge.server import bridge_token
from tests.plugin_gimp.conftest import bridge_environment
from tests.plugin_gimp.daemon_counts import open_requests
from tests.plugin_gimp.gimp_session import GimpSession, plug_in_processes

pytestmark = pytest.mark.gimp

SETUP = "image, layer = picture(); select(image, 60, 50, 40, 30); before = pixels(layer); layers = [layer]\n"
CALL = SETUP + "status, error = call(image, layers)\n"
REPORT = CALL + "return status, error, len(image.get_layers()), pixels(layer) == before, image.undo_is_enabled()"
FILLED = ["success", None, 2, True, True]


def front_and_worker() -> tuple[int, int]:
    """Process ids of the daemon and its ready worker."""
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        with Client() as client:
            client.fill(np.zeros((64, 64, 3), np.uint8), np.pad(np.ones((4, 4), bool), 30))
            status = client.status()
        if status["workers"][0]["pid"]:
            return status["pid"], status["workers"][0]["pid"]
    raise AssertionError("no worker came up")


def wait_for(what: Callable[[], object], seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.01)


@pytest.fixture
def stopped_worker() -> Iterator[tuple[int, int]]:
    """A worker that takes a job but never ends it."""
    front, worker = front_and_worker()
    wait_for(lambda: open_requests() == 0)  # what the test before left behind
    os.kill(worker, signal.SIGSTOP)
    yield front, worker
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker, signal.SIGCONT)


def test_daemon_starts_by_itself(gimp: GimpSession, private_daemon: Path) -> None:
    Client().stop()
    assert not (private_daemon / "address").exists()
    assert gimp.run(REPORT) == FILLED
    assert (private_daemon / "address").exists()


def test_fill_comes_though_the_worker_is_killed_in_mid_job(gimp: GimpSession, stopped_worker: tuple[int, int]) -> None:
    job = gimp.start(REPORT)
    wait_for(lambda: open_requests() > 0)
    os.kill(stopped_worker[1], signal.SIGKILL)
    assert gimp.finish(job) == FILLED


def test_fill_comes_though_the_daemon_is_killed_in_mid_job(gimp: GimpSession, stopped_worker: tuple[int, int]) -> None:
    front, worker = stopped_worker
    job = gimp.start(REPORT)
    wait_for(lambda: open_requests() > 0)
    os.kill(front, signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    assert gimp.finish(job) == FILLED


def test_killed_bridge_is_one_sentence_and_a_clean_image(gimp: GimpSession, stopped_worker: tuple[int, int]) -> None:
    job = gimp.start(REPORT)
    wait_for(lambda: open_requests() > 0)
    for bridge in bridges():
        os.kill(bridge, signal.SIGKILL)
    begin = time.monotonic()
    status, error, layers, untouched, undo = gimp.finish(job)
    assert time.monotonic() - begin < 5
    assert status == "execution-error" and error.startswith("pconv ended early") and error.endswith("try again.")
    assert layers == 1 and untouched and undo


def test_cancel_leaves_a_clean_image_and_an_idle_daemon_within_a_second(
    gimp: GimpSession, stopped_worker: tuple[int, int]
) -> None:
    job = gimp.start(REPORT)
    wait_for(lambda: open_requests() > 0 and plug_in_processes(gimp))
    (plug_in,) = plug_in_processes(gimp)
    os.kill(plug_in, signal.SIGKILL)  # what GIMP's own Cancel does
    begin = time.monotonic()
    wait_for(lambda: open_requests() == 0, 5)
    assert time.monotonic() - begin < 1
    status, _, layers, untouched, undo = gimp.finish(job)
    assert status != "success" and layers == 1 and untouched and undo
    os.kill(stopped_worker[1], signal.SIGCONT)
    assert gimp.run(REPORT) == FILLED


def test_layer_that_is_gone_when_the_fill_comes(gimp: GimpSession, reconnect: Callable[[dict], None]) -> None:
    """Batch mode cannot change the image meanwhile, so the plug-in's own guard is asked."""
    seen = gimp.run(
        """
        image, layer = picture()
        select(image, 60, 50, 40, 30)
        (job,) = jobs(image, [layer])
        answers = [job.is_unmoved()]
        layer.set_offsets(5, 5)
        answers.append(job.is_unmoved())
        layer.set_offsets(0, 0)
        answers.append(job.is_unmoved())
        image.remove_layer(layer)
        return answers + [job.is_unmoved()]
        """
    )
    assert seen == [True, False, True, False]


@pytest.fixture
def listening_bridge() -> Iterator[str]:
    """The address of a bridge on loopback TCP."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-P", "-m", "plugin_gimp.bridge", "--listen", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **bridge_environment()}, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == f"Listening on 127.0.0.1:{port}.\n"
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.communicate()


def test_sandboxed_gimp_fills_by_loopback_and_a_wrong_token_is_refused(
    gimp: GimpSession, reconnect: Callable[[dict], None], listening_bridge: str
) -> None:
    reconnect({"address": listening_bridge, "token": bridge_token()})
    assert gimp.run(REPORT) == FILLED
    reconnect({"address": listening_bridge, "token": "guess"})
    status, error, layers, untouched, _ = gimp.run(REPORT)
    assert status == "execution-error" and layers == 1 and untouched
    assert error == "The bridge does not know this plug-in's token; run `pconv gimp install` again."


def test_two_gimps_at_once_each_with_one_bridge_for_all_its_calls(
    gimp_root: Path, share: Path, gimp: GimpSession, tmp_path: Path
) -> None:
    assert gimp.run(REPORT) == FILLED
    before = bridges()
    shutil.copytree(share / "home", tmp_path / "home")
    other = GimpSession(gimp_root, tmp_path)
    try:
        for _ in range(2):
            jobs = [(session, session.start(REPORT)) for session in (gimp, other)]
            assert [session.finish(job) for session, job in jobs] == [FILLED, FILLED]
        (own,) = bridges() - before
    finally:
        other.close()
    wait_for(lambda: own not in bridges(), 5)


def test_bridge_that_was_killed_between_two_calls_is_replaced(gimp: GimpSession) -> None:
    assert gimp.run(REPORT) == FILLED
    for bridge in bridges():
        os.kill(bridge, signal.SIGKILL)
    assert gimp.run(REPORT) == FILLED


def bridges() -> set[int]:
    """Process ids of the bridges that plug-ins of these tests have started."""
    ours = f"PCONV_RUNTIME_DIR={os.environ['PCONV_RUNTIME_DIR']}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
                variables = (entry / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            started = b"plugin_gimp.bridge" in arguments and b"--listen" not in arguments and b"chroot" not in arguments
            if started and ours in variables:
                found.add(int(entry.name))
    return found
