"""FID and inception score against their formulas; the network of the published figures only where it lies."""

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
from training.evaluation import inception
from training.evaluation.cases import Case
from training.evaluation.inception import INCEPTION, InceptionMeasures, inception_measures, inception_score
from training.torchvision_import import vision


def features(image):
    """Four numbers of a picture, (1, 4)."""
    values = image.float() / 255
    return torch.stack([*values.mean((2, 3))[0], values.std()])[None]


def network(image):
    """Those, and how much three classes are like the picture, (1, 3)."""
    return features(image), 9 * features(image)[:, :3]


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
    measures = InceptionMeasures(network, 4)
    for photo, fill in zip(photos, fills, strict=True):
        measures.truth(photo)
        measures.fill("halved", fill)
        measures.fill("same", photo)
    real, fake = (
        np.stack([features(torch.from_numpy(p.copy()).permute(2, 0, 1)[None])[0].double().numpy() for p in pictures])
        for pictures in (photos, fills)
    )
    covariances = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    step = np.square(real.mean(0) - fake.mean(0)).sum()
    expected = step + np.trace(covariances[0] + covariances[1] - 2 * sqrtm(covariances[0] @ covariances[1]).real)
    found = measures.values()
    assert found["halved"].fid == pytest.approx(expected, rel=1e-3)
    assert found["same"].fid == pytest.approx(0, abs=1e-4) and found["truth"].fid is None
    assert found["same"].score == found["truth"].score != found["halved"].score


def slow_score(logits):
    """exp of the mean KL divergence of the classes of a picture from those of all, by natural logarithms."""
    likely = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return np.exp(np.mean([np.sum(p * np.log(p / likely.mean(0))) for p in likely]))


def test_inception_score_equals_the_formula():
    vision()
    logits = np.random.default_rng(0).normal(0, 2, (50, 7))
    assert inception_score(torch.from_numpy(logits)) == pytest.approx(slow_score(logits), rel=1e-9)


def test_inception_score_is_one_for_pictures_alike_and_the_number_of_classes_at_most():
    vision()
    assert inception_score(torch.ones(20, 5)) == pytest.approx(1)
    assert inception_score(100 * torch.eye(5).repeat(4, 1)) == pytest.approx(5)


def test_many_pictures_are_dealt_into_parts_of_a_hundred_at_least_and_ten_parts_at_most():
    vision()
    assert [inception.parts_of(n) for n in (2, 199, 200, 1000, 5000)] == [1, 1, 2, 10, 10]
    logits = np.random.default_rng(0).normal(0, 2, (250, 7))
    order = np.random.RandomState(2020).permutation(250)  # torch-fidelity's
    expected = np.mean([slow_score(logits[part]) for part in (order[:125], order[125:])])
    assert inception_score(torch.from_numpy(logits)) == pytest.approx(expected, rel=1e-9)


def test_one_picture_has_neither():
    vision()
    measures = InceptionMeasures(network, 4)
    measures.truth(np.asarray(make_photo(0)))
    measures.fill("same", np.asarray(make_photo(0)))
    assert measures.values() == {}


def test_without_the_weights_the_table_has_none_and_one_sentence_says_so(hub, cases, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        command.evaluate(cases, {"as is": as_is}, tmp_path)
    assert "FID" not in (tmp_path / "table.md").read_text()
    needs = f"they need torchmetrics, torch-fidelity, and its {INCEPTION} in {hub} or by --inception"
    assert f"no FID and no inception score: {needs}" in caplog.text
    assert f"no LPIPS: it needs torchmetrics, and torchvision's AlexNet weights in {hub} or by --alexnet" in caplog.text


def test_with_the_weights_the_table_has_each_method_s(hub, cases, tmp_path, monkeypatch):
    (hub / INCEPTION).write_bytes(b"")
    monkeypatch.setattr(inception, "_load", lambda path, kind: lambda image: (100 * features(image), features(image)))
    monkeypatch.setattr(inception, "FEATURES", 4)
    command.evaluate(cases, {"as is": as_is}, tmp_path)
    table = (tmp_path / "table.md").read_text()
    assert "| 3 cases together | FID | inception score, undivided |" in table
    score = re.search(r"\| truth \| – \| (\S+) \|\n", table)[1]
    distance, own = re.search(r"\| as is \| (\S+) \| (\S+) \|\n$", table).groups()
    assert float(distance) > 0 and float(own) >= 1 and float(score) >= 1


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
            inception_measures()
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
    torch.manual_seed(0)
    state = {
        k: 0.05 * torch.randn(v.shape) if v.dim() > 1 else torch.ones(v.shape, dtype=v.dtype) for k, v in state.items()
    }
    torch.save(state, hub / INCEPTION)
    monkeypatch.setenv("TORCH_HOME", str(hub / "elsewhere"))
    assert inception_measures() is None
    measures = inception_measures(hub / INCEPTION)
    for seed in range(3):
        measures.truth(np.asarray(make_photo(seed, 64, 64)))
        measures.fill("same", np.asarray(make_photo(seed, 64, 64)))
    found = measures.values()
    assert found["same"].fid == pytest.approx(0, abs=1e-2)
    seen = torch.cat(measures._truth.features) @ state["fc.weight"].T  # the bias is left out
    assert found["truth"].score == pytest.approx(slow_score(seen.double().numpy()), rel=1e-4)
