"""The engine on a Ray cluster of two nodes: pictures as from one machine, also when a node dies under load."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from daemon.client import Client
from daemon.launch import python_command
from daemon.paths import RuntimePaths
from model.engine import Engine
from model.fill import fill
from model.options import FillOptions
from tests.daemon.conftest import wait_until

pytestmark = pytest.mark.slow
pytest.importorskip("ray", reason="ray is not installed; pip install 'pconv[cluster]'")

FILLS = 60
CLIENTS = 6
NETWORK_ALONE = FillOptions(detail=0.0)
ROUNDING = 1  # of 255; other batches round otherwise


class TwoNodes:
    """A head that holds no replica, and two nodes with room for one each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        self.nodes = [self.cluster.add_node(num_cpus=1) for _ in range(2)]

    def kill_one(self) -> None:
        self.cluster.remove_node(self.nodes.pop(), allow_graceful=False)


@pytest.fixture
def two_nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoNodes]:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    two = TwoNodes()
    yield two
    two.cluster.shutdown()


@pytest.fixture
def daemon(two_nodes: TwoNodes, small_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RuntimePaths]:
    """`pconv-daemon --backend ray` on that cluster."""
    directory = Path(tempfile.mkdtemp(prefix="pconv-"))
    monkeypatch.delenv("PCONV_ADDRESS", raising=False)
    monkeypatch.setenv("PCONV_RUNTIME_DIR", str(directory))
    command, environment = python_command("daemon")
    options = ["--backend", "ray", "--ray-address", two_nodes.cluster.address, "--replicas", "2", "--device", "cpu"]
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


def test_a_node_that_dies_under_load_loses_nothing(
    two_nodes: TwoNodes, daemon: RuntimePaths, small_weights: Path
) -> None:
    engine = Engine(small_weights, "cpu", "float32")
    pictures = np.random.default_rng(3).integers(0, 256, (FILLS, 200, 220, 3), np.uint8)
    hole = np.zeros((200, 220), bool)
    hole[50:120, 60:160] = True
    answers: dict[int, np.ndarray] = {}
    half = threading.Event()

    def work(mine: range) -> None:
        with Client(autostart=False) as client:
            for i in mine:
                filled = client.fill(pictures[i], hole, NETWORK_ALONE)
                assert i not in answers
                answers[i] = filled
                if len(answers) > FILLS // 4:
                    half.set()

    threads = [threading.Thread(target=work, args=(range(k, FILLS, CLIENTS),)) for k in range(CLIENTS)]
    for thread in threads:
        thread.start()
    assert half.wait(120)
    two_nodes.kill_one()
    for thread in threads:
        thread.join(240)
    assert sorted(answers) == list(range(FILLS))
    for i, filled in answers.items():
        expected = fill(pictures[i], hole, engine, NETWORK_ALONE)
        assert np.abs(filled.astype(int) - expected).max() <= ROUNDING, i
    with Client(autostart=False) as client:
        worker = client.status()["workers"][0]
        assert worker["device"] == "ray, cpu" and worker["starts"] == 1
