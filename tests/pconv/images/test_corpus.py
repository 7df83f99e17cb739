"""Every kind of file that `docs/command.md` names goes through read, fill and write with all that it holds."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from pconv.images.codecs import as_array
from pconv.images.files import Picture, read_picture, write_picture
from tests.pconv.images.corpus import TAKEN, Case, corpus, turned

CASES = list(corpus())
HOLE = np.s_[18:26, 22:34]  # of the picture upright
TOUCHED = np.s_[:43, :51]  # where a lossy format may smear the hole
LOSSLESS = {".png", ".tif", ".gif"}
KEPT = {  # as exiftool calls them: what is said where it is lost
    "EXIF:Make": "EXIF",
    "EXIF:DateTimeOriginal": "EXIF",
    "XMP:Format": "XMP",
    "IPTC:Caption-Abstract": "IPTC",
    "ICC_Profile:ProfileDescription": "ICC profile",
}


def filled(picture: Picture) -> Picture:
    """With a hole that shows the corner of the picture."""
    pixels = picture.pixels.copy()
    height, width = pixels[HOLE].shape[:2]
    pixels[HOLE] = pixels[-height:, -width:]
    return picture.with_pixels(pixels)


def by_another(path: Path) -> np.ndarray:
    """(H, W, C) as stored, by a library that the reader does not use for it where there is one."""
    if path.suffix == ".tif":
        return np.atleast_3d(tifffile.imread(path))
    if path.suffix in {".png", ".webp"}:
        return np.atleast_3d(getattr(imagecodecs, f"{path.suffix[1:]}_decode")(path.read_bytes()))
    if path.suffix == ".heic":
        read = read_picture(path)
        return as_array(read.pixels, read.alpha)
    with Image.open(path) as image:
        gray = image.mode == "L" and path.suffix != ".gif"
        return np.atleast_3d(np.asarray(image if gray or image.mode == "RGBA" else image.convert("RGB")))


def distance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one.astype(float) - other)


def test_there_are_as_many_files_as_promised() -> None:
    assert len(CASES) >= 400
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case.usual else pytest.mark.slow, id=case.name) for case in CASES]
)
def test_only_the_hole_changes(tmp_path: Path, case: Case) -> None:
    if case.suffix == ".heic":
        pytest.importorskip("pillow_heif")
    before, after = tmp_path / f"in{case.suffix}", tmp_path / f"out{case.suffix}"
    before.write_bytes(case.make())

    picture = read_picture(before)
    seen = as_array(picture.pixels, picture.alpha)
    assert (seen.shape, seen.dtype) == (case.shown.shape, case.shown.dtype)
    loss = distance(seen, case.shown).mean()
    assert loss <= case.near

    change = filled(picture)
    said = write_picture(after, change)
    upright = 1 if case.suffix == ".heic" else case.orientation  # which its library writes so
    out, wanted = turned(by_another(after), upright), as_array(change.pixels, change.alpha)
    assert (out.shape, out.dtype) == (wanted.shape, wanted.dtype)
    if case.suffix in LOSSLESS or not picture.extras.lossy:
        assert np.array_equal(out, wanted)
    else:
        away = distance(out, seen)
        away[TOUCHED] = 0
        assert away.mean() <= loss + 0.5, "saving it anew lost more than its first saving did"
    assert said == "" or "colours became sRGB" in said or "64-bit" in said
    keeps_what_it_had(case, after, upright)


def keeps_what_it_had(case: Case, path: Path, orientation: int) -> None:
    if case.suffix == ".gif":
        return
    extras = read_picture(path).extras
    assert (extras.icc, extras.iptc, extras.orientation) == (case.profile, case.iptc, orientation)
    assert case.xmp is None or b"a photo" in extras.xmp
    tags = Image.Exif()
    tags.load(b"Exif\x00\x00" + extras.exif)
    assert (tags[271], tags.get(274, 1)) == ("Cam", orientation)
    if case.suffix == ".tif":
        return
    assert tags.get_ifd(0x8769)[0x9003] == TAKEN


def by_exiftool(folder: Path) -> dict[str, dict]:
    done = subprocess.run(
        ["exiftool", "-json", "-G", "-n", "-api", "largefilesupport=1", str(folder)], capture_output=True, check=True
    )
    return {Path(found["SourceFile"]).name: found for found in json.loads(done.stdout)}


@pytest.mark.slow
def test_what_a_file_of_any_format_loses_in_any_other_is_said(tmp_path: Path) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    pytest.importorskip("pillow_heif")
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    firsts = {
        case.suffix: case for case in reversed(CASES) if case.shown.shape[2] == 3 and case.shown.dtype == np.uint8
    }
    said = {}
    for case in firsts.values():
        source = tmp_path / "in" / f"photo{case.suffix}"
        source.write_bytes(case.make())
        for suffix in firsts:
            name = f"{case.suffix[1:]}-to{suffix}"
            said[name] = case.suffix, write_picture(tmp_path / "out" / name, filled(read_picture(source)))
    before, after = by_exiftool(tmp_path / "in"), by_exiftool(tmp_path / "out")
    assert len(after) == len(firsts) ** 2 == 49
    lost = []
    for name, (suffix, words) in said.items():
        was, became = before[f"photo{suffix}"], after[name]
        lost += [
            f"{name}: {tag} {was[tag]} became {became.get(tag)}; {words}"
            for tag, word in KEPT.items()
            if tag in was and became.get(tag) != was[tag] and word not in words
        ]
    assert lost == []
