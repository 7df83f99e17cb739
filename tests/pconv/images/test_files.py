"""Pictures that go through read and write come back with all that they had; masks are read as they were meant."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo
from skimage import data as samples

from pconv.images.codecs import _chunk
from pconv.images.files import Picture, read_picture, write_picture
from pconv.images.masks import read_hole
from pconv.images.metadata import PNG_SIGNATURE, png_chunks
from tests.daemon.conftest import image_fault

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PHOTO = samples.chelsea()[40:140, 60:210]
RNG = np.random.default_rng(3)
DEEP = RNG.integers(0, 65536, (40, 50, 4), dtype=np.uint16)


def exif(orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[271], tags[274] = "Cam", orientation
    tags[0x8769] = {0x9003: "2020:01:02 03:04:05", 0x829A: 0.01}
    return tags


# --- what comes in goes out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_eight_bit_pictures_survive_with_their_extras(tmp_path: Path, suffix: str, mode: str) -> None:
    if suffix == ".webp" and mode in {"L", "LA"}:
        pytest.skip("WebP knows no gray")
    image = Image.fromarray(PHOTO).convert(mode)
    if "A" in mode:
        image.putalpha(Image.fromarray(PHOTO[..., 1]))
    profile = {} if "L" in mode else {"icc_profile": ICC}
    options = {"lossless": True, "exact": True} if suffix == ".webp" else {"dpi": (300, 300)}
    image.save(tmp_path / f"in{suffix}", exif=exif().tobytes(), **profile, **options)

    picture = read_picture(tmp_path / f"in{suffix}")
    assert picture.pixels.shape == (*PHOTO.shape[:2], 1 if "L" in mode else 3)
    write_picture(tmp_path / f"out{suffix}", picture)

    with Image.open(tmp_path / f"out{suffix}") as out, Image.open(tmp_path / f"in{suffix}") as was:
        assert out.mode == was.mode == mode
        assert np.array_equal(np.asarray(out), np.asarray(was))
        assert out.info.get("icc_profile") == was.info.get("icc_profile")
        assert out.getexif()[271] == "Cam"
        assert out.getexif().get_ifd(0x8769)[0x9003] == "2020:01:02 03:04:05"
        if suffix != ".webp":
            assert out.info["dpi"] == pytest.approx((300, 300), abs=0.02)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_pictures_survive_with_their_extras(tmp_path: Path, suffix: str, channels: int) -> None:
    array = DEEP[..., :channels]
    alpha = array[..., 3] if channels == 4 else None
    source = Image.Exif()
    source[271] = "Cam"
    seed = Image.new("RGB", (1, 1))
    seed.save(tmp_path / "seed.png", exif=exif().tobytes(), icc_profile=ICC, dpi=(72, 144))
    extras = read_picture(tmp_path / "seed.png").extras
    write_picture(tmp_path / f"in{suffix}", Picture(array[..., : min(channels, 3)].copy(), alpha, extras))

    picture = read_picture(tmp_path / f"in{suffix}")
    write_picture(tmp_path / f"out{suffix}", picture)
    again = read_picture(tmp_path / f"out{suffix}")
    assert again.pixels.dtype == np.uint16
    assert np.array_equal(again.pixels, array[..., : min(channels, 3)])
    assert (again.alpha is None) == (alpha is None)
    assert alpha is None or np.array_equal(again.alpha, alpha)
    with Image.open(tmp_path / f"out{suffix}") as out:
        assert out.info["icc_profile"] == ICC
        assert out.info["dpi"] == pytest.approx((72, 144), abs=0.02)
        assert out.getexif()[271] == "Cam"
        assert out.getexif().get_ifd(0x8769)[0x9003] == "2020:01:02 03:04:05"
    # another reader sees the same numbers
    other = cv2.imread(str(tmp_path / f"out{suffix}"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(other if channels == 1 else other[..., [2, 1, 0, 3][:channels]], array.squeeze())


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_deep_gray_with_alpha_stays_gray(tmp_path: Path, suffix: str) -> None:
    write_picture(tmp_path / f"ga{suffix}", Picture(DEEP[..., :1].copy(), DEEP[..., 1].copy()))
    again = read_picture(tmp_path / f"ga{suffix}")
    assert np.array_equal(again.pixels, DEEP[..., :1]) and np.array_equal(again.alpha, DEEP[..., 1])
    other = cv2.imread(str(tmp_path / f"ga{suffix}"), cv2.IMREAD_UNCHANGED)
    if suffix == ".png":  # another reader sees the same numbers
        assert np.array_equal(other[..., [0, 3]], DEEP[..., :2])


@pytest.mark.parametrize(("bits", "level"), [(1, 1), (2, 2), (4, 9), (8, 77)])
def test_gray_of_few_bits_keeps_its_transparent_level(tmp_path: Path, bits: int, level: int) -> None:
    """A level is counted in the bits of the file."""
    levels = RNG.integers(0, 2**bits, (8, 16), dtype=np.uint8)
    levels[:2] = level
    places = np.unpackbits(levels[..., None], axis=2)[..., 8 - bits :].reshape(8, -1)
    rows = b"".join(b"\x00" + row.tobytes() for row in np.packbits(places, axis=1))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 16, 8, bits, 0, 0, 0, 0)), (b"tRNS", struct.pack(">H", level))]
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    (tmp_path / "in.png").write_bytes(PNG_SIGNATURE + b"".join(map(_chunk, chunks)))
    picture = read_picture(tmp_path / "in.png")
    assert np.array_equal(picture.pixels[..., 0], levels * (255 // (2**bits - 1)))
    assert np.array_equal(picture.alpha, np.where(levels == level, 0, 255))


def test_deep_colour_with_one_transparent_colour(tmp_path: Path) -> None:
    write_picture(tmp_path / "plain.png", Picture(DEEP[..., :3].copy()))
    head, *rest = png_chunks((tmp_path / "plain.png").read_bytes())
    clear = (b"tRNS", DEEP[3, 4, :3].astype(">u2").tobytes())
    (tmp_path / "in.png").write_bytes(PNG_SIGNATURE + b"".join(map(_chunk, [head, clear, *rest])))
    picture = read_picture(tmp_path / "in.png")
    assert np.array_equal(picture.pixels, DEEP[..., :3])
    assert picture.alpha[3, 4] == 0 and np.count_nonzero(picture.alpha == 0) == 1


def test_jpeg_keeps_tables_sampling_exif_icc_and_comment(tmp_path: Path) -> None:
    Image.fromarray(PHOTO).save(
        tmp_path / "in.jpg",
        quality=83,
        subsampling=0,
        exif=exif().tobytes(),
        icc_profile=ICC,
        comment=b"hi",
        dpi=(200, 200),
    )
    picture = read_picture(tmp_path / "in.jpg")
    write_picture(tmp_path / "out.jpg", picture)
    with Image.open(tmp_path / "out.jpg") as out, Image.open(tmp_path / "in.jpg") as was:
        assert out.quantization == was.quantization
        assert out.layer == was.layer
        assert out.info["exif"] == was.info["exif"]
        assert (out.info["icc_profile"], out.info["comment"], out.info["dpi"]) == (ICC, b"hi", (200, 200))
        assert np.abs(np.asarray(out, int) - np.asarray(was, int)).mean() < 0.5
    write_picture(tmp_path / "small.jpg", picture, quality=20)
    assert (tmp_path / "small.jpg").stat().st_size < (tmp_path / "out.jpg").stat().st_size


def test_the_thumbnail_that_would_show_what_was_removed_is_gone(tmp_path: Path) -> None:
    thumbnail = io.BytesIO()
    Image.fromarray(PHOTO[:16, :16]).save(thumbnail, "JPEG")
    body = thumbnail.getvalue()
    ifd1_at = 8 + 2 + 12 + 4
    blob = b"II*\x00\x08\x00\x00\x00" + b"\x01\x00" + b"\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"
    blob += ifd1_at.to_bytes(4, "little") + b"\x02\x00"
    at = ifd1_at + 2 + 24 + 4
    blob += b"\x01\x02\x04\x00\x01\x00\x00\x00" + at.to_bytes(4, "little")
    blob += b"\x02\x02\x04\x00\x01\x00\x00\x00" + len(body).to_bytes(4, "little") + bytes(4) + body
    Image.fromarray(PHOTO).save(tmp_path / "in.jpg", exif=b"Exif\x00\x00" + blob)
    assert body[100:200] in (tmp_path / "in.jpg").read_bytes()

    write_picture(tmp_path / "out.jpg", read_picture(tmp_path / "in.jpg"))
    with Image.open(tmp_path / "out.jpg") as out:
        assert out.getexif()[274] == 6
        assert len(out.info["exif"]) == len(blob) + 6 and out.info["exif"][6 : 6 + 22] == blob[:22]
    assert body[100:200] not in (tmp_path / "out.jpg").read_bytes()


def exif_with_strips(strips: list[bytes]) -> bytes:
    """EXIF of orientation 6 whose thumbnail is uncompressed, in strips."""
    entry = struct.Struct("<HHII")
    second = 8 + 2 + 12 + 4
    arrays = second + 2 + 24 + 4
    pixels = arrays + 8 * len(strips)
    starts = [pixels + sum(map(len, strips[:i])) for i in range(len(strips))]
    blob = b"II*\x00" + struct.pack("<IH", 8, 1) + entry.pack(0x0112, 3, 1, 6) + struct.pack("<IH", second, 2)
    blob += entry.pack(0x0111, 4, len(strips), arrays)
    blob += entry.pack(0x0117, 4, len(strips), arrays + 4 * len(strips)) + bytes(4)
    return blob + struct.pack(f"<{2 * len(strips)}I", *starts, *map(len, strips)) + b"".join(strips)


def test_uncompressed_thumbnails_are_gone_too(tmp_path: Path) -> None:
    strips = [RNG.bytes(300), RNG.bytes(200)]
    Image.fromarray(PHOTO).save(tmp_path / "in.jpg", exif=b"Exif\x00\x00" + exif_with_strips(strips))
    write_picture(tmp_path / "out.jpg", read_picture(tmp_path / "in.jpg"))
    written = (tmp_path / "out.jpg").read_bytes()
    assert not any(strip in written for strip in strips)
    with Image.open(tmp_path / "out.jpg") as out:
        assert out.getexif()[274] == 6


def test_exif_in_the_text_of_a_png_is_exif(tmp_path: Path) -> None:
    blob = exif_with_strips([RNG.bytes(300), RNG.bytes(200)])
    text = PngInfo()
    text.add_text("Raw profile type exif", f"\nexif\n{len(blob)}\n{blob.hex()}\n", zip=True)
    text.add_text("Author", "me")
    Image.fromarray(PHOTO).save(tmp_path / "in.png", pnginfo=text)
    picture = read_picture(tmp_path / "in.png")
    assert picture.pixels.shape[:2] == PHOTO.shape[1::-1]
    write_picture(tmp_path / "out.png", picture)
    with Image.open(tmp_path / "out.png") as out:
        assert out.text == {"Author": "me"} and out.getexif()[274] == 6 and blob[-200:] not in out.info["exif"]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_orientation_is_upright_in_memory_and_as_it_was_on_disk(tmp_path: Path, orientation: int, suffix: str) -> None:
    Image.fromarray(PHOTO).save(tmp_path / f"in{suffix}", exif=exif(orientation).tobytes())
    picture = read_picture(tmp_path / f"in{suffix}")
    with Image.open(tmp_path / f"in{suffix}") as image:
        shown = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(picture.pixels, shown)
    write_picture(tmp_path / f"out{suffix}", picture)
    with Image.open(tmp_path / f"out{suffix}") as out:
        assert out.getexif()[274] == orientation
        assert np.array_equal(np.asarray(ImageOps.exif_transpose(out)), shown)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_deep_pictures_turn_too(tmp_path: Path, suffix: str) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path / "seed.png", exif=exif(6).tobytes())
    shown = Picture(DEEP[..., :3].copy(), None, read_picture(tmp_path / "seed.png").extras)
    write_picture(tmp_path / f"a{suffix}", shown)
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert image.getexif()[274] == 6
        assert image.tile[0].extents == (0, 0, 40, 50) if suffix == ".png" else image.tag_v2[256] == 40
    assert np.array_equal(read_picture(tmp_path / f"a{suffix}").pixels, shown.pixels)


def test_extras_cross_formats(tmp_path: Path) -> None:
    Image.fromarray(PHOTO).save(
        tmp_path / "in.jpg", exif=exif(6).tobytes(), icc_profile=ICC, dpi=(300, 300), xmp=b"<x/>"
    )
    for suffix in (".png", ".tif", ".webp"):
        write_picture(tmp_path / f"out{suffix}", read_picture(tmp_path / "in.jpg"))
        with Image.open(tmp_path / f"out{suffix}") as out:
            assert out.getexif()[274] == 6 and out.info["icc_profile"] == ICC
            assert out.getexif().get_ifd(0x8769)[0x9003] == "2020:01:02 03:04:05"
            assert b"<x/>" in (out.info["xmp"].encode() if isinstance(out.info["xmp"], str) else out.info["xmp"])


def test_png_text_and_colour_chunks_are_kept(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("Title", "Cat")
    info.add(b"gAMA", (45455).to_bytes(4, "big"))
    Image.fromarray(PHOTO).save(tmp_path / "in.png", pnginfo=info)
    write_picture(tmp_path / "out.png", read_picture(tmp_path / "in.png"))
    with Image.open(tmp_path / "out.png") as out:
        assert out.text == {"Title": "Cat"} and out.info["gamma"] == pytest.approx(0.45455)


def test_a_lossless_webp_with_a_long_profile_stays_lossless(tmp_path: Path) -> None:
    Image.fromarray(PHOTO).save(tmp_path / "in.webp", lossless=True, icc_profile=ICC + bytes(6000))
    write_picture(tmp_path / "out.webp", read_picture(tmp_path / "in.webp"))
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out.webp")), PHOTO)


def test_deep_gray_where_zero_is_white(tmp_path: Path) -> None:
    levels = DEEP[..., 0]
    Image.fromarray(levels).save(tmp_path / "in.tif", tiffinfo={262: 0})
    picture = read_picture(tmp_path / "in.tif")
    assert np.array_equal(picture.pixels[..., 0], 65535 - levels)
    write_picture(tmp_path / "out.tif", picture)
    assert np.array_equal(read_picture(tmp_path / "out.tif").pixels, picture.pixels)


def test_deep_gray_with_one_transparent_value(tmp_path: Path) -> None:
    levels = DEEP[..., 0].copy()
    levels[:5] = 777
    Image.fromarray(levels).save(tmp_path / "in.png", transparency=777)
    picture = read_picture(tmp_path / "in.png")
    assert np.array_equal(picture.pixels[..., 0], levels)
    assert np.array_equal(picture.alpha, np.where(levels == 777, 0, 65535))


def test_palette_and_bilevel_become_eight_bits(tmp_path: Path) -> None:
    Image.fromarray(PHOTO).quantize(16).save(tmp_path / "p.png")
    assert read_picture(tmp_path / "p.png").pixels.shape == PHOTO.shape
    Image.fromarray(PHOTO).convert("1").save(tmp_path / "b.tif")
    assert set(np.unique(read_picture(tmp_path / "b.tif").pixels)) == {0, 255}
    Image.fromarray(PHOTO[..., 0]).save(tmp_path / "t.png", transparency=int(PHOTO[0, 0, 0]))
    assert read_picture(tmp_path / "t.png").alpha[0, 0] == 0


# --- masks -----------------------------------------------------------------------------------------------------


def test_white_is_hole_gray_blends_and_transparent_keeps(tmp_path: Path) -> None:
    mask = np.zeros((4, 6, 4), np.uint8)
    mask[..., 3] = 255
    mask[0, 0, :3], mask[0, 1, :3], mask[0, 2] = 255, 128, (255, 255, 255, 0)
    Image.fromarray(mask).save(tmp_path / "m.png")
    hole = read_hole(tmp_path / "m.png", (4, 6))
    assert hole.dtype == np.uint8 and hole.shape == (4, 6)
    assert (hole[0, 0], hole[0, 1], hole[0, 2], hole[1:].max()) == (255, 128, 0, 0)


def test_bilevel_and_sixteen_bit_masks(tmp_path: Path) -> None:
    mask = np.zeros((4, 6), np.uint16)
    mask[1, 1] = 65535
    Image.fromarray(mask).save(tmp_path / "deep.png")
    Image.fromarray(mask > 0).save(tmp_path / "bits.png")
    for name in ("deep.png", "bits.png"):
        hole = read_hole(tmp_path / name, (4, 6))
        assert hole[1, 1] == 255 and hole.sum() == 255


def test_jpeg_masks_have_no_gray_rims(tmp_path: Path) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[20:41, 21:43] = 255
    Image.fromarray(mask).save(tmp_path / "m.jpg", quality=60)
    assert len(np.unique(read_picture(tmp_path / "m.jpg").pixels)) > 2
    assert np.array_equal(read_hole(tmp_path / "m.jpg", mask.shape), mask)


def test_mask_is_drawn_on_the_photo_as_displayed(tmp_path: Path) -> None:
    Image.fromarray(PHOTO).save(tmp_path / "in.jpg", exif=exif(6).tobytes())
    shape = read_picture(tmp_path / "in.jpg").pixels.shape[:2]
    Image.new("L", (shape[1], shape[0])).save(tmp_path / "good.png")
    Image.new("L", (shape[0], shape[1])).save(tmp_path / "stored.png")
    assert read_hole(tmp_path / "good.png", shape).shape == shape
    assert image_fault(read_hole, tmp_path / "stored.png", shape) == "mask_size"


def test_links_are_followed_and_permissions_kept(tmp_path: Path) -> None:
    (tmp_path / "real.png").touch(mode=0o640)
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    write_picture(tmp_path / "link.png", Picture(PHOTO))
    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "real.png").stat().st_mode & 0o777 == 0o640
    assert np.array_equal(read_picture(tmp_path / "real.png").pixels, PHOTO)


def test_tiff_description_and_geo_tags_survive(tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[33550] = "plate 7", (1.0, 1.0, 0.0)
    Image.fromarray(PHOTO).save(tmp_path / "in.tif", tiffinfo=tags, compression="tiff_lzw")
    write_picture(tmp_path / "out.tif", read_picture(tmp_path / "in.tif"))
    with Image.open(tmp_path / "out.tif") as out:
        assert out.tag_v2[270] == "plate 7" and tuple(out.tag_v2[33550]) == (1.0, 1.0, 0.0)
