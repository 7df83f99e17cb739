"""TIFF files of every layout are read right, and what they hold beside colours goes with them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from pconv.images.files import read_picture, write_picture
from tests.daemon.conftest import image_fault

RNG = np.random.default_rng(5)
LAYOUTS = {
    "strips": {"rowsperstrip": 7},
    "tiles": {"tile": (16, 32)},
    "lzw": {"compression": "lzw", "predictor": True, "rowsperstrip": 9},
    "zip tiles": {"compression": "zlib", "tile": (16, 16)},
    "big endian": {"byteorder": ">", "compression": "lzw"},
    "BigTIFF": {"bigtiff": True, "compression": "zlib", "predictor": True},
}


def write_tiff(path: Path, samples: np.ndarray, kinds: list[int], apart: bool = False, **layout: object) -> None:
    """(H, W, S) samples, those beyond the colours of the given kinds (TIFF's ExtraSamples)."""
    colours = samples.shape[2] - len(kinds)
    array = np.moveaxis(samples, 2, 0) if apart else samples
    planar = {"planarconfig": "separate" if apart else "contig"} if samples.shape[2] > 1 else {}
    photometric = "rgb" if colours == 3 else "minisblack"
    array = array if samples.shape[2] > 1 else samples[..., 0]
    tifffile.imwrite(path, array, photometric=photometric, extrasamples=kinds, metadata=None, **planar, **layout)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("channels", "kinds"), [(1, []), (2, [2]), (3, []), (4, [2]), (4, [1])])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_layout_is_read_and_kept(
    tmp_path: Path, dtype: type, channels: int, kinds: list[int], layout: str, apart: bool
) -> None:
    samples = RNG.integers(0, np.iinfo(dtype).max + 1, (40, 50, channels), dtype=dtype)
    write_tiff(tmp_path / "in.tif", samples, kinds, apart, **LAYOUTS[layout])
    picture = read_picture(tmp_path / "in.tif")
    colours = channels - len(kinds)
    assert picture.pixels.dtype == dtype and np.array_equal(picture.pixels, samples[..., :colours])
    assert (picture.alpha is None) == (not kinds)
    assert not kinds or np.array_equal(picture.alpha, samples[..., colours])
    write_picture(tmp_path / "out.tif", picture)
    with tifffile.TiffFile(tmp_path / "out.tif") as out:
        assert np.array_equal(out.asarray().reshape(samples.shape), samples)
        assert list(out.pages[0].extrasamples) == kinds
    again = read_picture(tmp_path / "out.tif")
    assert np.array_equal(again.pixels, picture.pixels)


def test_a_picture_with_planes_apart_keeps_its_tags_and_its_turn(tmp_path: Path) -> None:
    samples = RNG.integers(0, 65536, (40, 50, 3), dtype=np.uint16)
    tags = [(274, "H", 1, 6, True), (271, "s", 4, "Cam", True), (34675, "B", 6, b"a\x00b\x00cd", True)]
    write_tiff(tmp_path / "in.tif", samples, [], True, bigtiff=True, extratags=tags)
    picture = read_picture(tmp_path / "in.tif")
    assert np.array_equal(picture.pixels, np.rot90(samples, -1))
    write_picture(tmp_path / "out.tif", picture)
    with tifffile.TiffFile(tmp_path / "out.tif") as out:
        assert np.array_equal(out.asarray(), samples)
        tags = out.pages[0].tags
        assert (tags[274].value, tags[271].value, bytes(tags[34675].value)) == (6, "Cam", b"a\x00b\x00cd")


def test_multiplied_colours_are_divided_for_formats_that_want_them_plain(tmp_path: Path) -> None:
    samples = np.zeros((4, 4, 4), np.uint16)
    samples[:] = (10000, 20000, 30000, 32768)
    samples[0, 0] = 0
    write_tiff(tmp_path / "in.tif", samples, [1])
    write_picture(tmp_path / "out.png", read_picture(tmp_path / "in.tif"))
    plain = read_picture(tmp_path / "out.png")
    assert plain.pixels[1, 1].tolist() == [20000, 39999, 59999] and plain.alpha[1, 1] == 32768
    assert plain.pixels[0, 0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("cut", [0.3, 0.9])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_cut_file_is_told(tmp_path: Path, layout: str, cut: float) -> None:
    write_tiff(tmp_path / "in.tif", RNG.integers(0, 65536, (40, 50, 3), dtype=np.uint16), [], True, **LAYOUTS[layout])
    whole = (tmp_path / "in.tif").read_bytes()
    (tmp_path / "in.tif").write_bytes(whole[: int(len(whole) * cut)])
    assert image_fault(read_picture, tmp_path / "in.tif") == "damaged_image"


def test_palettes_bits_and_jpegs_inside_are_read(tmp_path: Path) -> None:
    ramp = np.sort(RNG.integers(0, 256, (40, 50, 3), dtype=np.uint8), axis=1)
    image = Image.fromarray(ramp)
    indexed, bilevel = image.quantize(16), image.convert("1")
    for compression in (None, "tiff_lzw"):
        indexed.save(tmp_path / "a.tif", compression=compression)
        assert np.array_equal(read_picture(tmp_path / "a.tif").pixels, np.asarray(indexed.convert("RGB")))
    for compression in (None, "group3", "group4", "tiff_lzw"):
        bilevel.save(tmp_path / "a.tif", compression=compression)
        assert np.array_equal(read_picture(tmp_path / "a.tif").pixels[..., 0], np.asarray(bilevel.convert("L")))
    for photometric, samples in (("rgb", ramp), ("ycbcr", np.asarray(image.convert("YCbCr")))):
        tifffile.imwrite(tmp_path / "a.tif", samples, photometric=photometric, compression="jpeg", metadata=None)
        assert np.abs(read_picture(tmp_path / "a.tif").pixels - ramp.astype(int)).mean() < 8
    turned = Image.Exif()
    turned[274] = 6
    bilevel.save(tmp_path / "a.tif", compression="group4", exif=turned)
    shown = np.rot90(np.asarray(bilevel.convert("L")), -1)
    assert np.array_equal(read_picture(tmp_path / "a.tif").pixels[..., 0], shown)


@pytest.mark.parametrize("bits", [2, 4, 10, 12, 14])
def test_levels_of_other_bits_are_spread_over_the_whole_range(tmp_path: Path, bits: int) -> None:
    levels = RNG.integers(0, 2**bits, (40, 50), dtype=np.uint16)
    levels[0, :2] = 0, 2**bits - 1
    stored = levels.astype(np.uint8) if bits < 8 else levels
    tifffile.imwrite(
        tmp_path / "a.tif", stored, photometric="minisblack", bitspersample=bits, rowsperstrip=40, metadata=None
    )
    pixels = read_picture(tmp_path / "a.tif").pixels[..., 0]
    assert pixels.dtype == (np.uint8 if bits < 8 else np.uint16)
    assert (pixels[0, 0], pixels[0, 1]) == (0, np.iinfo(pixels.dtype).max)
    assert np.array_equal(pixels >> (np.iinfo(pixels.dtype).bits - bits), levels)


def test_pages_that_come_back_to_themselves_end(tmp_path: Path) -> None:
    write_tiff(tmp_path / "a.tif", RNG.integers(0, 256, (8, 9, 3), dtype=np.uint8), [])
    data = bytearray((tmp_path / "a.tif").read_bytes())
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * count, first)
    (tmp_path / "a.tif").write_bytes(data)
    assert read_picture(tmp_path / "a.tif").pixels.shape == (8, 9, 3)


def test_a_page_without_pixels_is_damaged(tmp_path: Path) -> None:
    write_tiff(tmp_path / "a.tif", RNG.integers(0, 256, (8, 9, 3), dtype=np.uint8), [])
    data = (tmp_path / "a.tif").read_bytes()
    height = struct.pack("<HHII", 257, 4, 1, 8)
    height = height if height in data else struct.pack("<HHII", 257, 3, 1, 8)
    (tmp_path / "a.tif").write_bytes(data.replace(height, height[:8] + bytes(4)))
    assert image_fault(read_picture, tmp_path / "a.tif") == "damaged_image"
