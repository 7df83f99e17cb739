"""All pages of a TIFF and all frames of an animation are filled into one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage import data as samples

from pconv.images.files import read_picture
from tests.pconv.painter import Painter, painter, run  # noqa: F401  a fixture

PHOTO = samples.chelsea()[60:124, 100:180]
HOLE = np.zeros(PHOTO.shape[:2], np.uint8)
HOLE[20:30, 30:45] = 255


def test_every_page_is_filled_with_its_tags(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    deep = PHOTO.astype(np.uint16) * 257
    pages = [PHOTO, deep[::-1], PHOTO[..., 0], PHOTO[:40, :50]]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for number, page in enumerate(pages):
            kind = "rgb" if page.ndim == 3 else "minisblack"
            tags = [(285, "s", 0, f"page {number}", True), (34675, "B", 3, bytes([number] * 3), True)]
            file.write(page, photometric=kind, resolution=(300, 300), metadata=None, extratags=tags)
        file.write(PHOTO[::8, ::8], photometric="rgb", subfiletype=1, metadata=None)
    Image.fromarray(HOLE).save(tmp_path / "m.png")
    arguments = ("fill", tmp_path / "a.tif", tmp_path / "m.png", "--all-pages", "--resize-mask")
    assert run(*arguments, "-o", tmp_path / "o.tif") == 0
    assert len(Painter.asked) == 4 and "thumbnail" in capsys.readouterr().err
    with tifffile.TiffFile(tmp_path / "o.tif") as out:
        assert len(out.pages) == 4
        for number, (page, filled) in enumerate(zip(pages, out.pages, strict=True)):
            array, hole = filled.asarray(), Painter.asked[number][1]
            assert array.dtype == page.dtype and np.array_equal(array[hole == 0], page[hole == 0])
            assert array[hole > 0].min() == np.iinfo(page.dtype).max
            assert filled.tags[285].value == f"page {number}" and bytes(filled.tags[34675].value) == bytes([number] * 3)
            assert filled.tags[282].value == (300, 1)
    assert run(*arguments, "-o", tmp_path / "o.png") == 2
    assert "save them as a TIFF" in capsys.readouterr().err


def test_a_mask_may_have_as_many_pages(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    masks = [np.roll(HOLE, shift, axis=1) for shift in (0, 10, 20)]
    for name, pages in (("a.tif", [PHOTO] * 3), ("m.tif", masks), ("two.tif", masks[:2])):
        kind = "rgb" if name == "a.tif" else "minisblack"
        tifffile.imwrite(tmp_path / name, np.stack(pages), photometric=kind, metadata=None)
    holes = tmp_path / "holes.tif"
    assert run("fill", tmp_path / "a.tif", tmp_path / "m.tif", "--all-pages", "--save-mask", holes) == 0
    assert [np.array_equal(hole, mask) for (_, hole), mask in zip(Painter.asked, masks, strict=True)] == [True] * 3
    assert np.array_equal(tifffile.imread(holes), np.stack(masks))
    assert run("fill", tmp_path / "a.tif", tmp_path / "two.tif", "--all-pages") == 2
    assert "has 2 pages" in capsys.readouterr().err


def frames(count: int = 5) -> list[np.ndarray]:
    """A window that moves over a picture, with a still mark."""
    picture, made = np.ascontiguousarray(samples.chelsea()[60:160]), []
    for number in range(count):
        frame = picture[:, 40 + 4 * number : 200 + 4 * number].copy()
        frame[60:80, 100:130] = 255
        made.append(frame)
    return made


def frames_of(path: Path) -> list[tuple[np.ndarray, int]]:
    """(pixels, milliseconds) of each frame."""
    with Image.open(path) as image:
        found = []
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            found.append((np.asarray(image.convert("RGB")), round(image.info["duration"])))
    return found


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".avif"])
def test_every_frame_is_filled(tmp_path: Path, suffix: str) -> None:
    images = [Image.fromarray(frame) for frame in frames()]
    lossless = {"lossless": True} if suffix == ".webp" else {"quality": 95} if suffix == ".avif" else {}
    options = {"duration": [100, 200, 300, 100, 50]} | ({} if suffix == ".avif" else {"loop": 3})
    images[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=images[1:], **options, **lossless)
    mask = np.zeros((100, 160), np.uint8)
    mask[58:82, 98:132] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    assert run("fill", tmp_path / f"a{suffix}", tmp_path / "m.png") == 2, "which frame?"
    assert run("fill", tmp_path / f"a{suffix}", tmp_path / "m.png", "--all-pages") == 0
    before, after = frames_of(tmp_path / f"a{suffix}"), frames_of(tmp_path / f"a_filled{suffix}")
    assert [ms for _, ms in after] == [ms for _, ms in before] == [100, 200, 300, 100, 50]
    for (old, _), (new, _) in zip(before, after, strict=True):
        away = np.abs(old[mask == 0].astype(int) - new[mask == 0])
        assert away.mean() < 2 if suffix == ".avif" else not away.any()
    if suffix != ".avif":
        with Image.open(tmp_path / f"a_filled{suffix}") as image:
            assert image.info["loop"] == 3
    assert len(Painter.asked) < 5, "frames take what stood in the one before"


def test_transparent_frames_stay_so(tmp_path: Path) -> None:
    made = []
    for frame in frames(3):
        made.append(Image.fromarray(np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)])))
        made[-1].paste((0, 0, 0, 0), (0, 0, 20, 20))
    mask = np.zeros((100, 160), np.uint8)
    mask[58:82, 98:132] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    for suffix, options in ((".png", {}), (".webp", {"lossless": True, "exact": True}), (".gif", {"disposal": 2})):
        made[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=made[1:], duration=100, **options)
        assert run("fill", tmp_path / f"a{suffix}", tmp_path / "m.png", "--all-pages") == 0
        with Image.open(tmp_path / f"a_filled{suffix}") as image:
            for index in range(3):
                image.seek(index)
                alpha = np.asarray(image.convert("RGBA"))[..., 3]
                assert not alpha[:20, :20].any() and (alpha[20:] == 255).all()


def test_a_gif_is_read_filled_and_written(tmp_path: Path) -> None:
    Image.fromarray(PHOTO).quantize(200).save(tmp_path / "a.gif")
    Image.fromarray(HOLE).save(tmp_path / "m.gif")
    assert run("fill", tmp_path / "a.gif", tmp_path / "m.gif") == 0
    before, after = (read_picture(tmp_path / name).pixels for name in ("a.gif", "a_filled.gif"))
    assert np.array_equal(before[HOLE == 0], after[HOLE == 0]) and after[HOLE > 0].min() == 255
