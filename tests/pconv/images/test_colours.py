"""CMYK and Lab pictures are read as sRGB, through their profile where there is one, and it is said once."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage.color import lab2rgb

from pconv.images.files import read_picture, write_picture
from pconv.images.masks import read_hole

INKS = np.zeros((16, 24, 4), np.uint8)
INKS[:, 6:12, 0] = 255  # paper, then cyan, then black, then cyan and magenta
INKS[:, 12:18, 3] = 255
INKS[:, 18:, :2] = 255


def cmyk_profile() -> bytes:
    """A press whose cyan is a dull green: nothing that a plain formula would guess."""
    grid = np.zeros((2, 2, 2, 2, 3), np.uint8)
    grid[...] = (0, 128, 128)
    grid[0, 0, 0, 0] = (255, 128, 128)  # L 100, a 0, b 0
    grid[1, 0, 0, 0] = (128, 108, 148)  # L 50.2, a -20, b 20
    steps = bytes(range(256))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table += steps * 4 + grid.tobytes() + steps * 3
    words = b"desc" + bytes(4) + struct.pack(">I", 2) + b"p\x00" + bytes(78)
    words += bytes(-len(words) % 4)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags, at, body = b"", 128 + 4 + 36, b""
    for name, content in ((b"desc", words), (b"wtpt", white), (b"A2B0", table)):
        content += bytes(-len(content) % 4)
        tags += name + struct.pack(">II", at + len(body), len(content))
        body += content
    header = bytearray(128)
    header[0:4], header[8:12], header[12:24] = struct.pack(">I", at + len(body)), b"\x02\x40\x00\x00", b"prtrCMYKLab "
    header[36:40], header[68:80] = b"acsp", struct.pack(">3i", 63190, 65536, 54061)
    return bytes(header) + struct.pack(">I", 3) + tags + body


def save(path: Path, icc: bytes | None, deep: bool = False) -> None:
    if path.suffix == ".tif":
        array = INKS.astype(np.uint16) * 257 if deep else INKS
        tags = [(34675, "B", len(icc), icc, True)] if icc else []
        tifffile.imwrite(path, array, photometric="separated", metadata=None, extratags=tags)
    else:
        Image.fromarray(INKS, "CMYK").save(path, quality=100, subsampling=0, **({"icc_profile": icc} if icc else {}))


@pytest.mark.parametrize(("name", "deep"), [("in.jpg", False), ("in.tif", False), ("in.tif", True)])
def test_cmyk_goes_through_its_profile(tmp_path: Path, name: str, deep: bool) -> None:
    save(tmp_path / name, cmyk_profile(), deep)
    picture = read_picture(tmp_path / name)
    assert picture.pixels.dtype == np.uint8 and picture.pixels.shape == (16, 24, 3)
    expected = lab2rgb(np.array([[[50.2, -20.0, 20.0]]]))[0, 0] * 255
    assert np.abs(picture.pixels[8, 9].astype(float) - expected).max() < 5
    assert picture.pixels[8, 3].min() > 250 and picture.pixels[8, 15].max() < 5
    for target in ("out.jpg", "out.tif", "out.png"):
        told = write_picture(tmp_path / target, picture)
        assert told.count("CMYK colours became sRGB by their profile") == 1
        with Image.open(tmp_path / target) as out:
            assert out.mode == "RGB" and out.info["icc_profile"][16:20] == b"RGB "
        again = read_picture(tmp_path / target)
        assert np.abs(again.pixels.astype(int) - picture.pixels).max() <= (30 if target == "out.jpg" else 0)
        assert "CMYK" not in write_picture(tmp_path / "again.png", again)


@pytest.mark.parametrize("name", ["in.jpg", "in.tif"])
@pytest.mark.parametrize("icc", [None, b"no profile" * 20])
def test_cmyk_without_a_usable_profile_is_told(tmp_path: Path, name: str, icc: bytes | None) -> None:
    save(tmp_path / name, icc)
    picture = read_picture(tmp_path / name)
    assert picture.pixels[8, 9, 0] < 5 and picture.pixels[8, 9, 1:].min() > 250
    assert "plain formula" in write_picture(tmp_path / "out.png", picture)


def test_lab_becomes_srgb(tmp_path: Path) -> None:
    lab = np.zeros((8, 8, 3), np.uint8)
    lab[...] = (140, 30, 226)  # L 54.9, a 30, b -30 (as a TIFF stores it)
    tifffile.imwrite(tmp_path / "in.tif", lab, photometric="cielab", metadata=None)
    picture = read_picture(tmp_path / "in.tif")
    expected = lab2rgb(np.array([[[140 / 2.55, 30.0, -30.0]]]))[0, 0] * 255
    assert np.abs(picture.pixels[4, 4].astype(float) - expected).max() < 8  # scikit-image adapts the white otherwise
    assert "Lab colours became sRGB" in write_picture(tmp_path / "out.tif", picture)


def test_a_turned_cmyk_photo_and_a_cmyk_mask(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[274] = 6
    Image.fromarray(INKS, "CMYK").save(tmp_path / "in.jpg", exif=turned.tobytes(), quality=100, subsampling=0)
    assert read_picture(tmp_path / "in.jpg").pixels.shape == (24, 16, 3)
    save(tmp_path / "mask.tif", None)
    hole = read_hole(tmp_path / "mask.tif", (16, 24))
    assert hole[8, 3] == 255 and hole[8, 15] == 0
