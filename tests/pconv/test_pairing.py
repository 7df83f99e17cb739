"""Photos find their masks whatever system named them; what is left out is told."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from desktop_ui.jobs.files import neighbours
from pconv.__main__ import main
from pconv.files.pairing import find_jobs


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def pairs(folder: Path, masks: Path | None = None) -> dict[str, str]:
    jobs, _ = find_jobs(folder, masks, folder / "filled")
    return {job.image.name: job.mask.name for job in jobs}


@pytest.mark.parametrize("mask", ["A_mask.png", "A_MASK.png", "a-mask.png", "a_Mask.PNG", "A mask.tif", "a.mask.webp"])
def test_masks_are_known_by_any_usual_name(tmp_path: Path, mask: str) -> None:
    touch(tmp_path, "A.jpg", mask)
    assert pairs(tmp_path) == {"A.jpg": mask}


def test_names_that_look_the_same_pair(tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "Café") for form in ("NFC", "NFD"))
    photos, masks = touch(tmp_path / "p", f"{composed}.jpg"), touch(tmp_path / "m", f"{apart}.png")
    assert pairs(photos, masks) == {f"{composed}.jpg": f"{apart}.png"}
    touch(photos, f"{apart}_mask.png")
    assert pairs(photos) == {f"{composed}.jpg": f"{apart}_mask.png"}


def test_the_mask_spelt_as_the_photo_comes_first(tmp_path: Path) -> None:
    touch(tmp_path, "A.jpg", "a.jpg", "A_mask.png", "a_mask.png", "a-mask.png")
    assert pairs(tmp_path) == {"A.jpg": "A_mask.png", "a.jpg": "a_mask.png"}
    _, left_out = find_jobs(tmp_path, None, tmp_path / "filled")
    assert [(Path(one.image).name, one.status) for one in left_out] == [("a-mask.png", "no_photo")]


def test_masks_beside_the_photos_are_no_photos_where_other_masks_are_given(tmp_path: Path) -> None:
    photos = touch(tmp_path / "p", "a.jpg", "a_mask.png", "carnival-mask.jpg")
    masks = touch(tmp_path / "m", "a.png", "carnival-mask_mask.png")
    assert pairs(photos, masks) == {"a.jpg": "a.png", "carnival-mask.jpg": "carnival-mask_mask.png"}


def test_what_is_left_out_is_told_and_hidden_files_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    Image.new("L", (8, 8)).save(tmp_path / "a_mask.png")
    touch(tmp_path, "lonely.jpg", "b_mask.png", "notes.txt", "._a.png", ".hidden.jpg")
    assert main(["fill", str(tmp_path), "-o", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    assert told.out.strip() == "1 no mask, 1 no photo, 1 not a picture, 1 unchanged"
    lines = [line for line in told.err.splitlines() if "left out" in line]
    assert [Path(line.split(": ")[2]).name for line in lines] == ["lonely.jpg", "b_mask.png", "notes.txt"]
    assert all(len(line.split(": ")) > 3 for line in lines) and "hidden" not in told.err and "._a" not in told.err


def test_a_long_list_is_cut(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    touch(tmp_path, *(f"{i:02}.jpg" for i in range(50)))
    assert main(["fill", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 21 and "30 more" in lines[-1]


def test_the_editor_goes_from_photo_to_photo(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a_mask.png", "B.png", "b-MASK.png", "._a.jpg", ".c.png", "venice-mask.jpg", "x.txt")
    names = [path.name for path in neighbours(tmp_path / "a.jpg")]
    assert names == ["a.jpg", "B.png", "venice-mask.jpg"]
    assert tmp_path / "a_mask.png" in neighbours(tmp_path / "a_mask.png")
