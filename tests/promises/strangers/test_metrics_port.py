"""Any account of the computer can reach the metrics' port, but neither slow the service down nor see who uses it."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from daemon import protocol
from daemon.front import http
from daemon.front.http import StatusBoard
from tests.daemon.conftest import RunningFront, is_filled, small_fill, wait_until

SLOW = 300
WORKERS = 3  # threads that a front has with or without those who dawdle


class Watched:
    """A front, and its metrics' port."""

    def __init__(self, front: RunningFront, port: int) -> None:
        self.front, self.port = front, port
        self.streams: list[socket.socket] = []

    def get(self, path: str) -> tuple[float, str]:
        """Seconds, and the answer."""
        began = time.monotonic()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return time.monotonic() - began, answer.read().decode()
        except urllib.error.HTTPError as error:
            return time.monotonic() - began, error.read().decode()

    def is_live(self) -> bool:
        try:
            return self.get("/live")[1] == "live\n"
        except urllib.error.URLError:  # the port opens after the front's address is told
            return False

    def dawdle(self, count: int) -> None:
        """So many connections that send a byte."""
        for _ in range(count):
            stream = socket.create_connection(("127.0.0.1", self.port), 20)
            stream.sendall(b"G")
            self.streams.append(stream)

    def dawdlers(self) -> int:
        """How many of them are still connected."""
        return sum(map(is_there, self.streams))


def is_there(stream: socket.socket) -> bool:
    stream.setblocking(False)
    try:
        return stream.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


@pytest.fixture
def watch(start_front: Callable[..., RunningFront]) -> Iterator[Callable[..., Watched]]:
    made: list[Watched] = []

    def start(**settings: object) -> Watched:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        front = start_front(metrics_port=port, **settings)
        made.append(Watched(front, port))
        wait_until(made[-1].is_live)
        return made[-1]

    yield start
    for each in made:
        for stream in each.streams:
            stream.close()


@pytest.fixture
def alone() -> Iterator[http.HttpServer]:
    """The port without a front."""
    made = http.HttpServer(0, StatusBoard())
    yield made
    made.stop()


def test_who_dawdles_costs_no_thread_and_no_fill(watch: Callable[..., Watched], found: Callable) -> None:
    watched = watch()
    before = threading.active_count()
    watched.dawdle(SLOW)
    assert threading.active_count() <= before + WORKERS
    wait_until(lambda: watched.dawdlers() <= http.MOST_CONNECTIONS)
    seconds, said = watched.get("/live")
    assert said == "live\n" and seconds < 5.0
    peer = watched.front.peer()
    for number in range(5):
        peer.send(*protocol.encode(*small_fill(f"f{number}")))
        assert is_filled(*peer.receive())
    found(f"{SLOW} connections to the metrics' port, a byte each", "/live and five fills served, no thread more")


def test_control_without_the_bound_they_all_stay(
    watch: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MOST_CONNECTIONS", 10**6)
    watched = watch()
    watched.dawdle(SLOW // 2)
    assert watched.dawdlers() == SLOW // 2


@pytest.mark.parametrize("seconds", [0.5, 600.0], ids=["bounded", "control"])
def test_the_whole_request_has_a_deadline(
    alone: http.HttpServer, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """Each byte comes in time, all of them together do not."""
    monkeypatch.setattr(http, "REQUEST_SECONDS", seconds)
    with socket.create_connection(("127.0.0.1", alone.port), 20) as stream:
        limit, is_cut = time.monotonic() + 2.0, False
        while not is_cut and time.monotonic() < limit:
            try:
                stream.sendall(b"x")
            except ConnectionError:
                is_cut = True
            is_cut = is_cut or not is_there(stream)
            stream.setblocking(True)
            time.sleep(0.1)
    assert is_cut == (seconds < 1)


def test_what_is_no_request_is_told_so_or_cut(alone: http.HttpServer) -> None:
    for sent in (b"\r\n\r\n", b"POST /live HTTP/1.1\r\n\r\n", b"x" * 100_000, b"GET /live\r\n\r\n", b"\xff" * 99):
        with socket.create_connection(("127.0.0.1", alone.port), 20) as stream:
            try:
                stream.sendall(sent)
                stream.shutdown(socket.SHUT_WR)
                while stream.recv(4096):
                    pass
            except ConnectionError:
                pass
    with socket.create_connection(("127.0.0.1", alone.port), 20) as stream:
        stream.sendall(b"GET /live HTTP/1.1\r\n\r\n")
        assert stream.recv(4096).startswith(b"HTTP/1.1 503 ")


@pytest.mark.parametrize("names_users", [False, True], ids=["by default", "control"])
def test_users_are_named_only_where_that_is_wanted(watch: Callable[..., Watched], names_users: bool) -> None:
    watched = watch(metrics_users=names_users)
    peer = watched.front.peer()
    peer.send(*protocol.encode(*small_fill("one")))
    assert is_filled(*peer.receive())
    wait_until(lambda: "pconv_request_success_total 1.0" in watched.get("/metrics")[1])
    assert ("user=" in watched.get("/metrics")[1]) == names_users
