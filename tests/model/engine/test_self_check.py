"""What an engine must show before it serves, and what its memory allows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model.engine.device_memory import DeviceMemory, fitting_batch
from model.engine.engine import Engine
from model.engine.self_check import check, golden_input
from model.errors import WeightsError
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import Weights, load_weights, save_weights


class Wrong:
    """An engine that adds something to what it should give, in the hole or beside it."""

    def __init__(self, engine: Engine, in_hole: float = 0.0, beside: float = 0.0) -> None:
        self.buckets = engine.buckets
        self._engine, self._in_hole, self._beside = engine, in_hole, beside

    def run(self, images: np.ndarray, holes: np.ndarray) -> np.ndarray:
        filled = self._engine.run(images, holes)
        filled[holes] += np.float32(self._in_hole)
        filled[~holes] += np.float32(self._beside)
        return filled


@pytest.fixture(scope="module")
def loaded(small_weights: Path) -> tuple[Engine, Weights]:
    weights = load_weights(small_weights)
    return Engine(weights), weights


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_good_engine_passes(loaded: tuple[Engine, Weights], dtype: str) -> None:
    check(Engine(loaded[1], dtype=dtype), loaded[1])


@pytest.mark.parametrize("wrong", [{"in_hole": 0.1}, {"in_hole": float("nan")}, {"beside": 0.001}], ids=str)
def test_an_engine_that_computes_something_else_is_found(loaded: tuple[Engine, Weights], wrong: dict) -> None:
    with pytest.raises(WeightsError) as caught:
        check(Wrong(loaded[0], **wrong), loaded[1])
    assert caught.value.code == "engine_wrong"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 6e4])
def test_weights_that_are_whole_but_senseless_are_found(tmp_path: Path, value: float) -> None:
    net = PConvUNet(UNetConfig(width=4, depth=7))
    with torch.no_grad():
        net.decoder[-1].conv.weight[:] = value
    path = tmp_path / "senseless.safetensors"
    save_weights(path, net, {"name": "senseless"})
    weights = load_weights(path)
    with pytest.raises(WeightsError) as caught:
        check(Engine(weights, dtype="float32"), weights)
    assert caught.value.code == "weights_unusable"


def test_golden_input_is_the_same_every_time() -> None:
    first, second = golden_input(256), golden_input(256)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert 0 < second[1].mean() < 0.5 and second[0].min() >= 0 and second[0].max() <= 1


@pytest.mark.parametrize(
    ("most", "row", "free", "rows"),
    [(16, 100, 10_000, 16), (16, 100, 1000, 4), (16, 100, 300, 2), (16, 100, 10, 1), (4, None, 10, 4), (4, 9, None, 4)],
)
def test_batches_are_bounded_by_free_memory(most: int, row: int | None, free: int | None, rows: int) -> None:
    assert fitting_batch(most, row, free) == rows


def test_little_free_memory_makes_small_batches(small_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(small_weights)
    monkeypatch.setattr(engine.memory, "free", lambda: 0)
    engine.warm_up()
    assert engine.largest_batch == engine.info.largest_batch == 1


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory of a process is read from /proc")
def test_what_a_run_takes_is_measured_and_given_back() -> None:
    memory = DeviceMemory(torch.device("cpu"))
    taken = memory.taken_by(lambda: np.ones(50 << 17))
    assert taken is not None and 45 << 20 < taken < 200 << 20
    kept = [np.ones(100) for _ in range(200_000)]
    before = memory.used()
    kept.clear()
    memory.trim()
    assert before - memory.used() > 50 << 20
