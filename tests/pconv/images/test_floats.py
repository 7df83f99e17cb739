"""Floating-point TIFFs are read and written bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from pconv.images.files import read_picture, write_picture
from pconv.images.masks import read_hole
from tests.daemon.conftest import image_fault
from tests.pconv.painter import Painter, painter, run  # noqa: F401  a fixture

RNG = np.random.default_rng(8)
HOLE = np.zeros((40, 50), np.uint8)
HOLE[10:20, 30:40] = 255
LAYOUTS = {
    "plain": {},
    "predictor": {"compression": "zlib", "predictor": True, "rowsperstrip": 7},
    "lzw tiles": {"compression": "lzw", "predictor": True, "tile": (16, 16)},
    "big endian": {"byteorder": ">", "compression": "zlib"},
}


def light(channels: int) -> np.ndarray:
    """Scene-referred: from below black to a lamp."""
    values = RNG.normal(0.2, 0.2, (40, 50, channels)).astype(np.float32)
    values[:3, :3] = 1e4
    return values


def save(path: Path, values: np.ndarray, **layout: object) -> None:
    channels = values.shape[2]
    kind = "rgb" if channels > 2 else "minisblack"
    extra = {"extrasamples": [2]} if channels in {2, 4} else {}
    tifffile.imwrite(
        path, values if channels > 1 else values[..., 0], photometric=kind, metadata=None, **extra, **layout
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_floats_come_through_bit_for_bit(tmp_path: Path, channels: int, layout: str) -> None:
    values = light(channels)
    save(tmp_path / "a.tif", values, **LAYOUTS[layout])
    Image.fromarray(HOLE).save(tmp_path / "m.png")
    assert run("fill", tmp_path / "a.tif", tmp_path / "m.png", "-o", tmp_path / "o.tif") == 0
    assert np.array_equal(Painter.asked[0][0].reshape(values.shape).view(np.uint32), values.view(np.uint32))
    filled = tifffile.imread(tmp_path / "o.tif").reshape(values.shape)
    assert np.array_equal(filled[HOLE == 0].view(np.uint32), values[HOLE == 0].view(np.uint32))
    colours = channels - 1 + channels % 2
    assert (filled[HOLE > 0][:, :colours] == 1).all()
    assert np.array_equal(filled[..., colours:], values[..., colours:]), "alpha passes through"


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_floats_of_other_bits_become_32(tmp_path: Path, dtype: type) -> None:
    values = light(3).astype(dtype)
    save(tmp_path / "a.tif", values)
    told = write_picture(tmp_path / "o.tif", read_picture(tmp_path / "a.tif"))
    assert np.array_equal(tifffile.imread(tmp_path / "o.tif"), values.astype(np.float32))
    assert ("64-bit" in told) == (dtype == np.float64)


def test_other_formats_refuse_floats_before_the_fill(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    save(tmp_path / "a.tif", light(3))
    Image.fromarray(HOLE).save(tmp_path / "m.png")
    for name in ("o.png", "o.jpg", "o.webp", "o.heic"):
        assert run("fill", tmp_path / "a.tif", tmp_path / "m.png", "-o", tmp_path / name) == 2
        assert "save it as TIFF" in capsys.readouterr().err
    assert not Painter.asked


def test_a_mask_may_be_of_floats(tmp_path: Path) -> None:
    save(tmp_path / "m.tif", (HOLE > 0).astype(np.float32)[..., None])
    assert np.array_equal(read_hole(tmp_path / "m.tif", HOLE.shape), HOLE)


def test_whole_numbers_of_32_bits_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.ones((9, 9), np.uint32), photometric="minisblack", metadata=None)
    assert image_fault(read_picture, tmp_path / "a.tif") == "unsupported_image"
