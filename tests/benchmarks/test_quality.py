"""The quality benchmark: its subjects, what it keeps, its figures, and the whole command on made photos."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from benchmarks.quality.__main__ import main
from benchmarks.quality.contestants import Contestant, contestants, matchpatch, shrink_fill_enlarge
from benchmarks.quality.measures import looks_table, measure, table
from benchmarks.quality.run import Cost, Runner
from benchmarks.quality.sheet import TILE, close_window, whole_window
from benchmarks.quality.subjects import ODD, PLANS, Subject, draw
from tests.training.conftest import make_photo
from training.evaluation import metrics
from training.evaluation.looks import Looks
from training.evaluation.made_fills import MadeFills


def make_subject(large: bool = False) -> Subject:
    hole = np.zeros((96, 120), bool)
    hole[30:60, 40:80] = True
    return Subject("a", "g", np.asarray(make_photo(1, 96, 120)), hole, large)


def gray() -> object:
    return lambda photo, hole: np.where(hole[..., None], np.uint8(9), photo)


@pytest.mark.parametrize("plan", [plan for pair in PLANS for plan in pair], ids=lambda plan: plan.name)
def test_drawn_holes_have_about_the_planned_share_and_are_seeded(plan):
    hole = draw(np.random.default_rng(3), (800, 1200), plan)
    assert (1 - 3 * ODD) * plan.share < hole.mean() < (1 + 3 * ODD) * plan.share
    assert np.array_equal(hole, draw(np.random.default_rng(3), (800, 1200), plan))


def test_a_rivals_fill_is_kept_and_ours_made_anew(tmp_path):
    calls = []

    def make(name):
        def method(photo, hole):
            calls.append(name)
            return np.where(hole[..., None], np.uint8(len(calls)), photo)

        return lambda: method

    subject = make_subject()
    for _ in range(2):
        for contestant in (Contestant("rival", make("rival")), Contestant("ours", make("ours"), None)):
            filled, _ = Runner(tmp_path).fill(contestant, subject)
    assert calls == ["rival", "ours", "ours"] and filled[40, 50, 0] == 3
    Runner(tmp_path).fill(Contestant("rival", make("rival"), "another engine"), subject)
    assert calls[-1] == "rival"


def test_a_contestant_that_changes_kept_pixels_is_refused(tmp_path):
    spoiler = Contestant("spoiler", lambda: lambda photo, hole: photo + 1)
    with pytest.raises(ValueError, match="changed kept pixels"):
        Runner(tmp_path).fill(spoiler, make_subject())


def test_large_fills_run_apart_and_their_memory_is_known(tmp_path):
    filled, cost = Runner(tmp_path).fill(Contestant("gray", gray), make_subject(large=True))
    assert (filled[40, 50] == 9).all()
    assert 20e6 < cost.peak < 4e9 and cost.seconds > 0 and math.isnan(cost.engine_seconds)


def test_measures_from_the_holes_pixels_are_those_of_the_whole_photo():
    subject = make_subject()
    filled = gray()(subject.blanked, subject.hole)
    result = measure(subject, "gray", filled, Cost(1.0), None)
    assert result.l1 == pytest.approx(metrics.l1_percent(filled, subject.photo))
    assert result.psnr == pytest.approx(metrics.psnr(filled, subject.photo))
    assert result.sharpness == 0 and result.seam > 3
    line = table([result, result])[0]
    assert line["n"] == 2 and line["l1 %"] == result.l1 and math.isnan(line["peak MB"])


def test_shrinking_keeps_the_photo_and_fills_the_hole(small_weights):
    photo = np.asarray(make_photo(2, 400, 700))
    hole = np.zeros(photo.shape[:2], bool)
    hole[100:200, 200:401] = True
    blanked = np.where(hole[..., None], np.uint8(127), photo)
    filled = shrink_fill_enlarge(small_weights, "cpu")(blanked, hole)
    assert np.array_equal(filled[~hole], photo[~hole]) and not np.array_equal(filled[hole], blanked[hole])


@pytest.mark.skipif(os.name == "nt", reason="the stand-in command is a shell script")
def test_gmic_is_asked_for_inner_blending_and_gives_its_file(tmp_path):
    command = tmp_path / "gmic"
    command.write_text('#!/bin/sh\necho "$@" > "$(dirname "$0")/asked"\nfor last; do :; done\ncp "$1" "$last"\n')
    command.chmod(command.stat().st_mode | stat.S_IEXEC)
    subject = make_subject()
    assert np.array_equal(matchpatch(str(command))(subject.blanked, subject.hole), subject.blanked)
    assert "inpaint_matchpatch[0] [1],0,9,10,5,0" in (tmp_path / "asked").read_text()


def test_gmic_takes_part_only_where_it_is(small_weights, tmp_path):
    names = [c.name for c in contestants(small_weights, "cpu", str(tmp_path / "none"))]
    assert names[0] == "pconv" and "pconv, detail 0" in names and "G'MIC matchpatch" not in names


def test_fills_made_before_take_part_under_the_name_of_their_subject(small_weights, tmp_path):
    subject, folder = make_subject(), tmp_path / "old"
    folder.mkdir()
    Image.fromarray(gray()(subject.blanked, subject.hole)).save(folder / "a.png")
    old = contestants(small_weights, "cpu", None, [MadeFills("old", folder)])[-1]
    filled, cost = Runner(tmp_path / "out").fill(old, subject)
    assert old.name == "old" and (filled[40, 50] == 9).all() and math.isnan(cost.seconds)
    assert table([measure(subject, "old", filled, cost, None)])[0]["n"] == 1


@pytest.mark.parametrize("there", [True, False])
def test_patchmatch_takes_part_only_where_it_is(there, small_weights, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "patchmatch", SimpleNamespace(patchmatch_available=True) if there else None)
    assert ("PyPatchMatch" in [c.name for c in contestants(small_weights, "cpu", None)]) is there
    assert ("pip install pypatchmatch" in capsys.readouterr().err) is not there


def test_wins_are_counted_subject_by_subject():
    subjects = [dataclasses.replace(make_subject(), name=str(number)) for number in range(4)]

    def see(filled, photo, hole):
        return Looks(float(filled[hole][0, 0]), 1.0)

    results = []
    for subject, ours, theirs in zip(subjects, (1, 1, 2, 9), (2, 1, 3, 3), strict=True):
        for name, value in (("ours", ours), ("theirs", theirs)):
            filled = np.where(subject.hole[..., None], np.uint8(value), subject.photo)
            results.append(measure(subject, name, filled, Cost(1.0), None, see))
    ours, theirs = looks_table(results)
    assert ours["n"] == 4 and ours["looks"] == pytest.approx(sum(v**0.8 for v in (1, 1, 2, 9)) / 4)
    assert ours["beats theirs %"] == 62.5 and theirs["beats ours %"] == 37.5


def test_windows_hold_the_hole_and_its_edge():
    hole = np.zeros((2000, 3000), bool)
    hole[500:1500, 800:2200] = True
    rows, columns = whole_window(hole)
    assert (rows.start, rows.stop, columns.start, columns.stop) == (34, 1966, 334, 2666)
    close = hole[close_window(hole)]
    assert close.shape == (TILE, TILE) and close.mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.slow
def test_the_command_leaves_a_table_and_sheets(tmp_path, small_weights, monkeypatch, capsys):
    cases, out = tmp_path / "cases", tmp_path / "out"
    cases.mkdir()
    subject = make_subject()
    Image.fromarray(subject.photo).save(cases / "00.photo.png")
    Image.fromarray(255 * subject.hole.astype(np.uint8)).save(cases / "00.mask.png")
    given = ["quality", "--cases", str(cases), "--out", str(out), "--weights", str(small_weights)]
    given += ["--only", "pconv", "Navier", "--json", str(tmp_path / "q.json")]
    monkeypatch.setattr("sys.argv", given)
    main()
    assert "OpenCV Navier–Stokes" in capsys.readouterr().out
    assert {row["method"] for row in json.loads((tmp_path / "q.json").read_text())["rows"]} >= {"pconv"}
    with open(out / "results.csv", encoding="utf-8") as file:
        assert {row["subject"] for row in csv.DictReader(file)} == {"00"}
    with Image.open(out / "sheet-0.jpg") as sheet:
        assert sheet.width >= 4 * TILE
    assert Path(out / "fills" / "pconv" / "00.png").is_file()
