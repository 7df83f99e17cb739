"""`--forbid MASK`: what of a photo texture is not taken from."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.pconv.painter import Painter, painter, run  # noqa: F401  a fixture

SHAPE = (64, 80)
HOLE, FORBID = np.zeros((2, *SHAPE), np.uint8)
HOLE[20:30, 30:45] = 255
FORBID[:, 60:] = 255
FORBID[:, 59] = 128


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Image.fromarray(np.zeros((*SHAPE, 3), np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(HOLE).save(tmp_path / "a_mask.png")
    Image.fromarray(FORBID).save(tmp_path / "no.png")
    return tmp_path


def test_it_is_read_as_masks_are(folder: Path) -> None:
    photo, mask = folder / "a.png", folder / "a_mask.png"
    Image.fromarray(FORBID).resize((40, 32)).save(folder / "half.png")
    Image.fromarray(FORBID).save(folder / "no.jpg")
    assert run("fill", photo, mask) == 0 and Painter.forbid is None
    assert run("fill", photo, mask, "--forbid", folder / "no.png", "--invert") == 0
    assert np.array_equal(Painter.forbid, FORBID)
    assert run("fill", photo, mask, "--forbid", folder / "no.jpg") == 0
    assert np.array_equal(Painter.forbid > 0, FORBID > 0)
    assert run("fill", photo, "--hole-color", "000001", "--forbid", folder / "half.png", "--resize-mask") == 0
    assert run("fill", photo, mask, "--forbid", folder / "half.png", "--resize-mask") == 0
    assert Painter.forbid.shape == SHAPE and abs(int((Painter.forbid > 0).sum()) - int((FORBID > 0).sum())) <= 128


def test_one_that_does_not_fit_is_refused_before_anything_is_written(
    folder: Path, capsys: pytest.CaptureFixture
) -> None:
    Image.fromarray(FORBID[:, 1:]).save(folder / "small.png")
    for name, words in (("small.png", "--resize-mask"), ("gone.png", "gone.png")):
        assert run("fill", folder / "a.png", folder / "a_mask.png", "--forbid", folder / name) == 2
        assert words in capsys.readouterr().err
    place = folder / "no.png"
    before = place.read_bytes()
    assert run("fill", folder / "a.png", folder / "a_mask.png", "--forbid", place, "-o", place) == 2
    assert "is the mask" in capsys.readouterr().err and place.read_bytes() == before
    assert not Painter.asked and not list(folder.glob("*_filled*"))


def test_in_a_folder_it_is_one_for_all_and_no_photo(folder: Path, capsys: pytest.CaptureFixture) -> None:
    Image.fromarray(np.ones((*SHAPE, 3), np.uint8)).save(folder / "b.png")
    Image.fromarray(HOLE).save(folder / "b_mask.png")
    asked = ("fill", folder, "--forbid", folder / "no.png", "--jobs", 1)
    assert run(*asked) == 0
    told = capsys.readouterr()
    assert "2 filled" in told.out and "left out" not in told.err
    assert len(Painter.asked) == 2 and np.array_equal(Painter.forbid, FORBID)
    assert run(*asked) == 0 and "2 skipped" in capsys.readouterr().out
    later = (folder / "filled" / "a.png").stat().st_mtime + 5
    os.utime(folder / "no.png", (later, later))
    assert run(*asked) == 0 and "2 filled" in capsys.readouterr().out, "what is forbidden has changed"
    mask = folder / "a_mask.png"
    assert run("fill", folder, mask, "-o", folder / "one", "--forbid", folder / "no.png", "--jobs", 1) == 0
    assert not (folder / "one" / "no.png").exists()


def test_every_page_has_it(folder: Path) -> None:
    with tifffile.TiffWriter(folder / "scan.tif") as scan:
        for shade in (10, 20):
            scan.write(np.full((*SHAPE, 3), shade, np.uint8), photometric="rgb", metadata=None)
    seen: list[np.ndarray] = []
    real = Painter.fill_variants

    def noted(self: Painter, *asked: object, forbid: np.ndarray, **more: object) -> list[np.ndarray]:
        seen.append(forbid)
        return real(self, *asked, forbid=forbid, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Painter, "fill_variants", noted)
        asked = ("fill", folder / "scan.tif", folder / "a_mask.png", "--all-pages", "--forbid", folder / "no.png")
        assert run(*asked) == 0
    assert len(seen) == 2 and all(np.array_equal(forbid, FORBID) for forbid in seen)
