"""The Fréchet distance against its formula; the network of the published figures only where it lies."""

from __future__ import annotations

import logging
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from model.errors import TrainingError
from tests.training.conftest import make_photo
from training.evaluation import __main__ as command
from training.evaluation import fid
from training.evaluation.cases import Case
from training.evaluation.fid import INCEPTION, FrechetDistance, inception_distance
from training.torchvision_import import vision


def features(image):
    """Four numbers of a picture, (1, 4)."""
    values = image.float() / 255
    return torch.stack([*values.mean((2, 3))[0], values.std()])[None]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty hub cache; its folder of weights."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def cases():
    hole = np.zeros((64, 64), bool)
    hole[20:40, 20:40] = True
    return [Case(str(seed), np.asarray(make_photo(seed, 64, 64)), hole, False) for seed in range(3)]


def as_is(photo, hole):
    return photo


def test_distance_equals_the_formula():
    vision()
    photos = [np.asarray(make_photo(seed, 40, 48)) for seed in range(8)]
    fills = [(photo // 2 + 10 * seed).astype(np.uint8) for seed, photo in enumerate(photos)]
    distance = FrechetDistance(features, 4)
    for photo, fill in zip(photos, fills, strict=True):
        distance.truth(photo)
        distance.fill("halved", fill)
        distance.fill("same", photo)
    real, fake = (
        np.stack([features(torch.from_numpy(p.copy()).permute(2, 0, 1)[None])[0].double().numpy() for p in pictures])
        for pictures in (photos, fills)
    )
    covariances = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    step = np.square(real.mean(0) - fake.mean(0)).sum()
    expected = step + np.trace(covariances[0] + covariances[1] - 2 * sqrtm(covariances[0] @ covariances[1]).real)
    found = distance.values()
    assert found["halved"] == pytest.approx(expected, rel=1e-3)
    assert found["same"] == pytest.approx(0, abs=1e-4)


def test_one_picture_has_no_distance():
    vision()
    distance = FrechetDistance(features, 4)
    distance.truth(np.asarray(make_photo(0)))
    distance.fill("same", np.asarray(make_photo(0)))
    assert distance.values() == {}


def test_without_the_weights_the_table_has_none_and_one_sentence_says_so(hub, cases, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        command.evaluate(cases, {"as is": as_is}, tmp_path)
    assert "FID" not in (tmp_path / "table.md").read_text()
    assert (
        f"no FID: it needs torchmetrics, torch-fidelity, and its {INCEPTION} in {hub} or by --inception" in caplog.text
    )
    assert f"no LPIPS: it needs torchmetrics, and torchvision's AlexNet weights in {hub} or by --alexnet" in caplog.text


def test_with_the_weights_the_table_has_each_method_s(hub, cases, tmp_path, monkeypatch):
    (hub / INCEPTION).write_bytes(b"")
    monkeypatch.setattr(fid, "_load", lambda path, network: lambda image: 100 * features(image))
    monkeypatch.setattr(fid, "FEATURES", 4)
    command.evaluate(cases, {"as is": as_is}, tmp_path)
    table = (tmp_path / "table.md").read_text()
    assert "| FID over 3 cases |" in table
    assert float(re.search(r"\| as is \| (\S+) \|\n$", table)[1]) > 0


class Touching:
    """Unpickled, it leaves a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_what_is_not_the_network_is_named_and_not_unpickled(hub, tmp_path):
    for content in (b"not weights", pickle.dumps(Touching(tmp_path / "touched"), protocol=2)):
        (hub / INCEPTION).write_bytes(content)
        with pytest.raises(TrainingError) as error:
            inception_distance()
        assert error.value.code == "bad_inception" and INCEPTION in str(error.value)
    assert not (tmp_path / "touched").exists()
    pickle.loads(content)
    assert (tmp_path / "touched").exists()


@pytest.mark.slow
def test_the_library_s_network_is_read_from_a_path(hub, monkeypatch):
    vision()
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    with monkeypatch.context() as patch, torch.device("meta"):
        patch.setattr("torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url", lambda *a, **k: {})
        patch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda self, state: None)
        state = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"]).state_dict()
    torch.save({key: torch.full(v.shape, 0.01, dtype=v.dtype) for key, v in state.items()}, hub / INCEPTION)
    monkeypatch.setenv("TORCH_HOME", str(hub / "elsewhere"))
    assert inception_distance() is None
    distance = inception_distance(hub / INCEPTION)
    for seed in range(3):
        distance.truth(np.asarray(make_photo(seed, 64, 64)))
        distance.fill("same", np.asarray(make_photo(seed, 64, 64)))
    assert distance.values()["same"] == pytest.approx(0, abs=1e-3)
