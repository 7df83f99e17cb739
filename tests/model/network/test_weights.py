from __future__ import annotations

import json

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
    assert str(path) in str(caught.value)
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
