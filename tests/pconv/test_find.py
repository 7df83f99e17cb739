"""Scratches and dust that are found: in pictures of every depth, of one kind or both, beside masks, in folders."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data as samples

import pconv
from pconv.images.files import Picture, write_picture
from pconv.images.masks import read_hole
from tests.daemon.conftest import image_fault
from tests.pconv.painter import Painter, painter, run  # noqa: F401  a fixture

SIDE = 400
MASK = np.zeros((SIDE, SIDE), np.uint8)
MASK[300:320, 30:60] = 255


def _calm() -> np.ndarray:
    """A soft picture with some grain."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    shade = 90 + 60 * x + 30 * np.sin(5 * y) + np.random.default_rng(1).normal(0, 1.5, (SIDE, SIDE))
    return np.stack([shade, shade * 0.9, shade * 0.8], axis=2).clip(0, 255).astype(np.uint8)


def _drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A damaged picture, and (H, W) bool: its scratch and hair, and its specks."""
    picture = _calm()
    lines, specks = np.zeros((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    cv2.line(lines, (60, 20), (90, 380), 255, 3, cv2.LINE_AA)
    cv2.polylines(lines, [np.array([[200, 60], [230, 80], [250, 120], [245, 160]])], False, 255, 2, cv2.LINE_AA)
    for x, y, radius in ((150, 200, 3), (310, 90, 4), (350, 330, 3), (200, 300, 2), (290, 220, 5)):
        cv2.circle(specks, (x, y), radius, 255, -1, cv2.LINE_AA)
    for cover, tone in ((lines, 250), (specks, 12)):
        share = cv2.GaussianBlur(cover, (0, 0), 0.6)[..., None] / 255
        picture = np.rint(picture * (1 - share) + tone * share).astype(np.uint8)
    return picture, lines > 127, specks > 127


DAMAGED, LINES, SPECKS = _drawn()


def _share(found: np.ndarray, where: np.ndarray) -> float:
    return float(np.count_nonzero(found[where])) / np.count_nonzero(where)


def _save(path: Path, array: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)
    return path


# --- the finder --------------------------------------------------------------------------------------------------


def test_lines_and_specks_are_found_and_little_else() -> None:
    found = pconv.find_damage(DAMAGED)
    assert found.shape == (SIDE, SIDE) and found.dtype == np.uint8 and set(np.unique(found)) == {0, 255}
    damaged = LINES | SPECKS
    assert _share(found, LINES) > 0.9 and _share(found, SPECKS) > 0.9
    assert _share(found, cv2.dilate(damaged.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0) < 0.002


def test_each_kind_alone() -> None:
    scratches, dust = (pconv.find_damage(DAMAGED, [kind]) for kind in ("scratches", "dust"))
    assert _share(scratches, LINES) > 0.9 and _share(scratches, SPECKS) == 0
    assert _share(dust, SPECKS) > 0.9 and _share(dust, LINES) == 0
    assert np.array_equal(scratches | dust, pconv.find_damage(DAMAGED))


def test_a_stain_is_found_whole() -> None:
    picture, stain = _calm(), np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(stain, (200, 180), (15, 11), 20, 0, 360, 255, -1, cv2.LINE_AA)
    share = cv2.GaussianBlur(stain, (0, 0), 0.6)[..., None] / 255 * 0.8
    found = pconv.find_damage(np.rint(picture * (1 - share) + (70, 45, 20) * share).astype(np.uint8), ["dust"])
    assert _share(found, stain > 127) > 0.95 and np.count_nonzero(found) < 2 * np.count_nonzero(stain)


@pytest.mark.parametrize("name", ["camera", "astronaut", "coffee"])
def test_photos_without_damage_stay_nearly_unmarked(name: str) -> None:
    photo = getattr(samples, name)()
    assert np.count_nonzero(pconv.find_damage(photo)) < 0.02 * photo.shape[0] * photo.shape[1]


def test_the_more_sensitive_the_more_is_found() -> None:
    photo = samples.camera()
    calm, usual, keen = (pconv.find_damage(photo, sensitivity=value) > 0 for value in (0, 0.5, 1))
    assert calm.sum() < usual.sum() < keen.sum() and not (calm & ~usual).any() and not (usual & ~keen).any()


def test_it_is_the_same_in_every_depth() -> None:
    wanted = pconv.find_damage(DAMAGED)
    assert np.array_equal(pconv.find_damage(DAMAGED.astype(np.uint16) * 257), wanted)
    assert np.array_equal(pconv.find_damage(DAMAGED.astype(np.float32) / 255), wanted)
    gray = DAMAGED[..., 0]
    of_gray = pconv.find_damage(gray)
    assert _share(of_gray, LINES | SPECKS) > 0.9
    assert np.array_equal(pconv.find_damage(gray[..., None]), of_gray)


def test_a_scratch_is_found_across_a_picture_larger_than_what_is_looked_at_at_once() -> None:
    picture = np.tile(_calm(), (2, 3, 1))
    picture[:, [0, -1]] = picture[[0, -1]] = 100
    line = np.zeros(picture.shape[:2], np.uint8)
    cv2.line(line, (20, 30), (1180, 770), 255, 3, cv2.LINE_AA)
    share = cv2.GaussianBlur(line, (0, 0), 0.6)[..., None] / 255
    found = pconv.find_damage(np.rint(picture * (1 - share) + 250 * share).astype(np.uint8), ["scratches"])
    assert _share(found, line > 127) > 0.95


def test_pictures_of_a_few_pixels_and_of_one_tone_have_no_damage() -> None:
    for shape in ((1, 1, 3), (1, 40), (7, 3, 1), (130, 90, 3)):
        found = pconv.find_damage(np.full(shape, 77, np.uint8))
        assert found.shape == shape[:2] and not found.any()


def test_what_cannot_be_looked_at_is_refused() -> None:
    for arguments, code in (
        ((DAMAGED, ["stains"]), "bad_kind"),
        ((DAMAGED, []), "bad_kind"),
        ((DAMAGED, ["dust"], 1.5), "bad_sensitivity"),
        ((DAMAGED.astype(np.int32),), "bad_image"),
        ((np.dstack([DAMAGED, DAMAGED]),), "bad_image"),
    ):
        with pytest.raises(pconv.PconvError) as caught:
            pconv.find_damage(*arguments)
        assert caught.value.code == code and caught.value.kind == "input"


# --- the command -------------------------------------------------------------------------------------------------


def test_what_is_found_is_filled_and_written_down(tmp_path: Path) -> None:
    photo = _save(tmp_path / "a.png", DAMAGED)
    arguments = ("--find", "scratches,dust", "--save-mask", tmp_path / "m.png", "-o", tmp_path / "o.png")
    assert run("fill", photo, *arguments) == 0
    ((_, hole),) = Painter.asked
    assert np.array_equal(hole, pconv.find_damage(DAMAGED))
    assert np.array_equal(read_hole(tmp_path / "m.png", hole.shape), hole)
    assert run("fill", "--find", "dust", "--find", "scratches", photo, "-o", tmp_path / "p.png") == 0
    assert np.array_equal(Painter.asked[1][1], hole)


def test_it_is_added_to_a_mask_a_colour_and_transparency(tmp_path: Path) -> None:
    mask, found = _save(tmp_path / "m.png", MASK), pconv.find_damage(DAMAGED, ["dust"])
    assert run("fill", _save(tmp_path / "a.png", DAMAGED), mask, "--find", "dust", "-o", tmp_path / "o.png") == 0
    assert np.array_equal(Painter.asked[0][1], MASK | found)
    _save(tmp_path / "inverted.png", 255 - MASK)
    arguments = ("--invert", "--find", "dust", "-o", tmp_path / "o.png")
    assert run("fill", tmp_path / "a.png", tmp_path / "inverted.png", *arguments) == 0
    assert np.array_equal(Painter.asked[1][1], MASK | found)
    painted = DAMAGED.copy()
    painted[MASK > 0] = (255, 0, 255)
    arguments = ("--hole-color", "#ff00ff", "--find", "dust", "-o", tmp_path / "o.png")
    assert run("fill", _save(tmp_path / "c.png", painted), *arguments) == 0
    write_picture(tmp_path / "t.png", Picture(DAMAGED, 255 - MASK))
    assert run("fill", tmp_path / "t.png", "--hole-from-alpha", "--find", "dust", "-o", tmp_path / "o.png") == 0
    for _, hole in Painter.asked[2:]:
        assert (hole[MASK > 0] == 255).all() and _share(hole, SPECKS) > 0.9


def test_nothing_is_found_where_a_picture_is_transparent(tmp_path: Path) -> None:
    shown = np.full((SIDE, SIDE), 255, np.uint8)
    shown[:, 180:] = 0
    write_picture(tmp_path / "a.png", Picture(DAMAGED, shown))
    assert run("fill", tmp_path / "a.png", "--find", "dust", "-o", tmp_path / "o.png") == 0
    ((_, hole),) = Painter.asked
    assert hole[:, :180].any() and not hole[:, 180:].any()


def test_a_clean_photo_is_written_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo = _save(tmp_path / "a.png", _calm())
    assert run("fill", photo, "--find", "scratches,dust", "-o", tmp_path / "o.png") == 0
    assert "no scratches or dust found" in capsys.readouterr().err
    assert (tmp_path / "o.png").read_bytes() == photo.read_bytes() and Painter.asked == []


def test_an_empty_mask_says_nothing_where_damage_is_found(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    mask = _save(tmp_path / "m.png", np.zeros_like(MASK))
    assert run("fill", _save(tmp_path / "a.png", DAMAGED), mask, "--find", "dust", "-o", tmp_path / "o.png") == 0
    assert "nothing to fill" not in capsys.readouterr().err and len(Painter.asked) == 1


def test_a_folder_of_scans_is_cleaned_and_masks_are_added_where_there_are_some(tmp_path: Path) -> None:
    photos, found = tmp_path / "in", pconv.find_damage(DAMAGED)
    for name in ("a.png", "x/b.png"):
        _save(photos / name, DAMAGED)
    _save(photos / "a_mask.png", MASK)
    arguments = ("--recursive", "--find", "scratches,dust", "--save-mask", tmp_path / "holes", "-o", tmp_path / "o")
    assert run("fill", photos, *arguments, "--report", tmp_path / "r.json") == 0
    assert json.loads((tmp_path / "r.json").read_text())["summary"] == {"filled": 2}
    assert np.array_equal(read_hole(tmp_path / "holes/a_mask.png", MASK.shape), MASK | found)
    assert np.array_equal(read_hole(tmp_path / "holes/x/b_mask.png", MASK.shape), found)
    assert (tmp_path / "o/x/b.png").exists()


def test_every_page_has_its_own_damage(tmp_path: Path) -> None:
    pages = [Image.fromarray(page) for page in (DAMAGED, _calm(), DAMAGED[::-1].copy())]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    arguments = ("--all-pages", "--find", "dust", "--save-mask", tmp_path / "m.tif", "-o", tmp_path / "o.tif")
    assert run("fill", tmp_path / "a.tif", *arguments) == 0
    holes = [read_hole(tmp_path / "m.tif", MASK.shape, page=page) for page in (1, 2, 3)]
    assert np.array_equal(holes[0], pconv.find_damage(DAMAGED, ["dust"])) and not holes[1].any()
    assert _share(holes[2], SPECKS[::-1]) > 0.9 and [hole.any() for _, hole in Painter.asked] == [True, False, True]


def test_a_table_needs_no_masks(tmp_path: Path) -> None:
    _save(tmp_path / "a.png", DAMAGED)
    _save(tmp_path / "m.png", MASK)
    (tmp_path / "pairs.csv").write_text("photo,mask,result\na.png\na.png,m.png,b.png\n")
    assert run("fill", "--list", tmp_path / "pairs.csv", "--find", "dust", "--jobs", 1, "-o", tmp_path / "o") == 0
    first, second = (hole for _, hole in Painter.asked)
    assert np.array_equal(second, first | MASK)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--find", "stains"), "choose scratches, dust or both"),
        (("--find", "dust,"), "choose scratches, dust or both"),
        (("--find", "dust", "--invert"), "name one after the photo"),
        (("--find", "dust", "--sensitivity", "2"), "must be 0..1"),
        ((), "or --find"),
    ],
)
def test_what_does_not_go_together_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture, arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(SystemExit):
        run("fill", _save(tmp_path / "a.png", DAMAGED), *arguments)
    assert words in capsys.readouterr().err


def test_found_holes_go_into_no_folder_that_masks_are_read_from(tmp_path: Path) -> None:
    from pconv.files.pairing import find_jobs

    _save(tmp_path / "in/a.png", DAMAGED)
    options = {"holes": tmp_path / "in", "needs_mask": False}
    assert image_fault(lambda: find_jobs(tmp_path / "in", None, tmp_path / "o", **options)) == "same_folder"
