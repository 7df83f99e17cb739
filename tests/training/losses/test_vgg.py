"""The VGG-16 of the loss: its three outputs, its normalisation, its sources."""

from __future__ import annotations

import pytest
import torch

from model.errors import TrainingError
from training.losses.vgg import Vgg16Features
from training.torchvision_import import vision


@pytest.fixture(scope="module")
def random_features():
    return Vgg16Features("random", seed=3)


def test_pools_are_those_of_torchvision_after_normalisation(random_features):
    """Trap: a standard deviation set to the mean."""
    with torch.device("meta"):
        vgg = vision("models").vgg16(weights=None, init_weights=False).features[:17].to_empty(device="cpu")
    vgg.load_state_dict(random_features.layers.state_dict())
    image = torch.rand(2, 3, 32, 32)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    maps = (image - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)
    expected = []
    with torch.no_grad():
        for layer in vgg:
            maps = layer(maps)
            if isinstance(layer, torch.nn.MaxPool2d):
                expected.append(maps.clone())
    found = random_features(image)
    assert [tuple(f.shape[1:]) for f in found] == [(64, 16, 16), (128, 8, 8), (256, 4, 4)]
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b)


def test_random_is_reproducible_recorded_and_leaves_the_generator_alone(random_features):
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    again = Vgg16Features("random", seed=3)
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(again.layers[0].weight, random_features.layers[0].weight)
    assert not torch.equal(Vgg16Features("random", seed=4).layers[0].weight, again.layers[0].weight)
    assert again.record == "VGG-16 with random He weights, seed 3"


def test_random_keeps_the_scale_of_the_signal(random_features):
    image = torch.rand(1, 3, 64, 64)
    spreads = [maps.std().item() for maps in random_features(image)]
    assert all(0.1 < spread < 10 for spread in spreads), spreads


def test_gradient_reaches_the_picture_only(random_features):
    image = torch.rand(1, 3, 16, 16, requires_grad=True)
    random_features.train()
    sum(maps.sum() for maps in random_features(image)).backward()
    assert image.grad.abs().sum() > 0
    assert all(p.grad is None and not p.requires_grad for p in random_features.parameters())
    assert not random_features.layers.training


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_local_file(tmp_path, random_features, suffix):
    state = {f"features.{key}": value for key, value in random_features.layers.state_dict().items()}
    path = tmp_path / f"vgg16{suffix}"
    if suffix == ".pth":
        torch.save(state, path)
    else:
        from safetensors.torch import save_file

        save_file(state, path)
    features = Vgg16Features(str(path))
    assert torch.equal(features.layers[0].weight, random_features.layers[0].weight)
    assert path.name in features.record and "SHA-256" in features.record


def test_faults_are_named(tmp_path, monkeypatch):
    with pytest.raises(TrainingError) as missing:
        Vgg16Features(str(tmp_path / "none.pth"))
    assert missing.value.code == "no_vgg"
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(TrainingError) as other:
        Vgg16Features(str(tmp_path / "other.pth"))
    assert other.value.code == "bad_vgg"
    (tmp_path / "text.pth").write_text("not weights")
    with pytest.raises(TrainingError) as text:
        Vgg16Features(str(tmp_path / "text.pth"))
    assert text.value.code == "bad_vgg"


def test_imagenet_weights_that_cannot_be_had_are_an_error_not_a_silent_random(monkeypatch):
    def offline(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr(vision("models").VGG16_Weights.IMAGENET1K_V1.__class__, "get_state_dict", offline)
    with pytest.raises(TrainingError) as error:
        Vgg16Features("imagenet")
    assert error.value.code == "no_vgg"
    assert "random" in str(error.value)
