"""A front that is killed and started again, as systemd does, under clients that wait for their pictures."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from daemon.client.client import Client
from daemon.system.directories import RuntimePaths, runtime_paths
from tests.daemon.conftest import PATIENCE, wait_until
from tests.daemon.picture import HOLE, IMAGE, MIDDLE

DAEMON = Path(__file__).parents[1] / "stub_daemon.py"
CLIENTS, KILLS = 6, 4


@pytest.fixture
def paths(directory: Path) -> RuntimePaths:
    (directory / "control").mkdir()
    return runtime_paths()


@pytest.fixture
def start(paths: RuntimePaths) -> Iterator[Callable[[], subprocess.Popen]]:
    processes: list[subprocess.Popen] = []

    def run() -> subprocess.Popen:
        processes.append(subprocess.Popen([sys.executable, str(DAEMON), "local"], stderr=subprocess.DEVNULL))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.wait()


def test_clients_ride_through_kills_of_the_front(paths: RuntimePaths, start: Callable[[], subprocess.Popen]) -> None:
    hold, runs = paths.directory / "control" / "hold", paths.directory / "control" / "runs"
    hold.touch()
    process = start()
    wait_until(paths.address_file.exists)
    filled: list[np.ndarray] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            with Client(autostart=False) as client:
                filled.append(client.fill(IMAGE, HOLE, timeout=4 * PATIENCE))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for kill in range(KILLS):
        wait_until(runs.exists)
        process.send_signal(signal.SIGKILL)
        process.wait()
        runs.unlink()
        if kill == KILLS - 1:
            hold.unlink()
        process = start()
    for thread in threads:
        thread.join(4 * PATIENCE)
    assert not errors
    assert len(filled) == CLIENTS
    assert all((each[MIDDLE] == 64).all() and (each[~HOLE] == 200).all() for each in filled)


def test_control_a_client_that_may_not_wait_does_not_ride_through(
    paths: RuntimePaths, start: Callable[[], subprocess.Popen]
) -> None:
    (paths.directory / "control" / "hold").touch()
    process = start()
    wait_until(paths.address_file.exists)
    outcome: list[str] = []

    def work() -> None:
        try:
            with Client(autostart=False, connect_timeout=0.2) as client:
                client.fill(IMAGE, HOLE)
        except Exception as error:
            outcome.append(getattr(error, "code", repr(error)))

    thread = threading.Thread(target=work)
    thread.start()
    wait_until((paths.directory / "control" / "runs").exists)
    process.send_signal(signal.SIGKILL)
    thread.join(PATIENCE)
    assert outcome == ["no_daemon"]
