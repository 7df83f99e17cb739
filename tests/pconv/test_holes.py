"""Masks of another size, holes painted into the photo, tables of photos and masks, and holes written down."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as samples

from pconv.images.files import Picture, read_picture, write_picture
from pconv.images.masks import read_hole
from tests.daemon.conftest import image_fault
from tests.pconv.painter import Painter, painter, run  # noqa: F401  a fixture

PHOTO = samples.chelsea()[60:124, 100:180]
HOLE = np.zeros(PHOTO.shape[:2], np.uint8)
HOLE[20:30, 30:45] = 255
MAGENTA = (255, 0, 255)


def save(path: Path, array: np.ndarray, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)
    return path


# --- masks of another size ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.5, 2, 3])
def test_a_mask_is_scaled_and_stays_black_and_white(tmp_path: Path, scale: float) -> None:
    height, width = HOLE.shape
    mask = np.asarray(Image.fromarray(HOLE).resize((int(width * scale), int(height * scale)), Image.Resampling.NEAREST))
    save(tmp_path / "m.png", mask)
    assert image_fault(read_hole, tmp_path / "m.png", HOLE.shape) == "mask_size"
    hole = read_hole(tmp_path / "m.png", HOLE.shape, resize=True)
    assert set(np.unique(hole)) == {0, 255} and np.count_nonzero(hole != HOLE) <= 50
    soft = np.where(HOLE > 0, 255, np.arange(width, dtype=np.uint8)[None]).repeat(2, axis=0).repeat(2, axis=1)
    save(tmp_path / "soft.png", soft)
    assert len(np.unique(read_hole(tmp_path / "soft.png", HOLE.shape, resize=True))) > 20


def test_one_mask_for_photos_of_mixed_sizes(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    save(tmp_path / "in/a.png", PHOTO)
    save(tmp_path / "in/b.png", PHOTO.repeat(2, axis=0).repeat(2, axis=1))
    save(tmp_path / "in/c.png", PHOTO.swapaxes(0, 1))
    mask = save(tmp_path / "m.png", HOLE)
    assert run("fill", tmp_path / "in", mask, "--jobs", 1) == 2
    assert "--resize-mask" in capsys.readouterr().err
    assert run("fill", tmp_path / "in", mask, "--resize-mask", "--jobs", 1, "-o", tmp_path / "o") == 0
    shares = [np.count_nonzero(hole) / hole.size for _, hole in Painter.asked[-3:]]
    assert max(shares) < 1.2 * min(shares)
    assert capsys.readouterr().err.count("other proportions") == 1


# --- colours -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif"])
def test_what_is_painted_is_the_hole(tmp_path: Path, name: str) -> None:
    painted = PHOTO.copy()
    painted[HOLE > 0] = MAGENTA
    painted[0, 0] = (254, 0, 255)  # a near one is not it
    save(tmp_path / name, painted, **({"lossless": True} if name.endswith("webp") else {}))
    assert run("fill", tmp_path / name, "--hole-color", "#ff00ff", "-o", tmp_path / "o.png") == 0
    assert np.array_equal(Painter.asked[0][1], HOLE)
    filled = read_picture(tmp_path / "o.png").pixels
    assert np.array_equal(filled[HOLE == 0], painted[HOLE == 0])


def test_in_a_jpeg_the_painted_colour_spreads_and_all_of_it_goes(tmp_path: Path) -> None:
    painted = PHOTO.copy()
    painted[HOLE > 0] = MAGENTA
    save(tmp_path / "a.jpg", painted, quality=85)
    assert run("fill", tmp_path / "a.jpg", "--hole-color", "ff00ff", "-o", tmp_path / "o.png") == 0
    hole = Painter.asked[0][1]
    assert (hole[HOLE > 0] == 255).all() and np.count_nonzero(hole) < 3 * np.count_nonzero(HOLE)


def test_colours_that_are_nowhere_or_everywhere_or_none(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    save(tmp_path / "a.png", PHOTO)
    assert run("fill", tmp_path / "a.png", "--hole-color", "#ff00ff", "-o", tmp_path / "o.png") == 0
    assert "nowhere #ff00ff" in capsys.readouterr().err
    assert (tmp_path / "o.png").read_bytes() == (tmp_path / "a.png").read_bytes()
    save(tmp_path / "b.png", np.full_like(PHOTO, MAGENTA))
    assert run("fill", tmp_path / "b.png", "--hole-color", "#ff00ff") == 2
    assert "all over" in capsys.readouterr().err
    for arguments in (("--hole-color", "magenta"), ("--hole-color", "#ff00ff", "--hole-from-alpha")):
        with pytest.raises(SystemExit):
            run("fill", tmp_path / "a.png", *arguments)


# --- tables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("heading", [True, False])
def test_a_table_names_photos_masks_and_results(tmp_path: Path, delimiter: str, heading: bool) -> None:
    for name in ("photos/a, one.png", "photos/b.png"):
        save(tmp_path / name, PHOTO)
    save(tmp_path / "masks/m.png", HOLE)
    rows = [["photo", "mask", "result"]] * heading
    rows += [["photos/a, one.png", "masks/m.png"], [], ["photos/b.png", "masks/m.png", "made/c.tif"]]
    quoted = [delimiter.join(f'"{cell}"' for cell in row) for row in rows]
    (tmp_path / "pairs.csv").write_text("\ufeff" + "\r\n".join(quoted) + "\r\n", encoding="utf-8")
    report = tmp_path / "r.json"
    arguments = ("fill", "--list", tmp_path / "pairs.csv", "-o", tmp_path / "o", "--report", report, "--jobs", 1)
    assert run(*arguments) == 0 and run(*arguments) == 0
    assert len(Painter.asked) == 2, "the second run skips what is done"
    for path in ("o/a, one.png", "made/c.tif"):
        assert read_picture(tmp_path / path).pixels[HOLE > 0].min() == 255
    assert json.loads(report.read_text())["summary"] == {"skipped": 2}


def test_faults_of_a_table_are_told(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    save(tmp_path / "a.png", PHOTO)
    table = tmp_path / "pairs.csv"
    assert run("fill", "--list", table) == 2
    for content, words in (
        (b"photo,mask\na.png\n", "row 2 names no mask"),
        (b",m.png\n", "row 1 names no photo"),
        (b"\xff\xfe\x00\x01", "no text in UTF-8"),
        (b"a.png,m.png\na.png,n.png\n", "rename all photos but one"),
        (b"a.png,m.png\n", "m.png does not exist"),
    ):
        table.write_bytes(content)
        assert run("fill", "--list", table) == 2
        assert words in capsys.readouterr().err
    for arguments in ((tmp_path / "a.png", "--list", table), (), ("--list", table, "--recursive")):
        with pytest.raises(SystemExit):
            run("fill", *arguments)


# --- holes written down ------------------------------------------------------------------------------------------


def test_the_hole_that_was_filled_is_written(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo = tmp_path / "in/a.png"
    photo.parent.mkdir()
    write_picture(photo, Picture(PHOTO, 255 - HOLE))
    assert run("fill", photo, "--hole-from-alpha", "--save-mask", tmp_path / "h.png", "-o", tmp_path / "o.png") == 0
    assert np.array_equal(read_hole(tmp_path / "h.png", HOLE.shape), HOLE)
    assert run("fill", tmp_path / "in", "--hole-from-alpha", "--save-mask", tmp_path / "holes") == 0
    assert np.array_equal(read_hole(tmp_path / "holes/a_mask.png", HOLE.shape), HOLE)
    assert run("fill", photo, "--hole-from-alpha", "--save-mask", photo) == 2
    assert "another file for the mask" in capsys.readouterr().err


def test_a_folders_own_holes_are_neither_masks_nor_photos_the_next_time(tmp_path: Path) -> None:
    photos = tmp_path / "in"
    for name in ("a.png", "x/b.png"):
        (photos / name).parent.mkdir(parents=True, exist_ok=True)
        write_picture(photos / name, Picture(PHOTO, 255 - HOLE))
    report = tmp_path / "r.json"
    arguments = ("fill", photos, "--recursive", "--hole-from-alpha", "--save-mask", photos / "holes", "--overwrite")
    for _ in range(2):
        assert run(*arguments, "--report", report) == 0
        assert json.loads(report.read_text())["summary"] == {"filled": 2}


def test_holes_go_into_no_folder_that_masks_are_read_from(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    save(tmp_path / "in/a.png", PHOTO)
    save(tmp_path / "masks/a.png", HOLE)
    for folder in ("in", "masks"):
        assert run("fill", tmp_path / "in", tmp_path / "masks", "--save-mask", tmp_path / folder) == 2
        assert "choose another folder" in capsys.readouterr().err


def test_nothing_is_written_over_what_another_row_reads(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for name in ("a.png", "b.png"):
        save(tmp_path / name, PHOTO)
    mask = save(tmp_path / "b_mask.png", HOLE)
    table = tmp_path / "pairs.csv"
    for rows, more in (
        ("a.png,b_mask.png,b.png\nb.png,b_mask.png", ()),
        ("a.png,a.png,made/b.png\nb.png,b_mask.png,made/c.png", ("--save-mask", tmp_path)),
    ):
        table.write_text(rows)
        assert run("fill", "--list", table, *more) == 2
        assert "is read too" in capsys.readouterr().err
    assert np.array_equal(np.asarray(Image.open(mask)), HOLE) and Painter.asked == []


def test_a_mask_that_is_cut_short_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    save(tmp_path / "a.png", PHOTO)
    whole = save(tmp_path / "m.jpg", HOLE, quality=95).read_bytes()
    for missing in (2, 20):  # its end alone; some of its last rows
        (tmp_path / "m.jpg").write_bytes(whole[:-missing])
        assert run("fill", tmp_path / "a.png", tmp_path / "m.jpg") == 2
        assert "m.jpg is damaged or incomplete" in capsys.readouterr().err
    assert Painter.asked == []
