from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from model.errors import WeightsError
from model.network.convert import convert, main, read_checkpoint
from model.network.weights import load_weights, save_weights
from tests.model.network.published import DEPTH, PROGRAMS, WIDTH, checkpoint, forward


def hole() -> torch.Tensor:
    valid = torch.ones(1, 1, 64, 64)
    valid[:, :, 5:50, 10:44] = 0
    return valid


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_converted_checkpoint_gives_the_picture_of_its_own_program(name, tmp_path):
    program = PROGRAMS[name]
    content = checkpoint(program)
    theirs, ours = tmp_path / "theirs.pth", tmp_path / "ours.safetensors"
    torch.save(content, theirs)
    exact = convert(read_checkpoint(theirs))
    save_weights(ours, exact, {"name": name})
    stored = load_weights(ours)
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        exactly, as_stored = (net(image, hole()).double() for net in (exact, stored.build()))
    want = forward(program, content, image, hole())
    span = (want.max() - want.min()).clamp(min=1)
    assert (exactly - want).abs().max() < 1e-5 * span
    assert (as_stored - want).abs().max() < 1e-3 * span
    assert (stored.config.width, stored.config.depth) == (WIDTH, DEPTH)


def test_no_digits_are_lost_where_their_layer_divides(tmp_path):
    """Divided by n, kernels would lie among the smallest numbers of fp16, which have few digits."""
    save_weights(tmp_path / "ours.safetensors", convert(checkpoint(PROGRAMS["input_conv"])["model"]), {})
    for key, kernel in load_weights(tmp_path / "ours.safetensors").state.items():
        if kernel.dim() == 4 and "decoder.4" not in key:
            small = kernel[kernel != 0].abs()
            assert (small < 2**-14).float().mean() < 0.01, key


def test_the_command_writes_weights_that_load(tmp_path):
    theirs, out = tmp_path / "theirs.pth", tmp_path / "ours.safetensors"
    torch.save(checkpoint(PROGRAMS["conv2d"]), theirs)
    command = [sys.executable, "-m", "model.network.convert", str(theirs), str(out), "--normalisation", "none"]
    subprocess.run(command, check=True, capture_output=True)
    weights = load_weights(out)
    assert (weights.config.depth, weights.config.width, weights.name) == (DEPTH, WIDTH, "theirs.pth")
    assert (weights.config.mean, weights.config.std) == ((0.0,) * 3, (1.0,) * 3)


def test_what_cannot_be_converted_is_said_with_what_was_found(tmp_path):
    state = checkpoint(PROGRAMS["nvidia"])["state_dict"]
    with pytest.raises(WeightsError, match=r"2 tensors such as head.weight \(3,\)"):
        convert({"head.weight": torch.zeros(3), "head.bias": torch.zeros(1)})
    with pytest.raises(WeightsError, match=r"enc_3.conv.weight is \(16, 8, 3, 3\) and should be \(16, 8, 5, 5\)"):
        convert(state | {"enc_3.conv.weight": torch.zeros(16, 8, 3, 3)})
    with pytest.raises(WeightsError, match=r"dec_2\.bn\.running_var should be"):
        convert({key: value for key, value in state.items() if key != "dec_2.bn.running_var"})
    with pytest.raises(WeightsError, match=r"enc_1\.bn is a batch norm where"):
        convert(state | {"enc_1.bn.weight": torch.ones(4)})
    (tmp_path / "port.h5").write_bytes(b"\x89HDF")
    with pytest.raises(WeightsError, match="Keras"):
        read_checkpoint(tmp_path / "port.h5")


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
    theirs, out = tmp_path / "theirs.pth", tmp_path / "ours.safetensors"
    torch.save(NO_STATE[name], theirs)
    monkeypatch.setattr(sys, "argv", ["convert", str(theirs), str(out)])
    assert main() == 2
    said = capsys.readouterr().err
    assert said.startswith("convert: ") and said.count("\n") == 1 and not out.exists()
    with pytest.raises(WeightsError) as caught:
        convert(read_checkpoint(theirs))
    assert caught.value.code == "weights_mismatch"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch, capsys):
    theirs = tmp_path / "theirs.pth"
    torch.save(checkpoint(PROGRAMS["conv2d"]), theirs)
    monkeypatch.setattr(sys, "argv", ["convert", str(theirs), str(tmp_path / "none" / "ours.safetensors")])
    assert main() == 2
    assert "cannot be written" in capsys.readouterr().err
