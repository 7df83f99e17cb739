"""All pages of a TIFF and all frames of an animation are filled into one file."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageSequence
from skimage import data as samples

from model.errors import DeviceError
from pconv.commands import fill as command
from pconv.images import masks
from pconv.images.files import read_picture
from pconv.images.series import read_series
from tests.pconv.painter import Painter, painter, run  # noqa: F401  a fixture

PHOTO = samples.chelsea()[60:124, 100:180]
HOLE = np.zeros(PHOTO.shape[:2], np.uint8)
HOLE[20:30, 30:45] = 255


def save_pages(path: Path, pages: list[np.ndarray]) -> Path:
    with tifffile.TiffWriter(path) as file:
        for page in pages:
            file.write(page, photometric="rgb" if page.ndim == 3 else "minisblack", metadata=None)
    return path


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


def test_frames_of_more_bits_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    deep = np.stack(frames(3)).astype(np.uint16) * 4
    (tmp_path / "a.avif").write_bytes(imagecodecs.avif_encode(deep, level=90, bitspersample=10))
    Image.fromarray(np.zeros((100, 160), np.uint8)).save(tmp_path / "m.png")
    assert run("fill", tmp_path / "a.avif", tmp_path / "m.png", "--all-pages") == 2
    assert "its frames have 10 bits a channel" in capsys.readouterr().err


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


# --- before and beside the fills ---------------------------------------------------------------------------------


def test_holes_are_written_before_any_fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, mask = save_pages(tmp_path / "a.tif", [PHOTO] * 3), save_pages(tmp_path / "m.tif", [HOLE] * 3)
    holes = tmp_path / "h.tif"

    def fails(*_: object, **__: object) -> None:
        assert read_series(holes).count == 3
        raise DeviceError("device_failed", "The device failed.")

    monkeypatch.setattr(Painter, "fill_variants", fails)
    assert run("fill", photo, mask, "--all-pages", "--save-mask", holes) == 4
    assert holes.exists() and not (tmp_path / "a_filled.tif").exists()


def test_a_fault_of_the_last_page_is_told_before_any_fill(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo = save_pages(tmp_path / "a.tif", [PHOTO] * 3)
    mask = save_pages(tmp_path / "m.tif", [HOLE, HOLE, np.full_like(HOLE, 255)])
    assert run("fill", photo, mask, "--all-pages") == 2
    assert "all white" in capsys.readouterr().err and Painter.asked == []


def test_a_folder_of_scans_has_its_holes_in_pages(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    save_pages(tmp_path / "in/a.tif", [PHOTO] * 2)
    save_pages(tmp_path / "in/a_mask.tif", [HOLE, HOLE[::-1]])
    Image.fromarray(PHOTO).save(tmp_path / "in/b.png")
    Image.fromarray(HOLE).save(tmp_path / "in/b_mask.png")
    assert run("fill", tmp_path / "in", "--all-pages", "--save-mask", tmp_path / "holes") == 0
    pages = [tifffile.imread(tmp_path / f"holes/{name}_mask.tif", key=slice(None)) for name in "ab"]
    assert np.array_equal(pages[0], np.stack([HOLE, HOLE[::-1]])) and np.array_equal(pages[1].squeeze(), HOLE)


def test_what_is_to_be_said_of_holes_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo = save_pages(tmp_path / "a.tif", [PHOTO] * 5)
    faint, tall = HOLE // 255, np.pad(HOLE, ((0, 40), (0, 0)))
    mask = save_pages(tmp_path / "m.tif", [faint, faint * 9, tall, HOLE * 0, HOLE * 0])
    assert run("fill", photo, mask, "--all-pages", "--resize-mask") == 0
    told = " ".join(capsys.readouterr().err.split())
    assert [told.count(words) for words in ("hardly shows", "proportions", "nothing to fill")] == [1, 1, 0]
    assert "2 of its 5 pages have no hole" in told


def test_colours_that_were_converted_on_any_page_are_told(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(np.dstack([PHOTO, PHOTO[..., 0]]), photometric="separated", metadata=None)
        file.write(PHOTO, photometric="rgb", metadata=None)
    Image.fromarray(HOLE).save(tmp_path / "m.png")
    assert run("fill", tmp_path / "a.tif", tmp_path / "m.png", "--all-pages") == 0
    assert "CMYK colours became sRGB" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".avif", ".tif"])
def test_without_any_hole_the_file_is_copied(tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture) -> None:
    images = [Image.fromarray(frame) for frame in frames()]
    images[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=images[1:])
    Image.new("L", (160, 100)).save(tmp_path / "m.png")
    report = tmp_path / "r.json"
    arguments = ("fill", tmp_path / f"a{suffix}", tmp_path / "m.png", "--all-pages")
    assert run(*arguments, "--report", report) == 0
    assert (tmp_path / f"a_filled{suffix}").read_bytes() == (tmp_path / f"a{suffix}").read_bytes()
    assert "nothing to fill" in capsys.readouterr().err and '"unchanged": 1' in report.read_text()
    assert run(*arguments, "-o", tmp_path / "o.tif", "--quality", 90) == 0


def test_one_mask_for_all_frames_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    real = masks.read_bytes
    monkeypatch.setattr(masks, "read_bytes", lambda path: read.append(path) or real(path))
    images = [Image.fromarray(frame) for frame in frames()]
    images[0].save(tmp_path / "a.png", save_all=True, append_images=images[1:])
    mask = np.zeros((100, 160), np.uint8)
    mask[58:82, 98:132] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    assert run("fill", tmp_path / "a.png", tmp_path / "m.png", "--all-pages") == 0
    assert read == [tmp_path / "m.png"]


def test_ctrl_c_is_heeded_where_nothing_is_asked_of_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """After the first frame's fill the others are only moved."""
    pressed = threading.Event()

    @contextlib.contextmanager
    def interruptible() -> Iterator[threading.Event]:
        yield pressed

    real = Painter.fill_variants

    def then_pressed(self: Painter, *arguments: object, **more: object) -> list[np.ndarray]:
        pressed.set()
        return real(self, *arguments, **more)

    monkeypatch.setattr(command, "interruptible", interruptible)
    monkeypatch.setattr(Painter, "fill_variants", then_pressed)
    images = [Image.fromarray(frame) for frame in frames()]
    images[0].save(tmp_path / "a.png", save_all=True, append_images=images[1:])
    mask = np.zeros((100, 160), np.uint8)
    mask[58:82, 98:132] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    assert run("fill", tmp_path / "a.png", tmp_path / "m.png", "--all-pages") == 130
    assert len(Painter.asked) == 1 and not (tmp_path / "a_filled.png").exists()


# --- the colours of a GIF ----------------------------------------------------------------------------------------


def full_gif(path: Path, clear: bool) -> list[np.ndarray]:
    """Three frames with as many colours as a palette holds; (H, W, 4) each, as Pillow shows them."""
    rng, images = np.random.default_rng(4), []
    for _ in range(3):
        colours = rng.integers(1, 256, (255 if clear else 256, 3), dtype=np.uint8)
        numbers = np.resize(np.arange(len(colours), dtype=np.uint8), (64, 80))
        images.append(Image.fromarray(numbers, "P"))
        images[-1].putpalette(colours.tobytes() + bytes(3) * clear)
        if clear:
            images[-1].paste(255, (0, 0, 10, 10))
            images[-1].info["transparency"] = 255
    images[0].save(path, save_all=True, append_images=images[1:], disposal=2, duration=100, optimize=False)
    with Image.open(path) as image:
        return [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize("clear", [False, True])
def test_a_gif_whose_palettes_are_full_keeps_all_its_colours(
    tmp_path: Path, clear: bool, capsys: pytest.CaptureFixture
) -> None:
    before = full_gif(tmp_path / "a.gif", clear)
    Image.fromarray(HOLE).save(tmp_path / "m.png")
    assert run("fill", tmp_path / "a.gif", tmp_path / "m.png", "--all-pages") == 0
    assert "colours" not in capsys.readouterr().err
    with Image.open(tmp_path / "a_filled.gif") as image:
        after = [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)]
    shown = (HOLE == 0) & (before[0][..., 3] > 0)
    for old, new in zip(before, after, strict=True):
        assert np.array_equal(old[..., 3], new[..., 3]) and np.array_equal(old[shown], new[shown])


def test_frames_of_more_colours_than_a_gif_holds_are_told(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    images = [Image.fromarray(frame) for frame in frames()]
    images[0].save(tmp_path / "a.png", save_all=True, append_images=images[1:])
    mask = np.zeros((100, 160), np.uint8)
    mask[58:82, 98:132] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    assert run("fill", tmp_path / "a.png", tmp_path / "m.png", "--all-pages", "-o", tmp_path / "o.gif") == 0
    assert "colours beyond 256" in " ".join(capsys.readouterr().err.split())
