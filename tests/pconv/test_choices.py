"""Which page is filled, what of it is hole, and which folders are gone through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage import data as samples

from pconv.files.pairing import find_jobs
from pconv.images.files import Picture, read_picture, write_picture
from pconv.images.masks import read_hole
from tests.daemon.conftest import image_fault
from tests.pconv.painter import Painter, painter, run  # noqa: F401  a fixture

PHOTO = samples.chelsea()[60:124, 100:180]
HOLE = np.zeros(PHOTO.shape[:2], np.uint8)
HOLE[20:30, 30:45] = 255


# --- the hole ----------------------------------------------------------------------------------------------------


def test_invert_keeps_what_would_be_filled(tmp_path: Path) -> None:
    Image.fromarray(255 - HOLE).save(tmp_path / "m.png")
    Image.fromarray(PHOTO).save(tmp_path / "a.png")
    assert run("fill", tmp_path / "a.png", tmp_path / "m.png", "--invert", "-o", tmp_path / "o.png") == 0
    assert np.array_equal(Painter.asked[0][1], HOLE)
    filled = read_picture(tmp_path / "o.png").pixels
    assert np.array_equal(filled[HOLE == 0], PHOTO[HOLE == 0]) and filled[HOLE > 0].min() == 255


def test_labels_are_holes_where_they_are_not_zero(tmp_path: Path) -> None:
    labels = (HOLE > 0).astype(np.uint8)
    labels[0, 0] = 7
    expected = np.where(labels > 0, 255, 0)
    Image.fromarray(labels).save(tmp_path / "a.png")
    Image.fromarray(labels.astype(np.uint16)).save(tmp_path / "deep.png")
    Image.fromarray(labels).save(tmp_path / "a.bmp")
    tifffile.imwrite(tmp_path / "a.tif", labels, photometric="minisblack", metadata=None)
    palette = Image.fromarray(labels, "P")
    palette.putpalette([200, 10, 10, *([0] * 765)])  # 0 is red and the labels are black
    palette.save(tmp_path / "voc.png")
    palette.save(tmp_path / "voc.gif")
    for name in ("a.png", "deep.png", "a.bmp", "a.tif", "voc.png", "voc.gif"):
        assert np.array_equal(read_hole(tmp_path / name, HOLE.shape, any_nonzero=True), expected), name
    Image.fromarray(HOLE).save(tmp_path / "a.jpg")
    assert image_fault(lambda: read_hole(tmp_path / "a.jpg", HOLE.shape, any_nonzero=True)) == "unsupported_image"


def test_a_mask_of_ones_is_told_how_to_be_used(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    Image.fromarray((HOLE > 0).astype(np.uint8)).save(tmp_path / "m.png")
    Image.fromarray(PHOTO).save(tmp_path / "a.png")
    assert run("fill", tmp_path / "a.png", tmp_path / "m.png") == 0
    assert "--any-nonzero" in capsys.readouterr().err


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_transparency_is_the_hole_and_becomes_opaque(tmp_path: Path, dtype: type) -> None:
    scale = np.iinfo(dtype).max // 255
    pixels, alpha = PHOTO.astype(dtype) * scale, (255 - HOLE).astype(dtype) * scale
    write_picture(tmp_path / "a.png", Picture(pixels, alpha))
    assert run("fill", tmp_path / "a.png", "--hole-from-alpha", "-o", tmp_path / "o.png") == 0
    image, hole = Painter.asked[0]
    assert np.array_equal(hole, HOLE) and np.array_equal(image, pixels)
    filled = read_picture(tmp_path / "o.png")
    assert filled.alpha is None and np.array_equal(filled.pixels[HOLE == 0], pixels[HOLE == 0])
    assert filled.pixels[HOLE > 0].min() == np.iinfo(dtype).max


def test_a_cutout_may_become_a_jpeg_and_a_clear_one_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    write_picture(tmp_path / "a.png", Picture(PHOTO, 255 - HOLE))
    assert run("fill", tmp_path / "a.png", "--hole-from-alpha", "-o", tmp_path / "o.jpg") == 0
    write_picture(tmp_path / "clear.png", Picture(PHOTO, HOLE * 0))
    assert run("fill", tmp_path / "clear.png", "--hole-from-alpha") == 2
    assert "fully transparent" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("fill", tmp_path / "a.png", tmp_path / "a.png", "--hole-from-alpha")


# --- pages -------------------------------------------------------------------------------------------------------


def test_a_page_is_chosen(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    pages = [PHOTO, PHOTO[::-1], PHOTO[:, ::-1]]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for page in pages:
            file.write(page, photometric="rgb", metadata=None)
            file.write(page[::4, ::4], photometric="rgb", subfiletype=1, metadata=None)
    Image.fromarray(HOLE).save(tmp_path / "m.png")
    images = [Image.fromarray(page) for page in pages]
    images[0].save(tmp_path / "a.webp", save_all=True, append_images=images[1:], lossless=True)
    for name, word in (("a.tif", "page"), ("a.webp", "frame")):
        assert run("fill", tmp_path / name, tmp_path / "m.png") == 2
        told = capsys.readouterr().err
        assert f"3 {word}s" in told and "--page N" in told
        for number, page in enumerate(pages, 1):
            Painter.asked.clear()
            assert run("fill", tmp_path / name, tmp_path / "m.png", "--page", number, "-o", tmp_path / "o.png") == 0
            assert np.array_equal(Painter.asked[0][0], page)
            assert f"the other {word}s" in capsys.readouterr().err
        assert run("fill", tmp_path / name, tmp_path / "m.png", "--page", 4) == 2
        assert "none of number 4" in capsys.readouterr().err


# --- folders below -----------------------------------------------------------------------------------------------


def test_folders_below_are_filled_and_laid_out_alike(tmp_path: Path) -> None:
    for folder in ("in", "in/x/y", "in/.hidden", "masks", "masks/x/y"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    for name in ("in/a.png", "in/x/y/b.png", "in/.hidden/c.png"):
        Image.fromarray(PHOTO).save(tmp_path / name)
    for name in ("masks/a.png", "masks/x/y/b_mask.png"):
        Image.fromarray(HOLE).save(tmp_path / name)
    for _ in range(2):  # the results of the first run are in the folder at the second
        assert run("fill", tmp_path / "in", tmp_path / "masks", "--recursive", "--jobs", 1) == 0
        results = sorted(str(p.relative_to(tmp_path / "in/filled")) for p in (tmp_path / "in/filled").rglob("*.png"))
        assert results == ["a.png", "x/y/b.png"] and len(Painter.asked) == 2
    jobs, left_out = find_jobs(tmp_path / "in", None, tmp_path / "in/filled", recursive=True)
    assert not jobs and [Path(one.image).name for one in left_out] == ["a.png", "b.png"]
    jobs, _ = find_jobs(tmp_path / "in", tmp_path / "masks/a.png", tmp_path / "in/filled", recursive=True)
    assert [job.output for job in jobs] == [tmp_path / "in/filled/a.png", tmp_path / "in/filled/x/y/b.png"]


def test_a_folder_of_cutouts(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png"):
        write_picture(tmp_path / "in" / name, Picture(PHOTO, 255 - HOLE))
    report = tmp_path / "r.json"
    assert run("fill", tmp_path / "in", "--hole-from-alpha", "-o", tmp_path / "o", "--report", report) == 0
    assert len(Painter.asked) == 2 and '"filled": 2' in report.read_text()
