"""Which page is filled, what of it is hole, which folders are gone through, and how several results are written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage import data as samples

from model.options import FillOptions
from pconv.__main__ import main
from pconv.files.pairing import find_jobs
from pconv.images.files import Picture, read_hole, read_picture, write_picture
from tests.daemon.conftest import image_fault

PHOTO = samples.chelsea()[60:124, 100:180]
HOLE = np.zeros(PHOTO.shape[:2], np.uint8)
HOLE[20:30, 30:45] = 255


class Painter:
    """Stands for the daemon's client: fills with white, and keeps what it was given."""

    asked: list[tuple[np.ndarray, np.ndarray]]
    options: FillOptions
    most = 4

    def __init__(self, *_: object, **__: object) -> None: ...

    def fill_variants(self, image: np.ndarray, hole: np.ndarray, options: FillOptions, **_: object) -> list[np.ndarray]:
        """The first is white, each further one darker."""
        Painter.asked.append((image, hole))
        Painter.options = options
        whites = [np.iinfo(image.dtype).max // (1 + number) for number in range(min(options.variants, Painter.most))]
        return [np.where((hole > 0)[..., None], white, image).astype(image.dtype) for white in whites]

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def painter(monkeypatch: pytest.MonkeyPatch) -> type[Painter]:
    Painter.asked = []
    monkeypatch.setattr("pconv.files.fill_file.Client", Painter)
    return Painter


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


# --- the hole ----------------------------------------------------------------------------------------------------


def test_invert_keeps_what_would_be_filled(tmp_path: Path) -> None:
    Image.fromarray(255 - HOLE).save(tmp_path / "m.png")
    Image.fromarray(PHOTO).save(tmp_path / "a.png")
    assert run("fill", tmp_path / "a.png", tmp_path / "m.png", "--invert", "-o", tmp_path / "o.png") == 0
    assert np.array_equal(Painter.asked[0][1], HOLE)
    filled = read_picture(tmp_path / "o.png").pixels
    assert np.array_equal(filled[HOLE == 0], PHOTO[HOLE == 0]) and filled[HOLE > 0].min() == 255


def test_labels_are_holes_where_they_are_not_zero(tmp_path: Path) -> None:
    labels = (HOLE > 0).astype(np.uint8)
    labels[0, 0] = 7
    expected = np.where(labels > 0, 255, 0)
    Image.fromarray(labels).save(tmp_path / "a.png")
    Image.fromarray(labels.astype(np.uint16)).save(tmp_path / "deep.png")
    Image.fromarray(labels).save(tmp_path / "a.bmp")
    tifffile.imwrite(tmp_path / "a.tif", labels, photometric="minisblack", metadata=None)
    palette = Image.fromarray(labels, "P")
    palette.putpalette([200, 10, 10, *([0] * 765)])  # 0 is red and the labels are black
    palette.save(tmp_path / "voc.png")
    palette.save(tmp_path / "voc.gif")
    for name in ("a.png", "deep.png", "a.bmp", "a.tif", "voc.png", "voc.gif"):
        assert np.array_equal(read_hole(tmp_path / name, HOLE.shape, any_nonzero=True), expected), name
    Image.fromarray(HOLE).save(tmp_path / "a.jpg")
    assert image_fault(lambda: read_hole(tmp_path / "a.jpg", HOLE.shape, any_nonzero=True)) == "unsupported_image"


def test_a_mask_of_ones_is_told_how_to_be_used(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    Image.fromarray((HOLE > 0).astype(np.uint8)).save(tmp_path / "m.png")
    Image.fromarray(PHOTO).save(tmp_path / "a.png")
    assert run("fill", tmp_path / "a.png", tmp_path / "m.png") == 0
    assert "--any-nonzero" in capsys.readouterr().err


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_transparency_is_the_hole_and_becomes_opaque(tmp_path: Path, dtype: type) -> None:
    scale = np.iinfo(dtype).max // 255
    pixels, alpha = PHOTO.astype(dtype) * scale, (255 - HOLE).astype(dtype) * scale
    write_picture(tmp_path / "a.png", Picture(pixels, alpha))
    assert run("fill", tmp_path / "a.png", "--hole-from-alpha", "-o", tmp_path / "o.png") == 0
    image, hole = Painter.asked[0]
    assert np.array_equal(hole, HOLE) and np.array_equal(image, pixels)
    filled = read_picture(tmp_path / "o.png")
    assert filled.alpha is None and np.array_equal(filled.pixels[HOLE == 0], pixels[HOLE == 0])
    assert filled.pixels[HOLE > 0].min() == np.iinfo(dtype).max


def test_a_cutout_may_become_a_jpeg_and_a_clear_one_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    write_picture(tmp_path / "a.png", Picture(PHOTO, 255 - HOLE))
    assert run("fill", tmp_path / "a.png", "--hole-from-alpha", "-o", tmp_path / "o.jpg") == 0
    write_picture(tmp_path / "clear.png", Picture(PHOTO, HOLE * 0))
    assert run("fill", tmp_path / "clear.png", "--hole-from-alpha") == 2
    assert "fully transparent" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("fill", tmp_path / "a.png", tmp_path / "a.png", "--hole-from-alpha")


# --- pages -------------------------------------------------------------------------------------------------------


def test_a_page_is_chosen(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    pages = [PHOTO, PHOTO[::-1], PHOTO[:, ::-1]]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for page in pages:
            file.write(page, photometric="rgb", metadata=None)
            file.write(page[::4, ::4], photometric="rgb", subfiletype=1, metadata=None)
    Image.fromarray(HOLE).save(tmp_path / "m.png")
    images = [Image.fromarray(page) for page in pages]
    images[0].save(tmp_path / "a.webp", save_all=True, append_images=images[1:], lossless=True)
    for name, word in (("a.tif", "page"), ("a.webp", "frame")):
        assert run("fill", tmp_path / name, tmp_path / "m.png") == 2
        told = capsys.readouterr().err
        assert f"3 {word}s" in told and "--page N" in told
        for number, page in enumerate(pages, 1):
            Painter.asked.clear()
            assert run("fill", tmp_path / name, tmp_path / "m.png", "--page", number, "-o", tmp_path / "o.png") == 0
            assert np.array_equal(Painter.asked[0][0], page)
            assert f"the other {word}s" in capsys.readouterr().err
        assert run("fill", tmp_path / name, tmp_path / "m.png", "--page", 4) == 2
        assert "none of number 4" in capsys.readouterr().err


# --- folders below -----------------------------------------------------------------------------------------------


def test_folders_below_are_filled_and_laid_out_alike(tmp_path: Path) -> None:
    for folder in ("in", "in/x/y", "in/.hidden", "masks", "masks/x/y"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    for name in ("in/a.png", "in/x/y/b.png", "in/.hidden/c.png"):
        Image.fromarray(PHOTO).save(tmp_path / name)
    for name in ("masks/a.png", "masks/x/y/b_mask.png"):
        Image.fromarray(HOLE).save(tmp_path / name)
    for _ in range(2):  # the results of the first run are in the folder at the second
        assert run("fill", tmp_path / "in", tmp_path / "masks", "--recursive", "--jobs", 1) == 0
        results = sorted(str(p.relative_to(tmp_path / "in/filled")) for p in (tmp_path / "in/filled").rglob("*.png"))
        assert results == ["a.png", "x/y/b.png"] and len(Painter.asked) == 2
    jobs, left_out = find_jobs(tmp_path / "in", None, tmp_path / "in/filled", recursive=True)
    assert not jobs and [Path(one.image).name for one in left_out] == ["a.png", "b.png"]
    jobs, _ = find_jobs(tmp_path / "in", tmp_path / "masks/a.png", tmp_path / "in/filled", recursive=True)
    assert [job.output for job in jobs] == [tmp_path / "in/filled/a.png", tmp_path / "in/filled/x/y/b.png"]


def test_a_folder_of_cutouts(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png"):
        write_picture(tmp_path / "in" / name, Picture(PHOTO, 255 - HOLE))
    report = tmp_path / "r.json"
    assert run("fill", tmp_path / "in", "--hole-from-alpha", "-o", tmp_path / "o", "--report", report) == 0
    assert len(Painter.asked) == 2 and '"filled": 2' in report.read_text()


# --- several results ---------------------------------------------------------------------------------------------


def written(folder: Path) -> dict[str, int]:
    """By name of each PNG without a mask's name: its value in the hole."""
    names = [path for path in sorted(folder.glob("*.png")) if "mask" not in path.name]
    return {path.name: int(np.asarray(Image.open(path))[25, 35, 0]) for path in names}


def photo_and_mask(folder: Path, name: str = "a") -> tuple[Path, Path]:
    photo, mask = folder / f"{name}.png", folder / f"{name}_mask.png"
    Image.fromarray(np.zeros((*HOLE.shape, 3), np.uint8)).save(photo)
    Image.fromarray(HOLE).save(mask)
    return photo, mask


def test_variants_are_numbered_beside_the_best(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo, mask = photo_and_mask(tmp_path)
    report = tmp_path / "report.json"
    assert run("fill", photo, mask, "--variants", 3, "--seed", 7, "--report", report) == 0
    assert written(tmp_path) == {"a.png": 0, "a_filled-2.png": 127, "a_filled-3.png": 85, "a_filled.png": 255}
    assert (Painter.options.variants, Painter.options.seed) == (3, 7)
    names = [str(tmp_path / f"a_filled{ending}.png") for ending in ("", "-2", "-3")]
    assert capsys.readouterr().out.split() == names
    (entry,) = json.loads(report.read_text())["files"]
    assert [entry["output"], *entry["others"]] == names


def test_fewer_variants_make_fewer_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Painter, "most", 2)
    photo, mask = photo_and_mask(tmp_path)
    assert run("fill", photo, mask, "-o", tmp_path / "out.png", "--variants", 4) == 0
    assert written(tmp_path) == {"a.png": 0, "out-2.png": 127, "out.png": 255}


def test_a_folders_best_results_are_written_last_so_that_a_run_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    for name in ("a", "b"):
        photo_and_mask(tmp_path, name)
    from pconv.files import fill_file

    real = fill_file.write_picture

    def interrupted(path: Path, *arguments: object, **more: object) -> str:
        if path.name == "a.png":
            raise KeyboardInterrupt
        return real(path, *arguments, **more)

    monkeypatch.setattr(fill_file, "write_picture", interrupted)
    out = tmp_path / "out"
    assert run("fill", tmp_path, "-o", out, "--variants", 2, "--jobs", 1) == 130
    assert (out / "a-2.png").exists() and not (out / "a.png").exists()
    monkeypatch.setattr(fill_file, "write_picture", real)
    (out / "b.png").unlink(missing_ok=True)
    capsys.readouterr()
    assert run("fill", tmp_path, "-o", out, "--variants", 2, "--jobs", 1) == 0
    assert capsys.readouterr().out.strip() == "2 filled"
    assert written(out) == {"a-2.png": 127, "a.png": 255, "b-2.png": 127, "b.png": 255}
    assert run("fill", tmp_path, "-o", out, "--variants", 2) == 0
    assert capsys.readouterr().out.strip() == "2 skipped"


def test_no_result_replaces_a_photo_a_mask_or_anothers_result(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo, mask = photo_and_mask(tmp_path)
    mask2, photo2 = mask.rename(tmp_path / "out-2.png"), tmp_path / "scan-2.png"
    assert run("fill", photo, mask2, "-o", tmp_path / "out.png", "--variants", 2) == 2
    assert "out-2.png is the mask" in capsys.readouterr().err
    photo.rename(photo2)
    assert run("fill", photo2, mask2, "-o", tmp_path / "scan.png", "--variants", 3) == 2
    assert "scan-2.png is the photo" in capsys.readouterr().err
    photo_and_mask(tmp_path, "scan")
    photo_and_mask(tmp_path, "scan-2")
    assert run("fill", tmp_path, "-o", tmp_path / "out", "--variants", 2) == 2
    assert "scan-2.png" in capsys.readouterr().err
    assert Painter.asked == []


@pytest.mark.parametrize("wrong", [["--variants", "0"], ["--variants", "5"], ["--seed", "-1"]])
def test_variants_and_seeds_out_of_range_are_named(
    tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit) as left:
        run("fill", *photo_and_mask(tmp_path), *wrong)
    assert left.value.code == 2 and f"{wrong[0]} must be" in capsys.readouterr().err
