"""Fronts and workers are killed and drained while clients work: each fill is answered, and rightly."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.client.client import Client
from daemon.client.connection import Connection
from daemon.system.directories import RuntimePaths
from daemon.system.locks import is_held
from model.errors import DaemonError
from tests.daemon.conftest import wait_until
from tests.promises.clients import Clients
from tests.promises.pictures import Gallery

pytestmark = pytest.mark.slow
CLIENTS = 4


def restart(directory: Path, clients: Clients, end: Callable[[int], None], times: int) -> None:
    """End one front after the other; the clients' next calls start others."""
    lock = RuntimePaths(directory).daemon_lock
    for _ in range(times):
        clients.wait_for(2 * CLIENTS)
        if clients.failed:
            return
        pid = lock.read_text()
        end(int(pid))
        wait_until(lambda pid=pid: lock.read_text() not in ("", pid) and is_held(lock))


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def drain(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch, private_daemon: Path) -> None:
    monkeypatch.setenv("PCONV_DTYPE", "float32")
    Client().stop()


@pytest.mark.parametrize(("end", "short", "long"), [(kill, 2, 20), (drain, 3, 50)], ids=["kill", "drain"])
def test_clients_ride_through(
    private_daemon: Path, gallery: Gallery, size: Callable, found: Callable, end: Callable, short: int, long: int
) -> None:
    times = size(short, long)
    with Clients(gallery, CLIENTS) as clients:
        restart(private_daemon, clients, end, times)
        clients.wait_for(CLIENTS)
    clients.assert_kept()
    found(
        f"{times} × {end.__name__} of the front under {CLIENTS} clients, {clients.done} fills",
        "each answered once and rightly",
    )


def test_clients_ride_through_kills_of_front_and_worker_in_turn(
    private_daemon: Path, gallery: Gallery, size: Callable, found: Callable
) -> None:
    fills, kills = size(30, 500), 0
    with Clients(gallery, CLIENTS) as clients:
        while clients.done < fills and not clients.failed:
            clients.wait_for(3 * CLIENTS)  # so that no request is there twice when a worker dies
            with Client() as client:
                kill(client.status()["workers"][0]["pid"])
            restart(private_daemon, clients, kill, 1)
            kills += 1
    clients.assert_kept()
    assert kills > 1
    found(
        f"{kills} × kill of the worker, then of the front, under {CLIENTS} clients, {clients.done} fills",
        "0 lost, 0 twice, 0 wrong",
    )


def test_control(private_daemon: Path, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that do not ask again fail with the front."""

    def give_up(*_: object) -> None:
        raise DaemonError("no_daemon", "The front is gone.")

    monkeypatch.setattr(Connection, "lost", give_up)
    with Clients(gallery, CLIENTS) as clients:
        clients.wait_for(2 * CLIENTS)
        kill(int(RuntimePaths(private_daemon).daemon_lock.read_text()))
        wait_until(lambda: clients.failed)
    with pytest.raises(AssertionError, match="fills failed: no_daemon"):
        clients.assert_kept()
