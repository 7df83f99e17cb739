"""What goes between a front and its worker where there is no ipc: for these two alone, and unread."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq

from daemon.system.directories import RuntimePaths
from daemon.transport.sockets import VARIABLE, bind, connect
from tests.daemon.conftest import PATIENCE
from tests.daemon.sniffer import Sniffer

SECRET = b"these are pixels of a picture"
SHORTLY = 300  # ms


class Keeping(zmq.Context):
    """Has its sockets until its end, also those that a test lets go of."""

    kept: tuple[zmq.Socket, ...] = ()

    def socket(self, *arguments: int) -> zmq.Socket:
        socket = super().socket(*arguments)
        self.kept += (socket,)
        return socket


@pytest.fixture
def context() -> Iterator[zmq.Context]:
    context = Keeping()
    yield context
    context.destroy(linger=0)


@pytest.fixture
def no_ipc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmq.has", lambda feature: False)
    monkeypatch.delenv(VARIABLE, raising=False)


def worker_end(context: zmq.Context, endpoint: str, told: dict[str, str]) -> zmq.Socket:
    os.environ.update(told)
    return connect(context, endpoint)


def heard(socket: zmq.Socket, milliseconds: float = PATIENCE * 1000) -> bytes | None:
    return socket.recv() if socket.poll(milliseconds) else None


@pytest.mark.usefixtures("no_ipc")
def test_strangers_are_not_heard_and_do_not_take_the_workers_place(context: zmq.Context, directory: Path) -> None:
    front, endpoint, told = bind(context, RuntimePaths(directory), "worker")
    assert endpoint.startswith("tcp://127.0.0.1:")
    another_key = {VARIABLE: zmq.curve_keypair()[0].decode()}
    strangers = [worker_end(context, endpoint, key) for key in ({}, another_key)]
    for stranger in strangers:
        stranger.send(b"stranger", zmq.NOBLOCK)
    assert heard(front, SHORTLY) is None
    worker = worker_end(context, endpoint, told)
    assert VARIABLE not in os.environ
    worker.send(b"worker")
    assert heard(front) == b"worker"
    front.send(SECRET)
    assert heard(worker) == SECRET


@pytest.mark.usefixtures("no_ipc")
def test_nothing_can_be_read_on_the_way(
    context: zmq.Context, directory: Path, sniffed: Callable[[str], Sniffer]
) -> None:
    front, endpoint, told = bind(context, RuntimePaths(directory), "worker")
    sniffer = sniffed(endpoint)
    worker = worker_end(context, sniffer.endpoint, told)
    front.send(SECRET)
    assert heard(worker) == SECRET
    assert b"CURVE" in sniffer.seen and SECRET not in sniffer.seen


def test_control_the_same_without_curve_is_open(context: zmq.Context, sniffed: Callable[[str], Sniffer]) -> None:
    front = context.socket(zmq.PAIR)
    front.bind("tcp://127.0.0.1:*")
    sniffer = sniffed(front.getsockopt_string(zmq.LAST_ENDPOINT))
    worker = worker_end(context, sniffer.endpoint, {})
    front.send(SECRET)
    assert heard(worker) == SECRET
    assert SECRET in sniffer.seen


def test_where_there_is_ipc_the_directory_is_the_guard(context: zmq.Context, directory: Path) -> None:
    front, endpoint, told = bind(context, RuntimePaths(directory), "worker")
    assert endpoint.startswith("ipc://") and told == {}
    worker = worker_end(context, endpoint, told)
    worker.send(SECRET)
    assert heard(front) == SECRET
