"""HEIC and AVIF pictures, as phones make them, are read with all that they carry; 10 bits become 16."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from pconv.files.names import result_name
from pconv.images.files import Picture, read_picture, write_picture
from pconv.images.heif import may_be_written
from pconv.images.masks import read_hole
from tests.daemon.conftest import image_fault

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RAMP = np.stack(np.broadcast_arrays(*np.ogrid[0:1023:56j, 0:1023:40j], 500), axis=2).astype(np.uint16)  # 10 bits
PLAIN = (RAMP >> 2).astype(np.uint8)
DEEP = (RAMP << 6) | (RAMP >> 4)


def exif() -> bytes:
    tags = Image.Exif()
    tags[271], tags[274] = "Cam", 6
    return tags.tobytes()


def is_near(array: np.ndarray, expected: np.ndarray) -> bool:
    return (
        array.shape == expected.shape and np.abs(array.astype(int) - expected).mean() < np.iinfo(array.dtype).max / 64
    )


def check_extras(path: Path, orientation: int) -> None:
    with Image.open(path) as out:
        assert out.getexif()[271] == "Cam" and out.getexif()[274] == orientation
        assert out.info["icc_profile"] == ICC


@pytest.fixture
def heic(tmp_path: Path) -> Path:
    heif = pytest.importorskip("pillow_heif")
    for name, mode, array in (("plain", "RGB", PLAIN), ("deep", "RGB;16", DEEP)):
        made = heif.from_bytes(mode, array.shape[1::-1], array.tobytes())
        made.save(tmp_path / f"{name}.heic", quality=95, chroma=444, exif=exif(), icc_profile=ICC)
    return tmp_path


@pytest.mark.parametrize(("name", "expected"), [("plain", PLAIN), ("deep", DEEP)])
def test_heic_is_read_upright_with_its_extras(heic: Path, name: str, expected: np.ndarray) -> None:
    picture = read_picture(heic / f"{name}.heic")
    assert picture.pixels.dtype == expected.dtype and is_near(picture.pixels, np.rot90(expected, -1))
    for target in ("out.png", "out.tif"):
        assert write_picture(heic / target, picture) == ""
        check_extras(heic / target, 1)
        assert np.array_equal(read_picture(heic / target).pixels, picture.pixels)


def test_heic_inside_a_jpg_is_read(heic: Path) -> None:
    (heic / "plain.heic").rename(heic / "a.jpg")
    write_picture(heic / "out.jpg", read_picture(heic / "a.jpg"))
    check_extras(heic / "out.jpg", 1)


def test_a_damaged_heic_is_told(heic: Path) -> None:
    whole = (heic / "plain.heic").read_bytes()
    (heic / "cut.heic").write_bytes(whole[: len(whole) // 2])
    assert image_fault(read_picture, heic / "cut.heic") == "damaged_image"


def test_avif_is_read_and_written_with_its_extras(tmp_path: Path) -> None:
    options = {"quality": 95, "subsampling": "4:4:4", "exif": exif(), "icc_profile": ICC, "xmp": b"<x/>"}
    Image.fromarray(PLAIN).save(tmp_path / "in.avif", **options)
    picture = read_picture(tmp_path / "in.avif")
    assert is_near(picture.pixels, np.rot90(PLAIN, -1))
    for target in ("out.avif", "out.png", "out.jpg"):
        assert write_picture(tmp_path / target, picture) == ""
        check_extras(tmp_path / target, 6)
        assert is_near(read_picture(tmp_path / target).pixels, picture.pixels)
        assert read_picture(tmp_path / target).extras.xmp == b"<x/>"


def test_an_avif_of_ten_bits_becomes_sixteen(tmp_path: Path) -> None:
    (tmp_path / "in.avif").write_bytes(imagecodecs.avif_encode(RAMP, level=95, bitspersample=10))
    picture = read_picture(tmp_path / "in.avif")
    assert picture.pixels.dtype == np.uint16 and is_near(picture.pixels, DEEP) and picture.pixels.max() > 65000
    assert image_fault(write_picture, tmp_path / "out.avif", picture) == "unsupported_output"


def test_avif_keeps_alpha_and_cuts_masks(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.avif", Picture(PLAIN, PLAIN[..., 0].copy()))
    assert is_near(read_picture(tmp_path / "a.avif").alpha, PLAIN[..., 0])
    write_picture(tmp_path / "m.avif", Picture(PLAIN))
    assert set(np.unique(read_hole(tmp_path / "m.avif", PLAIN.shape[:2]))) <= {0, 255}


def test_a_result_is_a_png_where_the_format_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert result_name(Path("a.heif")) == ("a.heif" if may_be_written() else "a.png")
    monkeypatch.setattr("pconv.files.names.WRITABLE", (".png", ".avif", ".jpg"))
    assert result_name(Path("IMG_1.HEIC"), ending="_filled") == "IMG_1_filled.png"
    assert result_name(Path("a.avif")) == "a.avif" and result_name(Path("a.heic"), ".jpg") == "a.jpg"
    assert result_name(Path("a.xyz")) == "a.xyz"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_written_upright_with_its_extras(tmp_path: Path, orientation: int) -> None:
    pytest.importorskip("pillow_heif")
    tags = Image.Exif()
    tags[271], tags[274] = "Cam", orientation
    Image.fromarray(PLAIN).save(tmp_path / "in.jpg", quality=98, exif=tags.tobytes(), icc_profile=ICC, xmp=b"<x/>")
    picture = read_picture(tmp_path / "in.jpg")
    assert write_picture(tmp_path / "out.heic", picture) == ""
    check_extras(tmp_path / "out.heic", 1)
    again = read_picture(tmp_path / "out.heic")
    assert is_near(again.pixels, picture.pixels) and again.extras.xmp == b"<x/>"


@pytest.mark.parametrize(
    ("pixels", "alpha"), [(DEEP, None), (DEEP, DEEP[..., 0]), (PLAIN, PLAIN[..., 0]), (PLAIN[..., :1], None)]
)
def test_heic_keeps_bits_alpha_and_gray(tmp_path: Path, pixels: np.ndarray, alpha: np.ndarray | None) -> None:
    pytest.importorskip("pillow_heif")
    write_picture(tmp_path / "out.heic", Picture(pixels, None if alpha is None else alpha.copy()))
    again = read_picture(tmp_path / "out.heic")
    assert again.pixels.dtype == pixels.dtype and is_near(again.pixels, pixels)
    assert alpha is None or is_near(again.alpha, alpha)
