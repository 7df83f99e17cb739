"""Captions, resolution and profiles: kept as they were, never invented; said where a format has no place for them."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from skimage import data as samples

from pconv.images.codecs import _chunk
from pconv.images.files import Picture, read_picture, write_picture
from pconv.images.metadata import PNG_SIGNATURE, Extras, png_chunks

PHOTO = samples.chelsea()[40:140, 60:210]
CAPTION = "héllo".encode() * 3
IPTC = b"\x1c\x01\x5a\x00\x03\x1b%G" + b"\x1c\x02\x78" + struct.pack(">H", len(CAPTION)) + CAPTION
IPTC += bytes(-len(IPTC) % 4)


def resource(number: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)


def segment(content: bytes) -> bytes:
    return b"\xff\xed" + struct.pack(">H", len(content) + 2) + content


def iptc_jpeg(path: Path, *more: bytes) -> None:
    content = b"Photoshop 3.0\x00" + resource(0x0404, IPTC) + b"".join(more)
    Image.fromarray(PHOTO).save(path, extra=segment(content))


# --- captions ----------------------------------------------------------------------------------------------------


def test_iptc_of_a_jpeg_stays_byte_for_byte_and_its_thumbnail_goes(tmp_path: Path) -> None:
    other, thumbnail = resource(0x0425, bytes(range(16))), resource(0x040C, b"a picture of what was removed")
    iptc_jpeg(tmp_path / "in.jpg", thumbnail, other)
    assert write_picture(tmp_path / "out.jpg", read_picture(tmp_path / "in.jpg")) == ""
    with Image.open(tmp_path / "out.jpg") as out:
        assert out.info["photoshop"][0x0404] == IPTC
        assert dict(out.applist)["APP13"] == b"Photoshop 3.0\x00" + resource(0x0404, IPTC) + other


def test_resources_over_several_segments_stay(tmp_path: Path) -> None:
    long = resource(0x0404, IPTC * 2000)
    parts = [b"Photoshop 3.0\x00" + long[at : at + 60000] for at in range(0, len(long), 60000)]
    Image.fromarray(PHOTO).save(tmp_path / "in.jpg", extra=b"".join(map(segment, parts)))
    write_picture(tmp_path / "out.jpg", read_picture(tmp_path / "in.jpg"))
    assert read_picture(tmp_path / "out.jpg").extras.iptc == IPTC * 2000


@pytest.mark.parametrize("type_", ["LONG", "BYTE", "UNDEFINED"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_iptc_of_a_tiff_stays_byte_for_byte(tmp_path: Path, type_: str, order: str) -> None:
    count = len(IPTC) // 4 if type_ == "LONG" else len(IPTC)
    value = struct.unpack(f"<{count}I", IPTC) if type_ == "LONG" else IPTC  # written on a little-endian machine
    tag = (33723, {"LONG": 4, "BYTE": 1, "UNDEFINED": 7}[type_], count, value, True)
    tifffile.imwrite(tmp_path / "in.tif", PHOTO, photometric="rgb", byteorder=order, metadata=None, extratags=[tag])
    for name in ("out.tif", "out.jpg", "again.tif"):
        source = {"again.tif": "out.jpg"}.get(name, "in.tif")
        assert write_picture(tmp_path / name, read_picture(tmp_path / source)) == ""
    for name in ("out.tif", "again.tif"):
        with tifffile.TiffFile(tmp_path / name) as out:
            assert bytes(out.pages[0].tags[33723].value) == IPTC
    with Image.open(tmp_path / "out.jpg") as out:
        assert out.info["photoshop"][0x0404] == IPTC


@pytest.mark.parametrize("name", ["out.png", "out.webp"])
def test_captions_that_a_format_cannot_hold_are_told(tmp_path: Path, name: str) -> None:
    iptc_jpeg(tmp_path / "in.jpg")
    told = write_picture(tmp_path / name, read_picture(tmp_path / "in.jpg"))
    assert told.startswith(str(tmp_path / name)) and "IPTC" in told


def test_other_things_without_a_place_are_told(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("Title", "Cat")
    Image.fromarray(PHOTO).save(tmp_path / "in.png", pnginfo=info, dpi=(300, 300))
    told = write_picture(tmp_path / "out.webp", read_picture(tmp_path / "in.png"))
    assert "text" in told and "resolution" in told
    Image.fromarray(PHOTO).save(tmp_path / "in.jpg", comment=b"hi")
    assert "comment" in write_picture(tmp_path / "out.tif", read_picture(tmp_path / "in.jpg"))
    assert write_picture(tmp_path / "out.jpg", read_picture(tmp_path / "in.jpg")) == ""


def test_extras_too_long_for_a_jpeg_are_left_out_and_told(tmp_path: Path) -> None:
    extras = Extras(xmp=b"<x/>" + b" " * 70000, exif=b"II*\x00\x08\x00\x00\x00\x00\x00" + bytes(70000))
    told = write_picture(tmp_path / "out.jpg", Picture(PHOTO, None, extras))
    assert "XMP" in told and "EXIF" in told and read_picture(tmp_path / "out.jpg").extras.xmp is None


def test_no_library_speaks_to_the_user(tmp_path: Path) -> None:
    """Neither Python's warnings, nor a logger, nor a C library's lines."""
    numbers = [(33723, 4, 3, (1, 2, 3), True)]
    tifffile.imwrite(tmp_path / "a.tif", PHOTO, photometric="rgb", description="x", metadata=None, extratags=numbers)
    broken = bytearray((tmp_path / "a.tif").read_bytes())
    (tmp_path / "a.tif").write_bytes(broken.replace(b"\x0e\x01\x02\x00", b"\x0e\x01\x63\x00"))  # a type that is none
    Image.fromarray(PHOTO).save(tmp_path / "b.jpg", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x09\x00\x01")
    deep = Picture(PHOTO.astype(np.uint16), None, Extras(icc=b"\x00" * 200))
    write_picture(tmp_path / "c.png", deep)
    script = (
        "import sys; from pconv import read_picture, write_picture\n"
        "for name in ('a.tif', 'b.jpg', 'c.png'):\n"
        "    try: write_picture('out-' + name, read_picture(name))\n"
        "    except Exception as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stderr, done.stdout, done.returncode) == ("", "", 0)


# --- resolution --------------------------------------------------------------------------------------------------


def exif_resolution(unit: int | None) -> bytes:
    tags = Image.Exif()
    tags[282], tags[283] = 240.0, 240.0
    if unit is not None:
        tags[296] = unit
    return tags.tobytes()


@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg", ".webp"])
def test_no_resolution_is_invented(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(PHOTO).save(tmp_path / f"in{suffix}", exif=exif_resolution(1))
    Image.fromarray(PHOTO).save(tmp_path / "plain.tif")
    assert read_picture(tmp_path / "plain.tif").extras.dpi is None
    for source in ("plain.tif", f"in{suffix}"):
        for target in ("out.tif", "out.png", "out.jpg"):
            write_picture(tmp_path / target, read_picture(tmp_path / source))
        with tifffile.TiffFile(tmp_path / "out.tif") as out:
            tags = out.pages[0].tags
            assert (tags.valueof(282) is None) == (source == "plain.tif") and tags.valueof(296) in {None, 1}
        with Image.open(tmp_path / "out.png") as out:
            assert "dpi" not in out.info
        with Image.open(tmp_path / "out.jpg") as out:
            assert out.info["jfif_unit"] == 0


@pytest.mark.parametrize(("unit", "dpi"), [(2, 240), (3, 609.6), (None, 240)])
def test_a_resolution_that_is_there_goes_along(tmp_path: Path, unit: int | None, dpi: float) -> None:
    Image.fromarray(PHOTO).save(tmp_path / "in.jpg", exif=exif_resolution(unit))
    write_picture(tmp_path / "out.png", read_picture(tmp_path / "in.jpg"))
    with Image.open(tmp_path / "out.png") as out:
        assert out.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)


@pytest.mark.parametrize(
    "chunk", [(b"pHYs", struct.pack(">IIB", 2, 1, 0)), (b"mDCV", bytes(range(24))), (b"cLLI", bytes(range(8)))]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_chunks_of_a_png_stay_byte_for_byte(tmp_path: Path, dtype: type, chunk: tuple[bytes, bytes]) -> None:
    """Pixels that are not square, the light that HDR colours mean."""
    write_picture(tmp_path / "plain.png", Picture(PHOTO.astype(dtype)))
    head, *rest = png_chunks((tmp_path / "plain.png").read_bytes())
    (tmp_path / "in.png").write_bytes(PNG_SIGNATURE + b"".join(map(_chunk, [head, chunk, *rest])))
    write_picture(tmp_path / "out.png", read_picture(tmp_path / "in.png"))
    assert list(png_chunks((tmp_path / "out.png").read_bytes())).count(chunk) == 1


# --- profiles, channels, thumbnails ------------------------------------------------------------------------------


def gray_profile(gamma: float) -> bytes:
    """A profile of one tone curve."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    text = b"desc" + bytes(4) + struct.pack(">I", 2) + b"g\x00" + bytes(4 + 4 + 2 + 1 + 67)
    text += bytes(-len(text) % 4)
    head, at, table = 128, 128 + 4 + 36, []
    for name, content in ((b"desc", text), (b"wtpt", white), (b"kTRC", curve)):
        table.append(name + struct.pack(">II", at, len(content)))
        at += len(content)
    header = bytearray(head)
    header[0:4], header[8:12], header[12:24] = struct.pack(">I", at), b"\x02\x40\x00\x00", b"mntrGRAYXYZ "
    header[36:40], header[68:80] = b"acsp", struct.pack(">3i", 63190, 65536, 54061)
    return bytes(header) + struct.pack(">I", 3) + b"".join(table) + text + white + curve


def test_a_gray_profile_is_kept_by_gray_files_and_converted_for_others(tmp_path: Path) -> None:
    gray = np.tile(np.arange(256, dtype=np.uint8), (20, 1))
    icc = gray_profile(1.0)
    Image.fromarray(gray).save(tmp_path / "in.png", icc_profile=icc)
    for name in ("out.tif", "out.png", "out.jpg"):
        write_picture(tmp_path / name, read_picture(tmp_path / "in.png"))
        with Image.open(tmp_path / name) as out:
            assert out.mode == "L" and out.info["icc_profile"] == icc
    write_picture(tmp_path / "out.webp", read_picture(tmp_path / "in.png"), quality=100)
    with Image.open(tmp_path / "out.webp") as out:
        assert out.info["icc_profile"][16:20] == b"RGB "
        linear = np.arange(256) / 255
        srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 255
        assert (
            np.abs(np.asarray(out.convert("RGB"))[10, :, 1] - srgb).max() < 16
        )  # up to 73 apart where it is not converted


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_channels_beside_colours_and_alpha_stay_in_a_tiff_and_are_told_elsewhere(tmp_path: Path, dtype: type) -> None:
    array = np.dstack([PHOTO.astype(dtype), PHOTO[..., 0].astype(dtype) // 2, PHOTO[..., 1].astype(dtype)])
    for channels, kinds in ((4, [0]), (5, [0, 0]), (5, [2, 0])):
        tifffile.imwrite(
            tmp_path / "in.tif", array[..., :channels], photometric="rgb", extrasamples=kinds, metadata=None
        )
        picture = read_picture(tmp_path / "in.tif")
        assert np.array_equal(picture.pixels, PHOTO) and (picture.alpha is not None) == (2 in kinds)
        assert write_picture(tmp_path / "out.tif", picture) == ""
        with tifffile.TiffFile(tmp_path / "out.tif") as out:
            assert np.array_equal(out.asarray(), array[..., :channels])
            assert list(out.pages[0].extrasamples) == kinds
        assert "extra channel" in write_picture(tmp_path / "out.png", picture)


@pytest.mark.parametrize("first", [True, False])
def test_the_main_page_is_read_and_the_thumbnail_told(tmp_path: Path, first: bool) -> None:
    with tifffile.TiffWriter(tmp_path / "in.tif") as file:
        pages = [(PHOTO, 0), (PHOTO[::4, ::4], 1)]
        for page, kind in pages if first else pages[::-1]:
            file.write(page, photometric="rgb", subfiletype=kind, metadata=None)
    picture = read_picture(tmp_path / "in.tif")
    assert np.array_equal(picture.pixels, PHOTO)
    assert "thumbnail" in write_picture(tmp_path / "out.tif", picture)
    with tifffile.TiffFile(tmp_path / "out.tif") as out:
        assert len(out.pages) == 1


def test_a_progressive_jpeg_of_noise_is_saved(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    Image.fromarray(PHOTO).save(tmp_path / "in.jpg", progressive=True, quality=100, subsampling=0)
    extras = read_picture(tmp_path / "in.jpg").extras
    write_picture(tmp_path / "out.jpg", Picture(noise, None, extras))
    with Image.open(tmp_path / "out.jpg") as out:
        assert out.info["progressive"] and np.abs(np.asarray(out, int) - noise).mean() < 2
    assert (tmp_path / "out.jpg").stat().st_size > 2 * 400 * 400
