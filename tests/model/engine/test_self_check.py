"""What an engine must show before it serves, and what its memory allows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from model.engine.device_memory import DeviceMemory, fitting_batch
from model.engine.engine import Engine
from model.engine.self_check import self_check
from model.errors import WeightsError
from model.network.record import main
from model.network.recorded import KEY, golden_input
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import SHIPPED, Weights, _digest, load_weights, save_weights


def rewrite_tensors(source: Path, target: Path, change, without: str = "", **metadata: str) -> None:
    """Write other tensors with all that the source says of its own, but for their SHA-256."""
    with safe_open(source, framework="pt") as file:
        said = {key: value for key, value in file.metadata().items() if key != without}
    tensors = {key: change(key, value).contiguous() for key, value in load_file(source).items()}
    save_file(tensors, target, metadata={**said, **metadata, "sha256": _digest(tensors)})


class Wrong:
    """An engine that adds something to what it should give, in the hole or beside it."""

    def __init__(self, engine: Engine, in_hole: float = 0.0, beside: float = 0.0) -> None:
        self.tile_sides = engine.tile_sides
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
    self_check(Engine(loaded[1], dtype=dtype), loaded[1])


@pytest.mark.parametrize("wrong", [{"in_hole": 0.1}, {"in_hole": float("nan")}, {"beside": 0.001}], ids=str)
def test_an_engine_that_computes_something_else_is_found(loaded: tuple[Engine, Weights], wrong: dict) -> None:
    with pytest.raises(WeightsError) as caught:
        self_check(Wrong(loaded[0], **wrong), loaded[1])
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
        self_check(Engine(weights, dtype="float32"), weights)
    assert caught.value.code == "weights_unusable"


def fill_with_value(net: PConvUNet, value: float) -> None:
    for parameter in net.parameters():
        parameter.data.fill_(value)


def forget_the_picture(net: PConvUNet) -> None:
    """Only where the hole is matters: the middle channel of every layer's input is gone."""
    net.encoder[0].conv.weight.data.zero_()
    net.encoder[0].conv.bias.data.fill_(1.0)
    net.decoder[-1].conv.weight.data[:, -3:].zero_()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda net: fill_with_value(net, 0.0), "one colour everywhere"),
        (forget_the_picture, "same whatever the picture"),
    ],
    ids=["zero", "blind"],
)
def test_a_network_that_looks_at_nothing_is_found(tmp_path: Path, damage, said: str) -> None:
    torch.manual_seed(7)
    net = PConvUNet(UNetConfig(width=4, depth=7))
    damage(net)
    path = tmp_path / "blind.safetensors"
    save_weights(path, net, {"name": "blind"})
    weights = load_weights(path)
    with pytest.raises(WeightsError, match=said) as caught:
        self_check(Engine(weights, dtype="float32"), weights)
    assert caught.value.code == "weights_unusable"


def test_tensors_that_changed_since_the_export_are_found(small_weights: Path, tmp_path: Path) -> None:
    """The file is whole by its own SHA-256, and the network would pass for a sensible one."""
    changed = tmp_path / "changed.safetensors"
    rewrite_tensors(small_weights, changed, lambda key, value: value * 1.1 if value.dim() == 4 else value)
    weights = load_weights(changed)
    with pytest.raises(WeightsError, match="other values than when its file was written") as caught:
        self_check(Engine(weights, dtype="float32"), weights)
    assert caught.value.code == "weights_mismatch"


def test_a_file_without_recorded_answers_is_checked_all_the_same(loaded: tuple[Engine, Weights]) -> None:
    self_check(loaded[0], replace(loaded[1], answers=None))


def test_answers_are_recorded_afterwards_and_the_tensors_stay(small_weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.safetensors"
    rewrite_tensors(small_weights, path, lambda key, value: value, without=KEY)
    before, stored = load_weights(path), load_file(path)
    assert before.answers is None
    assert main([str(path)]) == 0
    after = load_weights(path)
    assert after.answers is not None and after.sha256 == before.sha256
    assert {**after.metadata, KEY: None} == {**before.metadata, KEY: None}
    assert all(torch.equal(stored[key], value) for key, value in load_file(path).items())
    self_check(Engine(after), after)
    path.write_bytes(b"no weights")
    assert main([str(path)]) == 2


def test_the_shipped_weights_carry_their_answers() -> None:
    weights = load_weights(SHIPPED)
    assert weights.answers is not None
    self_check(Engine(weights), weights)


@pytest.mark.parametrize(
    "text", ["", "[[[[", "[" * 10**5, "[1,2,3]", '"text"', "{}", "[[NaN,0,0]]", f"[[{10**400},0,0]]"]
)
def test_answers_that_cannot_be_read_are_said(small_weights: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.safetensors"
    rewrite_tensors(small_weights, path, lambda key, value: value, **{KEY: text})
    with pytest.raises(WeightsError) as caught:
        load_weights(path)
    assert caught.value.code == "weights_mismatch"


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
