from __future__ import annotations

import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from model.errors import WeightsError
from model.network.convert import convert, main, read_checkpoint
from model.network.weights import load_weights

DEPTH = 5
ENCODER = [(3, 4, 7), (4, 8, 5), (8, 16, 5), (16, 32, 3), (32, 32, 3)]
DECODER = {5: (64, 32), 4: (48, 16), 3: (24, 8), 2: (12, 4), 1: (7, 3)}


def published_state() -> dict[str, torch.Tensor]:
    """Random weights in the published layout: a bias everywhere, no norm on the first and last layer."""
    torch.manual_seed(0)
    state = {}

    def layer(name: str, inputs: int, outputs: int, kernel: int, norm: bool) -> None:
        conv = nn.Conv2d(inputs, outputs, kernel)
        state[f"{name}.conv.conv2d.weight"] = conv.weight.data * inputs * kernel
        state[f"{name}.conv.conv2d.bias"] = conv.bias.data
        state[f"{name}.conv.mask2d.weight"] = torch.ones_like(conv.weight)
        if norm:
            bn = nn.BatchNorm2d(outputs)
            bn.running_mean.normal_()
            bn.running_var.uniform_(0.5, 2)
            state.update({f"{name}.bn.{k}": v for k, v in bn.state_dict().items()})

    for i, (inputs, outputs, kernel) in enumerate(ENCODER):
        layer(f"enc_{i + 1}", inputs, outputs, kernel, norm=i > 0)
    for i, (inputs, outputs) in DECODER.items():
        layer(f"dec_{i}", inputs, outputs, 3, norm=i > 1)
    return state


def published_forward(state, x, m):
    """Their forward from its description: (conv(x·m) − b)/sum(M) + b where sum(M) > 0, else 0; no sum(1)."""

    def block(name, x, m, stride, slope):
        w, b = state[f"{name}.conv.conv2d.weight"].double(), state[f"{name}.conv.conv2d.bias"].double()
        pad = w.shape[-1] // 2
        total = F.conv2d(m, torch.ones_like(w), stride=stride, padding=pad)
        out = F.conv2d(x * m, w, stride=stride, padding=pad) / total.clamp(min=1) + b.view(1, -1, 1, 1)
        out, m = torch.where(total > 0, out, 0.0), (total > 0).double()
        if f"{name}.bn.weight" in state:
            keys = ("running_mean", "running_var", "weight", "bias")
            out = F.batch_norm(out, *(state[f"{name}.bn.{k}"].double() for k in keys), False, 0.0, 1e-5)
        return (out if slope is None else F.leaky_relu(out, slope)), m

    skips = []
    for i in range(DEPTH):
        skips.append((x, m))
        x, m = block(f"enc_{i + 1}", x, m, 2, 0.0)
    for i in range(DEPTH, 0, -1):
        sx, sm = skips.pop()
        x, m = (torch.cat([F.interpolate(a, scale_factor=2), b], 1) for a, b in ((x, sx), (m, sm)))
        x, m = block(f"dec_{i}", x, m, 1, 0.2 if i > 1 else None)
    return x


def test_a_converted_network_gives_the_same_picture():
    state = published_state()
    net = convert(state)
    image = torch.rand(1, 3, 64, 64)
    valid = torch.ones(1, 1, 64, 64)
    valid[:, :, 5:50, 10:44] = 0
    with torch.no_grad():
        ours = net(image, valid).double()
    theirs = published_forward(state, ((image - net.mean) / net.std).double(), valid.double().expand(-1, 3, -1, -1))
    theirs = theirs * net.std.double() + net.mean.double()
    assert (ours - theirs).abs().max() < 1e-4 * theirs.abs().max()


def test_the_command_writes_weights_that_load(tmp_path):
    checkpoint, out = tmp_path / "theirs.pth", tmp_path / "ours.safetensors"
    torch.save({"model": published_state(), "n_iter": 3}, checkpoint)
    command = [sys.executable, "-m", "model.network.convert", str(checkpoint), str(out)]
    subprocess.run(command, check=True, capture_output=True)
    weights = load_weights(out)
    assert (weights.config.depth, weights.config.width, weights.name) == (DEPTH, 4, "theirs.pth")


def test_other_files_are_named(tmp_path):
    with pytest.raises(WeightsError, match="known layout"):
        convert({"layer.weight": torch.zeros(3)})
    with pytest.raises(WeightsError, match="There is no file"):
        read_checkpoint(tmp_path / "none.pth")
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(WeightsError, match="not a readable"):
        read_checkpoint(tmp_path / "text.pth")


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (print, ("run",))

    torch.save({"model": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(WeightsError):
        read_checkpoint(tmp_path / "evil.pth")


NO_STATE = {
    "a list": [torch.zeros(3)],
    "a number": 5,
    "a tensor": torch.zeros(3),
    "nothing": None,
    "text": "weights",
    "integer keys": {1: torch.zeros(3), 2: torch.zeros(3)},
    "a list in it": {"state_dict": [1, 2]},
    "numbers for tensors": {"enc_1.conv.conv2d.weight": 5},
    "a scalar": {f"enc_{i}.conv.conv2d.weight": torch.tensor(1.0) for i in range(1, 8)},
    "an empty tensor": {f"enc_{i}.conv.conv2d.weight": torch.zeros(0, 3, 7, 7) for i in range(1, 8)},
    "a giant": {f"enc_{i}.conv.conv2d.weight": torch.zeros(1).expand(10**9) for i in range(1, 8)},
    "a bare name": {"enc_1.conv.conv2d.weight": torch.zeros(4, 3, 7, 7)},
}


@pytest.mark.parametrize("name", NO_STATE)
def test_what_is_no_network_is_one_sentence(name, tmp_path, monkeypatch, capsys):
    checkpoint, out = tmp_path / "theirs.pth", tmp_path / "ours.safetensors"
    torch.save(NO_STATE[name], checkpoint)
    monkeypatch.setattr(sys, "argv", ["convert", str(checkpoint), str(out)])
    assert main() == 2
    said = capsys.readouterr().err
    assert said.startswith("convert: ") and said.count("\n") == 1 and not out.exists()
    with pytest.raises(WeightsError) as caught:
        convert(read_checkpoint(checkpoint))
    assert caught.value.code == "weights_mismatch"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch, capsys):
    checkpoint = tmp_path / "theirs.pth"
    torch.save(published_state(), checkpoint)
    monkeypatch.setattr(sys, "argv", ["convert", str(checkpoint), str(tmp_path / "none" / "ours.safetensors")])
    assert main() == 2
    assert "cannot be written" in capsys.readouterr().err
