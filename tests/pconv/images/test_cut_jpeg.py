"""JPEGs that lack their end, or their last rows, are read with a word, unless --strict is said."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as samples

from pconv.images.files import read_picture
from tests.daemon.conftest import image_fault
from tests.pconv.painter import painter, run  # noqa: F401  a fixture

PHOTO = np.ascontiguousarray(samples.astronaut()[:400, :300])


def jpeg(**options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PHOTO).save(buffer, "JPEG", quality=85, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 2}, {"subsampling": 0}])
def test_a_file_without_its_end_loses_no_pixel(tmp_path: Path, options: dict) -> None:
    whole = jpeg(**options)
    (tmp_path / "a.jpg").write_bytes(whole)
    for cut in (whole[:-2], whole[:-1]):
        (tmp_path / "cut.jpg").write_bytes(cut)
        picture = read_picture(tmp_path / "cut.jpg")
        assert np.array_equal(picture.pixels, read_picture(tmp_path / "a.jpg").pixels)
        assert picture.extras.damage == "the photo's file ends too early"
        assert image_fault(lambda path: read_picture(path, strict=True), tmp_path / "cut.jpg") == "damaged_image"
    assert not read_picture(tmp_path / "a.jpg").extras.damage


@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 2}])
def test_the_last_rows_may_be_missing_and_are_counted(tmp_path: Path, options: dict) -> None:
    whole = jpeg(**options)
    (tmp_path / "a.jpg").write_bytes(whole)
    (tmp_path / "cut.jpg").write_bytes(whole[: int(len(whole) * 0.96)])
    cut, expected = read_picture(tmp_path / "cut.jpg"), read_picture(tmp_path / "a.jpg").pixels
    differ = np.flatnonzero((cut.pixels != expected).any(axis=(1, 2)))
    missing = int(cut.extras.damage.split("the last ")[1].split()[0])
    assert 0 < missing < 50 and len(PHOTO) - missing <= differ[0] < len(PHOTO) - missing + 17


@pytest.mark.parametrize(("options", "share"), [({}, 0.5), ({}, 0.02), ({"progressive": True}, 0.5)])
def test_where_more_is_missing_the_file_is_refused(tmp_path: Path, options: dict, share: float) -> None:
    whole = jpeg(**options)
    (tmp_path / "cut.jpg").write_bytes(whole[: int(len(whole) * share)])
    assert image_fault(read_picture, tmp_path / "cut.jpg") == "damaged_image"


def test_the_command_says_it_or_refuses(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg()[:-300])
    Image.fromarray(np.eye(400, 300, dtype=np.uint8) * 255).save(tmp_path / "m.png")
    assert run("fill", tmp_path / "a.jpg", tmp_path / "m.png", "-o", tmp_path / "o.png") == 0
    assert "ends too early; the last" in capsys.readouterr().err
    assert run("fill", tmp_path / "a.jpg", tmp_path / "m.png", "--strict") == 2
    assert "damaged or incomplete" in capsys.readouterr().err
