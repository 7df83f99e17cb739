"""The engine on a CUDA device; skipped where there is none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from model.engine.engine import Engine
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import save_weights
from tests.model.reference import lively

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("cuda") / "lively.safetensors"
    save_weights(path, lively(PConvUNet(UNetConfig(width=8, depth=7))), {"name": "lively"})
    return Engine(path, "cuda", "float32"), Engine(path, "cpu", "float32")


def example(seed: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    images = rng.random((batch, 256, 256, 3), np.float32)
    holes = np.zeros((batch, 256, 256), bool)
    for hole in holes:
        top, left = rng.integers(0, 150, 2)
        hole[top : top + 80, left : left + 60] = True
    return images, holes


@pytest.mark.parametrize("batch", [1, 3, 16, 20])
def test_it_fills_as_the_cpu_does(engines, batch):
    cuda, cpu = engines
    images, holes = example(batch, batch)
    filled = cuda.run(images, holes)
    assert np.array_equal(filled[~holes], images[~holes])
    assert np.abs(filled - cpu.run(images, holes)).max() < 5e-3  # TF32


def test_runs_side_by_side_are_the_same_as_one_after_another(engines):
    cuda, _ = engines
    batches = [example(seed, 1 + seed % 5) for seed in range(40)]
    alone = [cuda.run(*batch) for batch in batches]
    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(lambda batch: cuda.run(*batch), batches))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_another_engine_is_made_while_this_one_runs(engines, tmp_path):
    cuda, _ = engines
    save_weights(tmp_path / "other.safetensors", PConvUNet(UNetConfig(width=4, depth=7)), {"name": "other"})
    images, holes = example(1, 2)
    alone = cuda.run(images, holes)
    with ThreadPoolExecutor(1) as thread:
        other = thread.submit(lambda: Engine(tmp_path / "other.safetensors", "cuda").warm_up())
        while not other.done():
            assert np.array_equal(cuda.run(images, holes), alone)
        other.result()
