from __future__ import annotations

import json
import math

import pytest
import torch
from safetensors.torch import load_file, save_file

from model.errors import WeightsError
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import load_weights, save_weights


def rewrite(path, target, change_tensors=lambda t: t, change_metadata=lambda m: m):
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        metadata = dict(file.metadata())
    save_file(change_tensors(load_file(path)), target, metadata=change_metadata(metadata))
    return target


def code_of(path) -> str:
    with pytest.raises(WeightsError) as caught:
        load_weights(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value) and "\x1b" not in str(caught.value)
    return caught.value.code


def test_a_round_trip_keeps_the_network(tmp_path):
    torch.manual_seed(0)
    net = PConvUNet(UNetConfig(width=4, depth=5)).eval()
    digest = save_weights(tmp_path / "w.safetensors", net, {"name": "mine", "data": "none"})
    weights = load_weights(tmp_path / "w.safetensors")
    assert (weights.name, weights.sha256, weights.metadata["data"]) == ("mine", digest, "none")
    assert weights.config == net.config
    image, valid = torch.rand(1, 3, 32, 32), (torch.rand(1, 1, 32, 32) > 0.5).float()
    with torch.no_grad():
        assert (net(image, valid) - weights.build()(image, valid)).abs().max() < 0.02
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]


def test_a_long_name_is_cut(tmp_path):
    save_weights(tmp_path / "w.safetensors", PConvUNet(UNetConfig(width=1, depth=3)), {"name": "n" * 10**6})
    assert load_weights(tmp_path / "w.safetensors").name == "n" * 100


def test_missing(tmp_path):
    assert code_of(tmp_path / "none.safetensors") == "weights_missing"


def test_truncated_and_not_safetensors(small_weights, tmp_path):
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(small_weights.read_bytes()[:-1000])
    assert code_of(cut) == "weights_damaged"
    text = tmp_path / "text.safetensors"
    text.write_text("not weights at all")
    assert code_of(text) == "weights_damaged"


def test_one_flipped_bit_is_found(small_weights, tmp_path):
    content = bytearray(small_weights.read_bytes())
    content[-5] ^= 1
    flipped = tmp_path / "flipped.safetensors"
    flipped.write_bytes(content)
    assert code_of(flipped) == "weights_damaged"


def test_another_format_or_architecture(small_weights, tmp_path):
    other = tmp_path / "other.safetensors"
    rewrite(small_weights, other, change_metadata=lambda m: {})
    assert code_of(other) == "weights_mismatch"

    def widen(metadata):
        config = json.loads(metadata["config"]) | {"width": 8}
        return metadata | {"config": json.dumps(config)}

    rewrite(small_weights, other, change_metadata=widen)
    assert code_of(other) == "weights_mismatch"
    rewrite(small_weights, other, change_metadata=lambda m: m | {"config": '{"colour": 3}'})
    assert code_of(other) == "weights_mismatch"


def described(small_weights, tmp_path, text: str):
    """The small weights with another description of their architecture."""
    return rewrite(small_weights, tmp_path / "odd.safetensors", change_metadata=lambda m: m | {"config": text})


CONFIG = {"width": 4, "depth": 7, "mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2]}
ODD = {
    "width": [10**9, 10**100, -1, 4.0, True, "4", None, [4]],
    "depth": [10**9, 2, "7", 7.5],
    "mean": ["text", ["a", "b", "c"], [1, 2], 5, None, [0, 0, [0]], [0, 0, 10**400], [0, 0, math.nan], {}],
    "std": [[0.2, 0.2, 0], [0.2, 0.2, "1"], [1, 1, math.inf]],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in ODD.items() for value in values])
def test_an_impossible_architecture_is_one_sentence(small_weights, tmp_path, field, value):
    assert code_of(described(small_weights, tmp_path, json.dumps(CONFIG | {field: value}))) == "weights_mismatch"


@pytest.mark.parametrize("text", ["[" * 10**5, '{"a":' * 10**5, "5", "null", "[]", '"x"', "", "{", '{"\\u001b[2J": 1}'])
def test_a_description_that_is_none_is_one_sentence(small_weights, tmp_path, text):
    assert code_of(described(small_weights, tmp_path, text)) == "weights_mismatch"


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.bool, torch.int64, torch.float64])
def test_tensors_of_other_numbers_are_refused(small_weights, tmp_path, dtype):
    from model.network.weights import _digest

    path = tmp_path / "cast.safetensors"
    tensors = {key: value.to(dtype) if value.dim() == 4 else value for key, value in load_file(small_weights).items()}
    rewrite(small_weights, path, lambda _: tensors, lambda m: m | {"sha256": _digest(tensors)})
    assert code_of(path) == "weights_mismatch"
