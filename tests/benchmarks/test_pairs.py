"""Blinded pairs: who stands where, what a voter sees, how votes are counted; tasks, and the commands."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.pairs.__main__ import main
from benchmarks.pairs.sheets import CLOSE, GAP, HEAD, LEAST, MARK, MOST, sheets
from benchmarks.pairs.votes import Pair, agreement, blank_ballot, count, draw_key, read_ballot, wilson
from benchmarks.quality.subjects import Subject
from benchmarks.quality.tasks import cut, draw_task, task_subjects
from model.errors import TrainingError

SUBJECTS = [f"{number:02d}" for number in range(40)]
PAIRS = [Pair("001", "a", "ours", "theirs"), Pair("002", "b", "theirs", "ours"), Pair("003", "c", "ours", "theirs")]


def make_subject(height: int, width: int, box: tuple[slice, slice]) -> Subject:
    photo = np.full((height, width, 3), 90, np.uint8)
    hole = np.zeros((height, width), bool)
    hole[box] = True
    return Subject("a", "", photo, hole, large=False)


def test_each_voter_has_an_order_and_sides_of_its_own_from_the_seed():
    key = draw_key(SUBJECTS, ["ours", "theirs"], 2, seed=3)
    assert key == draw_key(SUBJECTS, ["ours", "theirs"], 2, seed=3) != draw_key(SUBJECTS, ["ours", "theirs"], 2, seed=4)
    orders = [[pair.subject for pair in pairs] for pairs in key.values()]
    assert orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1]) == SUBJECTS
    sides = [{pair.subject: pair.left for pair in pairs} for pairs in key.values()]
    assert sides[0] != sides[1]
    assert all(10 < list(side.values()).count("ours") < 30 for side in sides)


def test_three_contestants_meet_in_three_pairs_on_each_subject():
    pairs = draw_key(["a", "b"], ["x", "y", "z"], 1, seed=0)["voter-1"]
    assert [pair.sheet for pair in pairs] == ["001", "002", "003", "004", "005", "006"]
    met = {(pair.subject, frozenset((pair.left, pair.right))) for pair in pairs}
    assert met == {(s, frozenset(two)) for s in "ab" for two in ("xy", "xz", "yz")}


def test_a_small_photo_is_shown_whole_with_its_hole_painted_over():
    subject = make_subject(200, 300, (slice(50, 90), slice(60, 100)))
    left, right = np.full_like(subject.photo, 10), np.full_like(subject.photo, 250)
    [(view, sheet)] = sheets(subject, left, right, "001")
    panel = (sheet.width - 2 * GAP) // 3
    shown = np.asarray(sheet)[HEAD:]
    assert view == "" and panel == 600 and shown.shape[0] == 400  # twice its size: at least LEAST
    assert (shown[120, 150] == MARK).all() and (shown[20, 20] == 90).all()
    assert (shown[120, panel + GAP + 150] == 10).all() and (shown[120, 2 * (panel + GAP) + 150] == 250).all()
    assert panel >= LEAST


def test_a_large_photo_is_shown_around_its_hole_and_at_true_size():
    subject = make_subject(2400, 3600, (slice(500, 1700), slice(800, 2400)))
    fill = subject.photo.copy()
    fill[::2] = 200  # shrinking would mix these lines
    (first, whole), (second, close) = sheets(subject, fill, fill, "001")
    assert (first, second) == ("", "-close")
    assert (whole.width - 2 * GAP) // 3 <= MOST and close.size == (3 * CLOSE + 2 * GAP, CLOSE + HEAD)
    shown = np.asarray(close)[HEAD:]
    marked = (shown[:, :CLOSE] == MARK).all(2).mean()
    assert marked == pytest.approx(0.5, abs=0.02)
    assert set(np.unique(shown[:, CLOSE + GAP : 2 * CLOSE + GAP])) == {90, 200}


def test_a_ballot_holds_a_vote_for_each_sheet(tmp_path):
    path = tmp_path / "ballot.txt"
    path.write_text("# mine\n001 Left\n3: tie\n002 right  # sky torn\n")
    assert read_ballot(path, PAIRS) == {"001": "left", "002": "right", "003": "tie"}
    path.write_text("left\nright\n\ntie\n")
    assert read_ballot(path, PAIRS) == {"001": "left", "002": "right", "003": "tie"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("001 left\n002 right\n", "no vote for 1 sheets .003"),
        ("001 left\n002 lft\n003 tie\n", 'sheet 002 has "lft"'),
        ("001 left\n001 left\n003 tie\n", "comes twice"),
        ("001 left\n002 left\n003 tie\n004 tie\n", "no sheet 004"),
        ("left\nleft\ntie\ntie\n", "comes twice"),
        (blank_ballot(PAIRS), 'sheet 001 has ""'),
    ],
)
def test_a_faulty_ballot_is_refused_in_one_sentence(tmp_path, text, said):
    path = tmp_path / "ballot.txt"
    path.write_text(text)
    with pytest.raises(TrainingError, match=said):
        read_ballot(path, PAIRS)


def test_votes_count_for_who_stood_there_and_ties_half():
    one, other = count({"v": PAIRS}, {"v": {"001": "left", "002": "right", "003": "tie"}})
    assert (one.voter, one.first, one.second, one.pairs, one.share) == ("v", "ours", "theirs", 3, pytest.approx(5 / 6))
    assert other.voter == "all" and other.share == one.share


def test_all_voters_together_count_a_subject_once():
    key = {"v": PAIRS, "w": [Pair("001", "c", "theirs", "ours"), Pair("002", "a", "theirs", "ours")]}
    key["w"].append(Pair("003", "b", "ours", "theirs"))
    ballots = {
        "v": {"001": "left", "002": "right", "003": "left"},  # ours three times
        "w": {"001": "left", "002": "right", "003": "tie"},  # theirs, ours, tie
    }
    shares = {share.voter: share for share in count(key, ballots)}
    assert (shares["v"].share, shares["w"].share) == (1, 0.5)
    assert (shares["all"].share, shares["all"].pairs) == (0.75, 3)
    assert agreement(key, ballots) == pytest.approx(1 / 3)
    assert math.isnan(agreement({"v": PAIRS}, {"v": ballots["v"]}))


def test_the_interval_is_that_of_so_many_pairs():
    low, high = wilson(0.5, 52)
    assert (high - low) / 2 == pytest.approx(0.131, abs=0.002)
    assert wilson(0.85, 52) == pytest.approx((0.729, 0.922), abs=0.003)
    assert wilson(1.0, 10)[1] == 1 and wilson(1.0, 10)[0] == pytest.approx(0.722, abs=0.001)


@pytest.fixture
def tasks(tmp_path) -> Path:
    """Two tasks over a photo of 1,000×1,500."""
    (tmp_path / "large").mkdir()
    (tmp_path / "tasks").mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (1000, 1500, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "large" / "p.png")
    listed = [
        {"task": "box", "photo": "p.png", "polygon": [[0.2, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6]]},
        {"task": "wire", "photo": "p.png", "lines": [[[0, 0.5005], [1, 0.5005]]], "width": 5},
    ]
    path = tmp_path / "tasks" / "tasks.json"
    path.write_text(json.dumps(listed))
    return path


def test_tasks_are_holes_in_parts_of_the_photo(tasks):
    box, wire = task_subjects(tasks)
    assert box.hole[201:599, 301:899].all() and box.hole.mean() == pytest.approx(0.16, abs=0.002)
    assert wire.hole.sum(0).min() == wire.hole.sum(0).max() == 5
    with pytest.raises(ValueError, match="no hole"):
        draw_task({"task": "none"}, (10, 10))


def test_a_cut_is_shrunk_unless_the_hole_would_vanish(tasks):
    box, wire = (cut(subject, 300) for subject in task_subjects(tasks))
    assert max(box.hole.shape) == 300 and 0.2 < box.hole.mean() < 0.5 and not box.large
    assert wire.hole.shape == (300, 300) and wire.hole.any(0).all() and wire.hole.sum(0).max() == 5
    whole = next(task_subjects(tasks))
    assert np.array_equal(cut(whole, 5000).hole.sum(), whole.hole.sum())  # nothing is enlarged


def test_unusable_tasks_are_one_sentence(tasks, tmp_path, capsys):
    tasks.write_text("[{}]")
    assert main(["cut", str(tasks), "--out", str(tmp_path / "o")]) == 1
    assert "give a tasks file" in capsys.readouterr().err
    with pytest.raises(TrainingError, match="no/such"):
        list(task_subjects(tmp_path / "no" / "such.json"))


def test_from_tasks_to_a_count(tasks, tmp_path, capsys):
    """Cut, filled by others, made to sheets, voted on: whoever paints darker is preferred."""
    cases, out = tmp_path / "cases", tmp_path / "out"
    assert main(["cut", str(tasks), "--side", "64", "--out", str(cases)]) == 0
    for name, value in (("dark", 0), ("light", 255)):
        (tmp_path / name).mkdir()
        for path in cases.glob("*.photo.png"):
            task = path.name.split(".")[0]
            photo, hole = np.asarray(Image.open(path)), np.asarray(Image.open(cases / f"{task}.mask.png")) > 0
            fill = np.where(hole[..., None], np.uint8(value), photo)
            Image.fromarray(fill).save(tmp_path / name / f"{task}.png")
    given = [f"--fills={name}={tmp_path / name}" for name in ("dark", "light")]
    assert main(["make", str(cases), *given, "--only", "nobody", "--out", str(out)]) == 0
    for voter in ("voter-1", "voter-2"):
        votes = []
        for sheet in ("001", "002"):
            shown = np.asarray(Image.open(out / voter / f"{sheet}.png"))[HEAD:].astype(float)
            panel = (shown.shape[1] - 2 * GAP) // 3
            left, right = shown[:, panel + GAP : 2 * panel + GAP], shown[:, 2 * (panel + GAP) :]
            votes.append(f"{sheet} {'left' if left.mean() < right.mean() else 'right'}")
        assert "dark" not in (out / voter / "ballot.txt").read_text()
        (out / voter / "ballot.txt").write_text("\n".join(votes))
    assert main(["score", str(out), "--json", str(tmp_path / "s.json")]) == 0
    assert "the same in 100%" in capsys.readouterr().out
    rows = json.loads((tmp_path / "s.json").read_text())["rows"]
    assert [row["voter"] for row in rows] == ["voter-1", "voter-2", "all"]
    assert all((row["preferred"], row["in %"], row["pairs"]) == ("dark", 100, 2) for row in rows)


def test_a_pair_needs_two_and_a_count_needs_ballots(tasks, tmp_path, capsys):
    assert main(["make", str(tasks), "--only", "Navier", "--out", str(tmp_path / "o")]) == 1
    assert "needs two contestants" in capsys.readouterr().err
    assert main(["score", str(tmp_path)]) == 1
    assert "is no key" in capsys.readouterr().err
    pytest.importorskip("patchmatch", reason="PyPatchMatch is not installed")
    assert main(["make", str(tasks), "--only", "Navier", "PyPatchMatch", "--out", str(tmp_path / "o")]) == 1
    assert "too large for PyPatchMatch" in capsys.readouterr().err
