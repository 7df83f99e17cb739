"""Drawn damage, what of it counts as found, and the commands that measure and fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.find.__main__ import main, measured
from benchmarks.find.damage import KINDS, TOUCHED, VISIBLE, damaged
from pconv.damage.find import find_damage
from pconv.damage.weighing import weighings

samples = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
PHOTO = samples.astronaut()[:300, :400]


def test_damage_is_where_the_photo_changed_and_the_same_for_a_seed():
    drawn, again, other = (damaged(PHOTO, seed) for seed in (3, 3, 4))
    assert np.array_equal(drawn.image, again.image) and not np.array_equal(drawn.image, other.image)
    away = np.abs(drawn.image.astype(int) - PHOTO).max(axis=2)
    assert np.array_equal(drawn.touched, away >= TOUCHED)
    assert drawn.visible[away >= VISIBLE].mean() > 0.98 and (away[drawn.visible] >= VISIBLE).all()
    assert list(drawn.kinds) == list(KINDS) and all(where.any() for where in drawn.kinds.values())
    assert 0.005 < drawn.visible.mean() < 0.1


def test_all_nothing_and_the_truth_are_measured_as_what_they_are():
    drawn = damaged(PHOTO, 3)
    nothing, everything = (measured(np.full(PHOTO.shape[:2], value), drawn) for value in (False, True))
    assert set(nothing.values()) == {0} and set(everything.values()) == {100}
    truth = measured(drawn.visible, drawn)
    assert truth["found"] == 100 and truth["false"] == 0
    dust = measured(drawn.kinds["dust"], drawn)
    assert dust["dust"] == 100 and 0 < dust["found"] < 100


def test_the_command_prints_kinds_and_leaves_overlays(tmp_path: Path, capsys: pytest.CaptureFixture):
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(PHOTO).save(folder / "a.png")
    Image.fromarray(PHOTO[..., 0]).save(folder / "b.png")
    Image.fromarray(PHOTO).save(folder / "b_mask.png")
    options = ["--photos", str(folder), "--out", str(tmp_path / "out"), "--json", str(tmp_path / "r.json")]
    assert main(options) == 0
    assert "false" in capsys.readouterr().out
    (means, _) = json.loads((tmp_path / "r.json").read_text())["rows"]
    assert means["number"] == 2 and 0 < means["found"] <= 100
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.small.png", "b.small.png"]


@pytest.mark.slow
def test_fitted_networks_are_written_and_find_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from benchmarks.find.fit import main as fit

    for number in range(8):
        Image.fromarray(PHOTO[20 * number : 20 * number + 160, :200]).save(tmp_path / f"{number}.png")
    assert fit([str(tmp_path), "--out", str(tmp_path / "w.safetensors"), "--epochs", "8"]) == 0
    drawn = damaged(PHOTO, 7)
    monkeypatch.setattr("pconv.damage.weighing.FILE", tmp_path / "w.safetensors")
    weighings.cache_clear()
    try:
        shares = measured(find_damage(drawn.image, sensitivity=1) > 0, drawn)
    finally:
        weighings.cache_clear()
    assert shares["found"] > 20 and shares["found"] > 2 * shares["false"]
