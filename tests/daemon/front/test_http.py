"""Operations as an administrator sees them: metrics, live and ready by HTTP, while a worker is busy or gone."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from daemon import protocol
from daemon.front.counters import Counters, Histogram
from daemon.front.http import STALE_SECONDS, HttpServer, StatusBoard
from model.errors import PconvError
from tests.daemon.conftest import RunningFront, small_fill, wait_until


@pytest.fixture
def port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def watched(start_front: Callable[..., RunningFront], port: int) -> RunningFront:
    front = start_front(metrics_port=port, metrics_users=True)
    front.wait_ready()
    wait_until(lambda: get(port, "/ready")[0] == 200)
    return front


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def samples(port: int) -> dict[tuple[str, ...], float]:
    """Values by name and the labels' values, by their names."""
    status, text = get(port, "/metrics")
    assert status == 200
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_outcome_and_every_run_is_counted(watched: RunningFront, port: int) -> None:
    peer = watched.peer()
    for i in range(5):
        fill, image, hole = small_fill(f"r{i}")
        peer.send(*protocol.encode(fill, image, hole))
    for _ in range(5):
        assert isinstance(peer.receive()[0], protocol.Result)
    fill, image, hole = small_fill("short")
    peer.send(*protocol.encode(fill, image[:-1], hole))
    assert peer.receive()[0].code == "bad_size"
    wait_until(lambda: samples(port).get(("pconv_request_failure_total", "bad_size")) == 1)
    seen = samples(port)
    assert seen["pconv_request_success_total",] == 5
    assert seen["pconv_inference_count_total", "256"] == 5
    assert seen["pconv_batch_size_sum", "256"] == 5
    assert 2 <= seen["pconv_inference_exec_count_total", "256"] <= 5
    assert seen["pconv_request_duration_seconds_bucket", "+Inf"] == 5
    assert seen["pconv_request_duration_seconds_sum",] >= seen["pconv_compute_duration_seconds_sum",] > 0
    assert seen["pconv_pending_request_count",] == seen["pconv_open_request_bytes",] == 0
    assert seen["pconv_worker_ready", "stub", "worker0"] == 1
    assert [value for key, value in seen.items() if key[0] == "pconv_user_pixel_total"] == [5 * 40 * 50]
    wait_until(lambda: samples(port).get(("pconv_device_memory_used_bytes", "stub", "worker0"), 0) > 0)


def test_answers_come_while_the_device_is_busy(watched: RunningFront, port: int) -> None:
    watched.order("hold")
    peer = watched.peer()
    for i in range(9):
        fill, image, hole = small_fill(f"r{i}")
        peer.send(*protocol.encode(fill, image, hole))
    wait_until(lambda: samples(port)["pconv_open_request_count",] == 9)
    assert samples(port)["pconv_pending_request_count",] == 1
    assert (get(port, "/live"), get(port, "/ready")) == ((200, "live\n"), (200, "ready\n"))
    assert get(port, "/else")[0] == 404


def test_not_ready_while_no_worker_is_and_while_leaving(watched: RunningFront, port: int) -> None:
    watched.order("crash")
    watched.front._pool.workers[0].process.kill()
    wait_until(lambda: get(port, "/ready") == (503, "no worker is ready\n"))
    assert get(port, "/live")[0] == 200


def test_only_loopback_is_served(watched: RunningFront, port: int) -> None:
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.2", port)) != 0


def test_a_port_that_is_taken_is_named(watched: RunningFront, port: int) -> None:
    with pytest.raises(PconvError) as caught:
        HttpServer(port, StatusBoard())
    assert caught.value.code == "bad_address" and str(port) in caught.value.message


@pytest.fixture
def board() -> Iterator[tuple[StatusBoard, int]]:
    board = StatusBoard()
    monitor = HttpServer(0, board)
    yield board, monitor.port
    monitor.stop()


def test_a_front_that_hangs_is_not_live(board: tuple[StatusBoard, int]) -> None:
    (board, port) = board
    for path in ("/live", "/ready", "/metrics"):
        assert get(port, path) == (503, "hangs\n")
    board.pin({"draining": True, "workers": []}, 100.0)
    assert board.read(100.0 + STALE_SECONDS - 0.1) and not board.read(100.0 + STALE_SECONDS)


def test_histograms_count_up_to_and_with_each_bound() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 2.1):
        histogram.add(value)
    assert histogram.to_dict() == {"bounds": [1.0, 2.0], "counts": [2, 2, 1], "sum": 7.1}


def test_a_tally_is_plain_data() -> None:
    counters = Counters()
    counters.answered("anna", "ok", 100, 0.1, 0.5, 0.4)
    counters.answered("anna", "deadline", 100, 0.5, 0.5, None)
    counters.refused("busy")
    counters.ran(4, 256, 0.2)
    data = json.loads(json.dumps(counters.to_dict()))
    assert data["outcomes"] == {"ok": 1, "deadline": 1, "busy": 1}
    assert data["compute_seconds"]["sum"] == 0.4 and data["batches"]["256"]["sum"] == 4
    assert counters.users() == {"anna": {"answered": 2, "pixels": 200}}
