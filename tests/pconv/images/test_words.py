"""What is wrong with a file is named, and so is the remedy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from pconv.images.faults import ImageFileError
from pconv.images.files import Picture, read_picture, write_picture


def words(function, *arguments: object) -> str:
    with pytest.raises(ImageFileError) as caught:
        function(*arguments)
    return caught.value.message


@pytest.mark.parametrize(
    ("dtype", "told"), [(np.int16, "16-bit numbers that may be negative"), (np.uint32, "32 bits"), (np.int8, "8-bit")]
)
def test_numbers_of_a_tiff_that_are_not_read_are_named(tmp_path: Path, dtype: type, told: str) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 9), dtype), photometric="minisblack", metadata=None)
    said = words(read_picture, tmp_path / "a.tif")
    assert told in said and "8 or 16" in said


def test_raw_files_are_named(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 9), np.uint16), photometric="cfa", metadata=None)
    assert "raw" in words(read_picture, tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100), "HEIC"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00heic" + bytes(100), "HEIC"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isom" + bytes(100), "a video"),
        (b"%PDF-1.7\n" + bytes(100), "PDF"),
        (b"8BPS\x00\x01" + bytes(100), "Photoshop"),
        (b"\xff\x0a" + bytes(100), "JPEG XL"),
    ],
)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_other_kinds_are_named_whatever_their_suffix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, kind: str, suffix: str
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as where it is not installed
    (tmp_path / f"a{suffix}").write_bytes(data)
    said = words(read_picture, tmp_path / f"a{suffix}")
    assert kind in said and "convert it" in said


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_folder_that_takes_no_files_is_there_all_the_same() -> None:
    said = words(write_picture, Path("/proc/x.png"), Picture(np.zeros((4, 4, 3), np.uint8)))
    assert said.startswith("/proc/x.png cannot be written") and "folder /proc does not exist" not in said
