"""New weights under a running daemon: good ones serve from then on, bad ones are refused and nobody notices."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from daemon import protocol
from daemon.client.client import Client
from model.errors import PconvError
from model.options import FillOptions
from tests.daemon.conftest import Peer, RunningFront, small_fill, wait_until

NETWORK_ALONE = FillOptions(detail=0.0)  # what patches draw may not depend on the weights

Starter = Callable[..., RunningFront]


def colour_of(peer: Peer, id: str) -> int:
    """What the hole of a small fill is filled with."""
    fill, image, hole = small_fill(id)
    peer.send(*protocol.encode(fill, image, hole))
    reply, payload = peer.receive()
    assert isinstance(reply, protocol.Result), reply
    return int(np.frombuffer(payload[0], np.uint8).reshape(40, 50, 3)[15, 15, 0])


@pytest.fixture
def weights(directory: Path) -> Callable[[str], str]:
    def write(text: str, name: str = "other") -> str:
        (directory / name).write_text(text)
        return str(directory / name)

    return write


def test_another_file_serves_from_then_on_also_after_a_death(front: RunningFront, weights: Callable) -> None:
    front.wait_ready()
    peer = front.peer()
    assert colour_of(peer, "before") == 64
    assert peer.ask(protocol.Reload(weights("0.5"))).model["sha256"] == "0.5"
    assert colour_of(peer, "after") == 128
    os.kill(front.status()["workers"][0]["pid"], signal.SIGKILL)
    assert colour_of(peer, "reborn") == 128


def test_the_file_in_use_is_read_again(front: RunningFront, weights: Callable) -> None:
    peer = front.peer()
    assert isinstance(peer.ask(protocol.Reload(weights("0.5"))), protocol.Reloaded)
    weights("1.0")
    front.front.reload()
    wait_until(lambda: front.status()["model"].get("sha256") == "1.0")
    assert colour_of(peer, "a") == 255


def test_a_bad_file_is_refused_and_never_used(front: RunningFront, weights: Callable) -> None:
    front.wait_ready()
    peer = front.peer()
    reply = peer.ask(protocol.Reload(weights("rubbish")))
    assert reply.code == "weights_damaged" and "worker0 keeps its weights" in reply.message
    assert colour_of(peer, "a") == 64
    os.kill(front.status()["workers"][0]["pid"], signal.SIGKILL)
    assert colour_of(peer, "b") == 64


def test_requests_under_way_are_answered_once(front: RunningFront, weights: Callable) -> None:
    front.wait_ready()
    front.order("hold")
    busy, owner = front.peer(), front.peer()
    for i in range(12):
        busy.send(*protocol.encode(*small_fill(f"r{i}")))
    wait_until(lambda: front.runs)
    owner.send(*protocol.encode(protocol.Reload(weights("0.5"))))
    wait_until(lambda: len((front.control / "loads").read_text().split()) == 2)
    assert owner.is_silent()  # it is swapped between runs, and one is under way
    front.relieve("hold")
    assert isinstance(owner.receive()[0], protocol.Reloaded)
    replies = [busy.receive()[0] for _ in range(12)]
    assert {reply.id for reply in replies} == {f"r{i}" for i in range(12)}
    assert all(isinstance(reply, protocol.Result) for reply in replies) and busy.is_silent()
    assert sum(front.runs) == 12


def test_a_worker_that_had_nothing_to_serve_with_is_started_with_it(
    start_front: Starter, directory: Path, weights: Callable
) -> None:
    front = start_front(worker={"weights": weights("rubbish", "configured")})
    wait_until(lambda: front.status()["workers"][0]["state"] == "failed")
    peer = front.peer()
    assert peer.ask(protocol.Reload(weights("worse"))).code == "weights_damaged"
    weights("1.0", "configured")
    assert isinstance(peer.ask(protocol.Reload()), protocol.Reloaded)
    assert colour_of(peer, "a") == 255


def test_all_workers_get_it_one_after_the_other(start_front: Starter, weights: Callable) -> None:
    front = start_front(workers=2)
    peer = front.peer()
    assert isinstance(peer.ask(protocol.Reload(weights("0.5"))), protocol.Reloaded)
    pids = (front.control / "loads").read_text().split()
    assert len(pids) == 4 and len(set(pids)) == 2


def test_a_worker_that_dies_over_it_comes_back_as_it_was(front: RunningFront, weights: Callable) -> None:
    front.wait_ready()
    peer = front.peer()
    front.order("crash")
    peer.send(*protocol.encode(protocol.Reload(weights("0.5"))))
    reply, _ = peer.receive()
    front.relieve("crash")
    assert reply.code == "device_error"
    assert colour_of(peer, "a") == 64


def test_only_who_runs_the_daemon_may(front: RunningFront, monkeypatch: pytest.MonkeyPatch, weights: Callable) -> None:
    front.wait_ready()
    monkeypatch.setattr("daemon.front.server.user_of", lambda peer: "12345")
    peer = front.peer()
    assert peer.ask(protocol.Reload(weights("0.5"))).code == "access_denied"
    assert colour_of(peer, "a") == 64


def test_the_command_tells_what_came_of_it(
    private_daemon: Path, small_weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """With a real network: a damaged file, a file of another architecture's sizes, a good file, SIGHUP."""
    import torch

    from daemon.__main__ import main
    from model.network.unet import PConvUNet, UNetConfig
    from model.network.weights import save_weights

    image = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    hole = np.zeros((300, 300), bool)
    hole[100:150, 100:150] = True
    with Client() as client:
        before = client.fill(image, hole, NETWORK_ALONE)
        damaged = tmp_path / "damaged.safetensors"
        damaged.write_bytes(small_weights.read_bytes()[:-100])
        assert main(["reload", str(damaged)]) == 1
        assert "cannot be read as safetensors" in capsys.readouterr().err
        deep = tmp_path / "deep.safetensors"
        save_weights(deep, PConvUNet(UNetConfig(width=2, depth=9)), {"name": "deep"})
        assert main(["reload", str(deep)]) == 1
        assert "works at sizes" in capsys.readouterr().err
        assert np.array_equal(client.fill(image, hole, NETWORK_ALONE), before)
        good = tmp_path / "good.safetensors"
        torch.manual_seed(8)
        save_weights(good, PConvUNet(UNetConfig(width=4, depth=8)), {"name": "good"})
        assert main(["reload", str(good)]) == 0
        assert "The daemon serves with good (" in capsys.readouterr().out
        assert not np.array_equal(client.fill(image, hole, NETWORK_ALONE), before)
        status = client.status()
        good.unlink()
        os.kill(status["pid"], signal.SIGHUP)
        log = private_daemon / "daemon.log"
        wait_until(lambda: "weights_missing" in log.read_text())
        assert client.status()["model"] == status["model"]
        client.fill(image, hole, NETWORK_ALONE)


def test_odd_networks_are_refused_and_the_old_one_serves_on(
    private_daemon: Path, small_weights: Path, tmp_path: Path
) -> None:
    """Whole files by their own SHA-256: of zeros, cast to bytes, changed, of an impossible or unreadable width."""
    import json

    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    from model.network.weights import _digest

    with safe_open(small_weights, framework="pt") as file:
        said = dict(file.metadata())
    tensors = load_file(small_weights)
    halves = {key: value for key, value in tensors.items() if value.dtype == torch.float16}
    config = json.loads(said["config"])
    odd = {
        "zero": ({key: torch.zeros_like(value) for key, value in tensors.items()}, {}),
        "bytes": (tensors | {key: value.to(torch.int8) for key, value in halves.items()}, {}),
        "cut to whole numbers": (tensors | {key: value.to(torch.int8).half() for key, value in halves.items()}, {}),
        "wide": (tensors, {"config": json.dumps(config | {"width": 10**9})}),
        "nested": (tensors, {"config": "[" * 10**5}),
        "text": (tensors, {"config": json.dumps(config | {"mean": ["a", "b", "c"]})}),
    }
    image = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    hole = np.zeros((300, 300), bool)
    hole[100:150, 100:150] = True
    with Client() as client:
        before, model = client.fill(image, hole), client.status()["model"]
        for name, (changed, metadata) in odd.items():
            path = tmp_path / f"{name}.safetensors"
            save_file(changed, path, metadata={**said, **metadata, "sha256": _digest(changed)})
            with pytest.raises(PconvError) as caught:
                client.reload(str(path))
            assert caught.value.code == "weights_mismatch" and "keeps its weights" in caught.value.message, name
        assert client.status()["model"] == model and client.status()["workers"][0]["starts"] == 1
        assert np.array_equal(client.fill(image, hole), before)
