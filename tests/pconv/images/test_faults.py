"""Files that cannot be read and places that cannot be written are one sentence, and nothing half done is left."""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin
from PIL.PngImagePlugin import PngInfo
from skimage import data as samples

from pconv.images.faults import ImageFileError
from pconv.images.files import Picture, read_picture, write_picture
from tests.daemon.conftest import image_fault

PHOTO = samples.chelsea()[40:140, 60:210]
DEEP = np.random.default_rng(3).integers(0, 65536, (40, 50, 4), dtype=np.uint16)


def test_missing_folder_and_text(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "empty.jpg").touch()
    assert image_fault(read_picture, tmp_path / "none.png") == "file_not_found"
    assert image_fault(read_picture, tmp_path) == "unreadable"
    assert image_fault(read_picture, tmp_path / "text.png") == "not_an_image"
    assert image_fault(read_picture, tmp_path / "empty.jpg") == "not_an_image"


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "deep.png", "deep.tif"])
def test_every_truncation_is_told(tmp_path: Path, name: str) -> None:
    if name.startswith("deep"):
        write_picture(tmp_path / name, Picture(DEEP[..., :3].copy()))
    else:
        Image.fromarray(PHOTO).save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for part in (0.1, 0.5, 0.95):
        (tmp_path / f"cut-{name}").write_bytes(whole[: int(len(whole) * part)])
        fault = image_fault(lambda cut: read_picture(cut, strict=True), tmp_path / f"cut-{name}")
        assert fault in {"damaged_image", "not_an_image"}


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_that_claims_more_blocks_than_it_has_bits_is_damaged(tmp_path: Path, options: dict) -> None:
    """Its decoder would make gray of what is missing."""
    Image.fromarray(PHOTO).save(tmp_path / "a.jpg", **options)
    data = bytearray((tmp_path / "a.jpg").read_bytes())
    size = data.index(b"\xff\xc2" if options else b"\xff\xc0") + 5
    data[size : size + 4] = struct.pack(">HH", 6000, 6000)
    (tmp_path / "a.jpg").write_bytes(data)
    assert image_fault(read_picture, tmp_path / "a.jpg") == "damaged_image"


@pytest.mark.parametrize("layout", [{"tile": (32, 32)}, {"rowsperstrip": 20}])
def test_a_tiff_that_lacks_tiles_or_strips_is_damaged(tmp_path: Path, layout: dict) -> None:
    """Its decoder would make black of what is missing."""
    tifffile.imwrite(tmp_path / "a.tif", PHOTO, photometric="rgb", compression="zlib", metadata=None, **layout)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as file:
        file.pages[0].tags[257].overwrite(5 * len(PHOTO))
    assert image_fault(read_picture, tmp_path / "a.tif") == "damaged_image"


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    from pconv.images.codecs import PNG_SIGNATURE, _chunk

    for side in (20_000, 2**31 - 1):
        size = side.to_bytes(4, "big") * 2
        bomb = PNG_SIGNATURE + _chunk((b"IHDR", size + b"\x08\x02\x00\x00\x00")) + _chunk((b"IDAT", b"x"))
        (tmp_path / "bomb.png").write_bytes(bomb)
        assert image_fault(read_picture, tmp_path / "bomb.png") == "too_large"


def test_kinds_that_are_not_read(tmp_path: Path) -> None:
    image = Image.fromarray(PHOTO)
    image.save(tmp_path / "pages.tif", save_all=True, append_images=[image])
    image.save(tmp_path / "frames.webp", save_all=True, append_images=[Image.fromarray(PHOTO[::-1])])
    tifffile.imwrite(tmp_path / "signed.tif", PHOTO.astype(np.int32), photometric="rgb", metadata=None)
    image.save(tmp_path / "a.bmp")
    for name in ("a.bmp", "pages.tif", "frames.webp", "signed.tif"):
        assert image_fault(read_picture, tmp_path / name) == "unsupported_image"


def test_long_profiles_and_texts_are_read_up_to_a_limit_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = np.random.default_rng(1).bytes(3 << 20)
    info = PngInfo()
    info.add_text("Comment", "x" * (5 << 20), zip=True)
    Image.fromarray(PHOTO).save(tmp_path / "in.png", icc_profile=long, pnginfo=info)
    write_picture(tmp_path / "out.png", read_picture(tmp_path / "in.png"))
    write_picture(tmp_path / "again.png", read_picture(tmp_path / "out.png"))
    with Image.open(tmp_path / "again.png") as image:
        assert image.info["icc_profile"] == long and len(image.info["Comment"]) == 5 << 20

    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", 2 << 20)
    assert image_fault(read_picture, tmp_path / "in.png") == "too_large"
    with pytest.raises(ImageFileError, match="64 MiB each and 256 MiB together"):
        read_picture(tmp_path / "in.png")


def test_formats_that_cannot_hold_the_picture(tmp_path: Path) -> None:
    deep = Picture(DEEP[..., :3].copy())
    clear = Picture(PHOTO, PHOTO[..., 0])
    real = Picture(DEEP[..., :3].astype(np.float32))
    refused = [("a.jpg", deep), ("a.webp", deep), ("b.jpg", clear), ("a.xyz", clear), ("a", clear), ("f.png", real)]
    for name, picture in refused:
        assert image_fault(write_picture, tmp_path / name, picture) == "unsupported_output"
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out.png"
    target.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert image_fault(write_picture, target, Picture(PHOTO)) == "no_space"
    assert target.read_text() == "old" and list(tmp_path.iterdir()) == [target]


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import signal, resource, numpy as np; from pconv.images.files import *\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "p = Picture(np.random.default_rng(0).integers(0, 256, (99, 99, 3), dtype=np.uint8))\n"
        f"try: write_picture({str(tmp_path / 'out.png')!r}, p)\n"
        "except ImageFileError as error: print(error.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "no_space" and not list(tmp_path.iterdir())
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096


def test_unwritable_places(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    long = tmp_path / ("a" * 252 + ".png")
    for path in (tmp_path / "none" / "a.png", tmp_path / "folder.png", tmp_path / "file" / "a.png", long):
        assert image_fault(write_picture, path, Picture(PHOTO)) == "unwritable"
    if os.geteuid() != 0:  # root writes everywhere
        tmp_path.chmod(0o500)
        assert image_fault(write_picture, tmp_path / "a.png", Picture(PHOTO)) == "unwritable"


def claiming(path: Path) -> Path:
    """A small file of this kind that claims 16000×16000 pixels."""
    side, made = 72, np.random.default_rng(3).integers(0, 256, (72, 72, 3), np.uint8)
    if path.suffix == ".tif":
        tifffile.imwrite(path, made, photometric="ycbcr", compression="jpeg", metadata=None)
    else:
        Image.fromarray(made).save(path)
    order = "<" if path.suffix == ".tif" else ">"
    form = "H" if path.suffix == ".tif" else "I"
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack(order + form, side), struct.pack(order + form, 16_000)))
    return path


@pytest.mark.parametrize("suffix", [".avif", ".tif"])
def test_a_small_file_that_claims_to_be_huge_is_refused_before_it_is_decoded(tmp_path: Path, suffix: str) -> None:
    path = claiming(tmp_path / f"a{suffix}")
    tracemalloc.start()
    try:
        assert image_fault(read_picture, path) in {"unsupported_image", "damaged_image"}
        assert tracemalloc.get_traced_memory()[1] < 2**26
    finally:
        tracemalloc.stop()
