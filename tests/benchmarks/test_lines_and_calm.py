"""Made pictures for two questions, do lines go on and does what is calm stay calm: the measures and the commands."""

from __future__ import annotations

import json
import statistics

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks.calm.__main__ import blotch, deviation
from benchmarks.calm.__main__ import main as calm
from benchmarks.calm.pictures import LIGHTEST, calm_subjects
from benchmarks.lines.__main__ import main as lines
from benchmarks.lines.pictures import HOLE, MIDDLE, SHAPES, contrast, line_subjects, middle
from training.evaluation.methods import navier_stokes


@pytest.fixture(scope="module")
def line_pictures():
    return list(line_subjects())


@pytest.fixture(scope="module")
def calm_pictures():
    pytest.importorskip("skimage", reason="scikit-image is not installed")
    return list(calm_subjects())


def test_something_crosses_the_middle_of_each_of_twelve_pictures(line_pictures):
    assert [s.name for s in line_pictures] == list(SHAPES) and len(SHAPES) == 12
    for subject in line_pictures:
        inner = subject.photo[middle(MIDDLE)].astype(float)
        assert inner.std() > 15, subject.name
        assert subject.hole.sum() == HOLE**2 and subject.photo.shape == (512, 512, 3)
    assert np.array_equal(next(line_subjects()).photo, line_pictures[0].photo)


def test_contrast_is_one_for_the_truth_and_falls_to_none_and_below(line_pictures):
    truth, at = line_pictures[0].photo, middle(MIDDLE)
    assert contrast(truth, truth, at) == pytest.approx(1)
    assert contrast(truth // 2 + 60, truth, at) == pytest.approx(0.5, abs=0.01)
    assert contrast(np.full_like(truth, 99), truth, at) == pytest.approx(0, abs=1e-9)
    assert contrast(255 - truth, truth, at) == pytest.approx(-1)
    shifted = np.roll(truth, 40, axis=0)  # the horizon out of the middle
    assert abs(contrast(shifted, truth, at)) < 0.05


def test_a_smooth_fill_loses_lines_that_the_truth_has(line_pictures):
    thin = [s for s in line_pictures if s.name in ("line-8", "wire-4", "grid", "checks")]
    smooth = [contrast(navier_stokes(s.blanked, s.hole), s.photo, middle(MIDDLE)) for s in thin]
    assert statistics.mean(smooth) < 0.3


def test_thirty_calm_places_of_all_kinds(calm_pictures):
    kinds = {
        kind: [s for s in calm_pictures if s.group == kind] for kind in ("sky", "wall", "paper", "gradient", "photo")
    }
    assert {kind: len(own) for kind, own in kinds.items()} == dict(sky=4, wall=4, paper=4, gradient=4, photo=14)
    assert len({s.name for s in calm_pictures}) == 30
    for subject in calm_pictures:
        assert 0.05 < subject.hole.mean() < 0.2 and not subject.hole[:16].any() and not subject.hole[:, -16:].any()
        ring = cv2.dilate(subject.hole.astype(np.uint8), np.ones((9, 9))).astype(bool)
        assert cv2.GaussianBlur(subject.photo, (0, 0), 3).astype(float)[ring].std(0).max() < 30, subject.name
    assert all(s.photo.mean() < LIGHTEST for s in kinds["photo"])


def test_deviation_is_the_worst_pixel_and_blotch_the_worst_patch(calm_pictures):
    subject = calm_pictures[0]
    rows, columns = np.nonzero(subject.hole)
    pixel, patch, grain = (subject.photo.astype(int) for _ in range(3))
    pixel[rows[len(rows) // 2], columns[len(rows) // 2], 1] += 30
    patch[subject.hole] += 10
    grain[subject.hole] += np.random.default_rng(0).choice([-10, 10], (len(rows), 1))
    assert deviation(subject.photo, subject) == blotch(subject.photo, subject) == 0
    assert deviation(pixel, subject) == 30 and blotch(pixel, subject) < 3
    assert deviation(patch, subject) == pytest.approx(10) and blotch(patch, subject) == pytest.approx(10, abs=0.01)
    assert deviation(grain, subject) == pytest.approx(10) and blotch(grain, subject) < 7


@pytest.mark.parametrize("name", ["lines", "calm"])
def test_the_command_measures_fills_made_before(name, tmp_path, request, capsys):
    """The truth as a fill: lines go on, and nothing deviates."""
    command, pictures = (lines, "line_pictures") if name == "lines" else (calm, "calm_pictures")
    for subject in request.getfixturevalue(pictures):
        Image.fromarray(subject.photo).save(tmp_path / f"{subject.name}.png", compress_level=0)
    out, figures = tmp_path / "out", tmp_path / "f.json"
    given = ["--fills", f"truth={tmp_path}", "--only", "Navier", "--out", str(out), "--json", str(figures)]
    assert command(given) == 0
    rows = json.loads(figures.read_text())["rows"]
    if name == "lines":
        assert [row["picture"] for row in rows] == [*SHAPES, "mean"] and rows[-1]["truth"] == pytest.approx(1)
        assert rows[-1]["OpenCV Navier–Stokes"] == pytest.approx(
            statistics.mean(row["OpenCV Navier–Stokes"] for row in rows[:-1])
        )
    else:
        last = {row["method"]: row for row in rows if row["places"] == "all"}
        assert last["truth"]["n"] == 30 and last["truth"]["deviation"] == last["truth"]["its worst ×"] == 0
        assert last["OpenCV Navier–Stokes"]["worst ×"] == 1 and last["Navier–Stokes"]["deviation"] > 1
    assert (out / "sheet.jpg").is_file()
    assert len(list((out / "cases").glob("*.mask.png"))) == (12 if name == "lines" else 30)
    (tmp_path / f"{'grid' if name == 'lines' else 'sky-1'}.png").unlink()
    assert command(given) == 1
    assert "no fill of case" in capsys.readouterr().err
