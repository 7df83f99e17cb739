"""The client against a front with a stub worker: what it does when things go wrong, and that it stays polite."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
import zmq
from zmq.utils import z85

from daemon import protocol
from daemon.client.client import Client, Progress
from daemon.protocol import Limits
from daemon.transport.keys import encode
from model.errors import DaemonError, InputError, PconvError
from model.options import FillOptions
from tests.daemon.conftest import PATIENCE, RunningFront, wait_until
from tests.daemon.picture import HOLE, IMAGE, MIDDLE


def is_right(filled: np.ndarray) -> bool:
    return bool((filled[MIDDLE] == 64).all() and (filled[~HOLE] == IMAGE[~HOLE]).all())


class Filling(threading.Thread):
    """A fill in a thread of its own, as a GUI makes it."""

    def __init__(self, address: str, **arguments: object) -> None:
        super().__init__()
        self._address, self._arguments = address, arguments
        self.result: np.ndarray | None = None
        self.error: PconvError | None = None
        self.start()

    def run(self) -> None:
        try:
            with Client(self._address) as client:
                self.result = client.fill(IMAGE, HOLE, **self._arguments)
        except PconvError as error:
            self.error = error

    def outcome(self) -> str:
        self.join(PATIENCE)
        assert not self.is_alive()
        return self.error.code if self.error else "ok" if is_right(self.result) else "wrong"


def test_progress_of_a_fill_in_order(front: RunningFront) -> None:
    events: list[Progress] = []
    with Client(front.address) as client:
        assert is_right(client.fill(IMAGE, HOLE, progress=events.append))
        assert {event.stage for event in events} <= {"loading", "queued", "filling"}
        assert events[-1].stage == "filling"
        events.clear()
        client.fill(IMAGE, HOLE, progress=events.append)
    assert {event.stage for event in events} == {"filling"} and events[0].done == 0
    assert all(event.done <= event.total for event in events)
    assert [event.done for event in events] == sorted(event.done for event in events)


def test_pixels_under_the_hole_and_outside_the_context_never_matter(front: RunningFront) -> None:
    image = np.random.default_rng(1).integers(0, 255, (700, 900, 3), dtype=np.uint8)
    hole = np.zeros((700, 900), bool)
    hole[300:310, 400:420] = True
    before = image.copy()
    with Client(front.address) as client:
        filled = client.fill(image, hole, FillOptions(detail=0.0))
    assert np.array_equal(image, before)
    assert np.array_equal(filled[~hole], image[~hole]) and (filled[hole] != image[hole]).any(axis=1).all()


def test_a_daemon_that_answers_with_whole_pictures_only(
    start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LATER_FIELDS", [])
    with Client(start_front().address) as client:
        assert is_right(client.fill(IMAGE, HOLE))


def test_variants_come_the_best_first(front: RunningFront) -> None:
    with Client(front.address) as client:
        results = client.fill_variants(IMAGE, HOLE, FillOptions(variants=3))
        assert is_right(client.fill(IMAGE, HOLE, FillOptions(variants=3)))
    assert is_right(results[0])
    assert [int(result[MIDDLE][0, 0, 0]) for result in results] == [64, 48, 32]
    assert all((result[~HOLE] == IMAGE[~HOLE]).all() for result in results)
    assert all(result.flags.writeable for result in results)


def test_a_daemon_that_knows_no_variants_gives_one(
    start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LATER_FIELDS", ["priority", "crop"])
    with Client(start_front().address) as client:
        (only,) = client.fill_variants(IMAGE, HOLE, FillOptions(variants=3, seed=5))
    assert is_right(only)


def test_variants_without_a_hole_are_the_picture(directory: object) -> None:
    (only,) = Client(autostart=False).fill_variants(IMAGE, np.zeros_like(HOLE), FillOptions(variants=3))
    assert np.array_equal(only, IMAGE) and only is not IMAGE


def test_what_is_forbidden_reaches_whoever_draws(front: RunningFront) -> None:
    forbid = np.zeros(HOLE.shape, bool)
    forbid[:, 1] = True
    with Client(front.address) as client:
        assert is_right(client.fill(IMAGE, HOLE))
        assert is_right(client.fill(IMAGE, HOLE, forbid=np.zeros_like(HOLE)))
        ways = (client.fill, lambda *asked, **more: client.fill_variants(*asked, FillOptions(), **more)[0])
        for way, mask in product(ways, (forbid, forbid.astype(np.uint8), forbid.view(np.uint8) * 255)):
            assert (way(IMAGE, HOLE, forbid=mask)[MIDDLE] == 0).all()
        filled = client.fill_box(IMAGE, HOLE, forbid=forbid)
        assert filled is not None and (filled.pixels[filled.alpha > 0] == 0).all()


@pytest.mark.parametrize("forbid", [np.zeros((3, 3), bool), np.zeros(HOLE.shape, float)])
def test_a_forbid_mask_that_does_not_fit_is_refused_before_a_daemon_is_asked(forbid: np.ndarray) -> None:
    with Client("tcp://127.0.0.1:9") as client, pytest.raises(InputError) as refused:
        client.fill(IMAGE, HOLE, forbid=forbid)
    assert refused.value.code == "bad_forbid"


def test_a_daemon_that_cannot_leave_out_what_is_forbidden_is_not_asked_to(
    start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LATER_FIELDS", ["priority", "crop", "seed", "variants"])
    with Client(start_front().address) as client:
        assert is_right(client.fill(IMAGE, HOLE, forbid=np.zeros_like(HOLE))), "nothing is forbidden"
        with pytest.raises(DaemonError, match="too old") as refused:
            client.fill(IMAGE, HOLE, forbid=np.ones_like(HOLE))
    assert refused.value.code == "version_mismatch"


def test_views_and_foreign_byte_order(front: RunningFront) -> None:
    with Client(front.address) as client:
        mirrored = client.fill(IMAGE[:, ::-1], HOLE[:, ::-1])
        assert is_right(mirrored[:, ::-1])
        big = client.fill(IMAGE.astype(">u2"), HOLE)
    assert (big[~HOLE] == 200).all() and (big[MIDDLE] == 16384).all()


def test_no_context_wanted_takes_the_whole_picture(front: RunningFront) -> None:
    with Client(front.address) as client:
        assert is_right(client.fill(IMAGE, HOLE, FillOptions(context=0)))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_box_of_a_fill_is_pure_and_fills_what_is_transparent(front: RunningFront, dtype: type) -> None:
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    image = np.full((90, 110, 4), full, dtype)
    image[20:40, 30:60, 3] = 0
    before, hole = image.copy(), np.zeros((90, 110), np.uint8)
    hole[25:35, 35:50] = 255
    with Client(front.address) as client:
        filled = client.fill_box(image, hole, FillOptions(grow=2, feather=3))
        blended = client.fill(image, hole, FillOptions(grow=2, feather=3))
        assert client.fill_box(image, np.zeros_like(hole)) is None
    assert filled.box == (20, 30, 40, 55) and filled.alpha.shape == (20, 25) and filled.pixels.dtype == dtype
    shown = filled.alpha > 0
    assert np.allclose(filled.pixels[shown][:, :3], full / 4, atol=full / 250), "not blended, not even where it is soft"
    assert (filled.pixels[shown][:, 3] == full).all()
    assert np.array_equal(image, before) and np.array_equal(blended, image), "`fill` leaves transparency as it is"


def test_a_whole_picture_is_refused_before_a_daemon_is_asked() -> None:
    with Client("tcp://127.0.0.1:9") as client, pytest.raises(InputError, match="nothing to fill from"):
        client.fill(IMAGE, np.ones_like(HOLE))


def test_cancel_while_the_engine_runs(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")
    cancel = threading.Event()
    filling = Filling(front.address, cancel=cancel)
    wait_until(lambda: front.runs)
    cancel.set()
    assert filling.outcome() == "cancelled"
    wait_until(lambda: front.status()["outcomes"].get("cancelled") == 1)
    front.relieve("hold")
    assert Filling(front.address).outcome() == "ok"


def test_timeout_while_the_engine_runs(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")
    assert Filling(front.address, timeout=0.3).outcome() == "deadline"
    front.relieve("hold")


def test_a_callback_that_fails_cancels_the_fill(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")

    def fail(event: Progress) -> None:
        raise KeyError(event.stage)

    with Client(front.address) as client:
        with pytest.raises(KeyError):
            client.fill(IMAGE, HOLE, progress=fail)
        wait_until(lambda: front.status()["outcomes"].get("cancelled") == 1)
        front.relieve("hold")
        assert is_right(client.fill(IMAGE, HOLE))


@pytest.mark.parametrize("timeout", [1e13, float("inf")])
def test_any_patience_is_possible(front: RunningFront, timeout: float) -> None:
    with Client(front.address) as client:
        assert is_right(client.fill(IMAGE, HOLE, timeout=timeout))


def test_busy_is_waited_out(start_front: Callable[..., RunningFront]) -> None:
    front = start_front(Limits(max_requests=1))
    front.wait_ready()
    front.order("hold")
    first = Filling(front.address)
    wait_until(lambda: front.runs)
    second = Filling(front.address)
    wait_until(lambda: front.status()["outcomes"].get("busy"))
    assert Filling(front.address, timeout=0.2).outcome() == "deadline"
    front.relieve("hold")
    assert (first.outcome(), second.outcome()) == ("ok", "ok")


@pytest.mark.parametrize("limits", [Limits(max_pixels=1000), Limits(max_frame_bytes=2000)])
def test_a_picture_over_the_limits_is_not_even_sent(start_front: Callable[..., RunningFront], limits: Limits) -> None:
    front = start_front(limits)
    with Client(front.address) as client, pytest.raises(PconvError) as caught:
        client.fill(IMAGE, HOLE)
    assert caught.value.code == "too_large"
    assert "too_large" not in front.status()["outcomes"]


def test_the_front_is_replaced_under_a_waiting_client(start_front: Callable[..., RunningFront]) -> None:
    first = start_front()
    first.wait_ready()
    first.order("hold")
    filling = Filling(first.address)
    wait_until(lambda: first.runs)
    first.front.drain()
    first.front.drain()
    first.thread.join(PATIENCE)
    assert filling.is_alive()
    start_front()
    first.relieve("hold")
    assert filling.outcome() == "ok"


def test_worker_killed_under_a_waiting_client(front: RunningFront) -> None:
    front.wait_ready()
    front.order("hold")
    filling = Filling(front.address)
    wait_until(lambda: front.runs)
    os.kill(front.status()["workers"][0]["pid"], signal.SIGKILL)
    front.relieve("hold")
    assert filling.outcome() == "ok"


def test_nobody_at_an_address(directory: object) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with Client(address, connect_timeout=0.3) as client, pytest.raises(PconvError) as caught:
            client.status()
    assert (caught.value.code, caught.value.kind) == ("no_daemon", "daemon")
    assert address in caught.value.message


def test_a_dead_address_is_told_soon(directory: object) -> None:
    """192.0.2.0/24 is nobody's, by RFC 5737: nothing answers there, not even with a refusal."""
    key = encode(z85.decode(zmq.curve_keypair()[0]))
    begin = time.monotonic()
    with Client(f"tcp://192.0.2.1:7766?key={key}") as client, pytest.raises(PconvError) as caught:
        client.fill(IMAGE, HOLE)
    assert caught.value.code == "no_daemon" and 3 < time.monotonic() - begin < 5


def test_how_long_a_daemon_is_looked_for_can_be_set(directory: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCONV_CONNECT_TIMEOUT", "0.2")
    begin = time.monotonic()
    with Client("tcp://192.0.2.1:7766") as client, pytest.raises(PconvError) as caught:
        client.status()
    assert caught.value.code == "no_daemon" and time.monotonic() - begin < 1.5
    monkeypatch.setenv("PCONV_CONNECT_TIMEOUT", "soon")
    with pytest.raises(PconvError, match="seconds above 0"):
        Client()


def test_no_local_daemon_and_none_wanted(directory: object) -> None:
    with Client(autostart=False) as client:
        with pytest.raises(PconvError) as caught:
            client.fill(IMAGE, HOLE)
        assert caught.value.code == "no_daemon"
        client.stop()


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1", "carrier://pigeon"])
def test_addresses_that_are_none(directory: object, address: str) -> None:
    with Client(address) as client, pytest.raises(PconvError) as caught:
        client.ping()
    assert caught.value.code == "bad_address"


def answering(frames: list[bytes]) -> tuple[str, threading.Thread]:
    """A server that answers one message with these frames."""
    router = zmq.Context.instance().socket(zmq.ROUTER)
    router.bind("tcp://127.0.0.1:*")

    def serve() -> None:
        route, *_ = router.recv_multipart()
        router.send_multipart([route, *frames])
        time.sleep(0.5)
        router.close(linger=0)

    thread = threading.Thread(target=serve)
    thread.start()
    return router.getsockopt_string(zmq.LAST_ENDPOINT), thread


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([b"PCV2", b"\x80"], "version_mismatch"),
        ([b"PCV1", b"\x81\xa4type\xa8surprise"], "bad_reply"),
        ([b"220 smtp ready"], "bad_reply"),
        ([b"PCV1"], "bad_reply"),
    ],
    ids=["future", "unknown reply", "another service", "no header"],
)
def test_daemons_that_are_not_ours(directory: object, frames: list[bytes], code: str) -> None:
    address, thread = answering(frames)
    with Client(address) as client, pytest.raises(PconvError) as caught:
        client.fill(IMAGE, HOLE)
    thread.join()
    assert (caught.value.code, caught.value.kind) == (code, "daemon")


def test_ping_and_status(front: RunningFront) -> None:
    with Client(front.address) as client:
        assert 0 < client.ping() < PATIENCE
        assert client.status()["address"] == front.address


def test_stop_leaves_nothing_behind(front: RunningFront) -> None:
    with Client() as client:
        client.ping()
        client.stop()
    front.thread.join(PATIENCE)
    assert not front.thread.is_alive() and not front.paths.address_file.exists()
