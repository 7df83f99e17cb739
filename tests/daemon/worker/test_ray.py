"""The engine on a Ray cluster of two nodes: pictures as from one machine, also when a node dies under load."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from daemon.client.client import Client
from daemon.system.directories import RuntimePaths
from daemon.system.processes import python_command
from model.engine.engine import Engine
from model.fill.plan import fill
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import save_weights
from model.options import FillOptions
from tests.daemon.conftest import wait_until

pytestmark = pytest.mark.slow
pytest.importorskip("ray", reason="ray is not installed; pip install 'pconv[cluster]'")

FILLS = 40
CLIENTS = 4
START_PATIENCE = 120.0  # seconds; replicas load torch on each node
NETWORK_ALONE = FillOptions(detail=0.0)
ROUNDING = 1  # of 255; other batches round otherwise


class TwoNodes:
    """A head that holds no replica, and two nodes with room for one each."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.daemon.ray_nodes"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self._answer("address")

    def kill_one(self) -> None:
        print(file=self._process.stdin, flush=True)
        self._answer("killed")

    def shut_down(self) -> None:
        self._process.communicate(timeout=60)

    def _answer(self, word: str) -> str:
        """What follows the word at the start of a line; Ray prints others."""
        assert self._process.stdout
        return next(line.removeprefix(word).strip() for line in self._process.stdout if line.startswith(word))


@pytest.fixture
def two_nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoNodes]:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    two = TwoNodes()
    yield two
    two.shut_down()


@pytest.fixture
def daemon(two_nodes: TwoNodes, small_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RuntimePaths]:
    """`pconv-daemon --backend ray` on that cluster."""
    directory = Path(tempfile.mkdtemp(prefix="pconv-"))
    monkeypatch.delenv("PCONV_ADDRESS", raising=False)
    monkeypatch.setenv("PCONV_RUNTIME_DIR", str(directory))
    command, environment = python_command("daemon")
    options = ["--backend", "ray", "--ray-address", two_nodes.address, "--replicas", "2", "--device", "cpu"]
    process = subprocess.Popen(
        [*command, *options, "--weights", str(small_weights), "--dtype", "float32", "--log", str(directory / "log")],
        env=environment,
    )
    paths = RuntimePaths(directory)
    wait_until(paths.address_file.exists)
    yield paths
    process.terminate()
    process.wait()
    shutil.rmtree(directory)


@pytest.fixture
def other_weights(tmp_path: Path) -> Path:
    torch.manual_seed(8)
    save_weights(tmp_path / "other.safetensors", PConvUNet(UNetConfig(width=4, depth=7)), {"name": "other"})
    return tmp_path / "other.safetensors"


def test_a_node_that_dies_under_load_loses_nothing(
    two_nodes: TwoNodes, daemon: RuntimePaths, other_weights: Path
) -> None:
    """After a reload, so that all replicas must have taken the new weights; and what is left still serves alone."""
    with Client(autostart=False) as client:
        wait_until(lambda: client.status()["workers"][0]["state"] == "ready", START_PATIENCE)
        assert client.reload(str(other_weights))["model"] == "other"
    fills = Fills(other_weights, FILLS)
    threads = [threading.Thread(target=fills.work, args=(range(k, FILLS, CLIENTS),)) for k in range(CLIENTS)]
    for thread in threads:
        thread.start()
    assert fills.some.wait(120)
    two_nodes.kill_one()
    for thread in threads:
        thread.join(240)
    fills.check()
    with Client(autostart=False) as client:
        worker = client.status()["workers"][0]
        assert worker["device"] == "ray, cpu" and worker["starts"] == 1
        os.kill(worker["pid"], signal.SIGKILL)
    again = Fills(other_weights, 4)
    again.work(range(4))
    again.check()


class Fills:
    """Pictures, and what a client got for each."""

    def __init__(self, weights: Path, count: int) -> None:
        self.some = threading.Event()
        self._engine = Engine(weights, "cpu", "float32")
        self._pictures = np.random.default_rng(3).integers(0, 256, (count, 200, 220, 3), np.uint8)
        self._hole = np.zeros((200, 220), bool)
        self._hole[50:120, 60:160] = True
        self._answers: dict[int, np.ndarray] = {}

    def work(self, numbers: range) -> None:
        with Client(autostart=False) as client:
            for i in numbers:
                filled = client.fill(self._pictures[i], self._hole, NETWORK_ALONE)
                assert i not in self._answers
                self._answers[i] = filled
                if len(self._answers) > len(self._pictures) // 4:
                    self.some.set()

    def check(self) -> None:
        assert sorted(self._answers) == list(range(len(self._pictures)))
        for i, filled in self._answers.items():
            expected = fill(self._pictures[i], self._hole, self._engine, NETWORK_ALONE)
            assert np.abs(filled.astype(int) - expected).max() <= ROUNDING, i
