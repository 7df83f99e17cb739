"""A picture turned, levelled, cropped and extended, with all that is laid over it: exact, and back again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from desktop_ui.document.document import Document, Work
from desktop_ui.document.edits import Plane
from desktop_ui.document.extent import mask_extent
from desktop_ui.document.frames import (
    FLIP_ACROSS,
    FLIP_DOWN,
    TURN_LEFT,
    TURN_RIGHT,
    Frame,
    farthest,
    largest_inside,
    lies_inside,
    then,
)  # fmt: skip
from desktop_ui.document.project import Snapshot, read_project, write_project
from desktop_ui.document.reframing import framed
from model.errors import PconvError
from model.geometry.boxes import Box
from model.options import FillOptions
from pconv.images.files import Picture, read_picture, write_picture
from pconv.images.metadata import Extras
from tests.desktop_ui.test_document import fill_with, mark

CROP, EXTEND = Frame(box=Box(10, 20, 80, 110)), Frame(box=Box(-22, 0, 90, 150))
LEVEL = Frame(angle=4.0, box=largest_inside((90, 120), 4.0))
EXACT = [Frame(turn) for turn in (TURN_LEFT, TURN_RIGHT, FLIP_ACROSS, FLIP_DOWN, 3, 5, 7)] + [CROP, EXTEND]


def picture(dtype=np.uint8, channels: int = 3, alpha: bool = False, **extras) -> Picture:
    """90×120, smooth, so that what is resampled can be compared."""
    rng = np.random.default_rng(4)
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    smooth = cv2.resize(rng.random((9, 12, channels)), (120, 90), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    pixels = (smooth.reshape(90, 120, channels) * full).astype(dtype)
    clear = (cv2.resize(rng.random((5, 5)), (120, 90)) * full).astype(dtype) if alpha else None
    return Picture(pixels, clear, Extras(**extras))


def worked(dtype=np.uint8, channels: int = 3, alpha: bool = False) -> Document:
    """Two fills that overlap, the first with two results; the last one's mask is there."""
    document = Document(picture(dtype, channels, alpha))
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    for box, values in ((Box(20, 30, 50, 60), (0.25, 0.75)), (Box(40, 50, 70, 100), (0.5,))):
        document.replace_mask("clear", np.zeros_like(document.mask))
        mark(document, box)
        for seed, value in enumerate(values):
            fill_with(document, value * full, FillOptions(seed=seed))
    return document


def state(document: Document) -> tuple:
    alpha = document.picture.alpha
    return (
        document.image.tobytes(),
        document.mask.tobytes(),
        None if alpha is None else alpha.tobytes(),
        document.work,
    )


def of(array: np.ndarray, frame: Frame) -> np.ndarray:
    """The same, said in another way: numpy alone, and only where the picture is."""
    ways = {
        2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).swapaxes(0, 1), 8: np.rot90,
    }  # fmt: skip
    array = ways[frame.turn](array) if frame.turn != 1 else array
    box = frame.kept(array.shape[:2]) if frame.turn == 1 else Box.of(array.shape)
    return array[max(0, box.top) : box.bottom, max(0, box.left) : box.right]


@pytest.mark.parametrize("frame", EXACT, ids=str)
@pytest.mark.parametrize("dtype, channels, alpha", [(np.uint8, 3, True), (np.uint16, 1, False), (np.float32, 3, False)])
def test_an_exact_frame_moves_pixels_and_changes_none(frame, dtype, channels, alpha) -> None:
    document = worked(dtype, channels, alpha)
    before, masked, original = document.image, document.mask, document.original
    extended = document.reframe(frame, "frame")
    assert extended == (frame is EXTEND)
    inside = (slice(22, None), slice(0, 120)) if extended else (slice(None), slice(None))
    assert np.array_equal(document.image[inside], of(before, frame))
    assert np.array_equal(document.original[inside], of(original, frame))
    if not extended:
        assert np.array_equal(document.mask, of(masked, frame)) and document.filled
    assert document.mask.shape == document.image.shape[:2] == frame.shape((90, 120))


@pytest.mark.parametrize("frame", [*EXACT, LEVEL, Frame(angle=-3, box=Box(0, 0, 90, 120))], ids=str)
def test_every_frame_is_undone_and_done_again(frame) -> None:
    document = worked(alpha=True)
    states = [state(document)]
    document.reframe(frame, "frame")
    states.append(state(document))
    mark(document, Box(60, 5, 69, 14))
    states.append(state(document))
    fill_with(document, 77)
    states.append(state(document))
    for known in reversed(states[:-1]):
        document.undo()
        assert state(document) == known
    for known in states[1:]:
        document.redo()
        assert state(document) == known


@pytest.mark.parametrize("frame", EXACT, ids=str)
def test_the_results_go_along_and_can_still_be_chosen(frame) -> None:
    plain, turned = worked(), worked()
    turned.reframe(frame, "frame")
    assert len(turned.fills) == 2
    for document in (plain, turned):
        document.choose_candidate(0, 0, "choose")
    inside = (slice(22, None), slice(0, 120)) if frame is EXTEND else (slice(None), slice(None))
    assert np.array_equal(turned.image[inside], of(plain.image, frame))


def test_a_levelled_picture_is_that_of_the_levelled_result() -> None:
    document = worked()
    expected = framed(Picture(document.image), LEVEL).pixels
    document.reframe(LEVEL, "level")
    difference = np.abs(document.image.astype(int) - expected)
    assert difference.max() <= 3 and (difference > 1).mean() < 0.01, "apart from the rounding of the resampling"
    assert document.filled and len(document.fills) == 2


def test_levelling_there_and_back_is_the_picture() -> None:
    for dtype in (np.uint8, np.uint16, np.float32):
        before = picture(dtype)
        after = framed(
            framed(before, Frame(angle=10, box=Box(0, 0, 90, 120))), Frame(angle=-10, box=Box(0, 0, 90, 120))
        )
        middle = (slice(30, 60), slice(40, 80))
        full = 1 if dtype == np.float32 else np.iinfo(dtype).max
        difference = after.pixels[middle].astype(float) - before.pixels[middle]
        assert after.pixels.dtype == dtype and np.abs(difference).max() < 0.012 * full


def test_what_is_hidden_colours_nothing_when_a_picture_is_levelled() -> None:
    pixels = np.full((60, 60, 3), 200, np.uint8)
    alpha = np.full((60, 60), 255, np.uint8)
    pixels[:, 30:], alpha[:, 30:] = 0, 0
    levelled = framed(Picture(pixels, alpha), Frame(angle=5, box=Box(10, 10, 50, 50)))
    seen = levelled.alpha > 40
    assert seen.any() and not seen.all() and levelled.pixels[seen].min() >= 195


@pytest.mark.parametrize("shape", [(90, 120), (121, 90), (91, 91)])
@pytest.mark.parametrize("angle", [0.0, 0.3, -2.0, 17.0, 44.9, -45.0])
def test_the_largest_box_is_inside_and_no_larger_one_is(shape, angle) -> None:
    box = largest_inside(shape, angle)
    assert Frame(angle=angle, box=box).uncovered(shape) is None and lies_inside(box, shape, angle)
    assert angle == 0 or not lies_inside(box.grown(3), shape, angle)


@pytest.mark.parametrize("frame", [*EXACT, LEVEL], ids=str)
def test_strokes_and_what_is_forbidden_go_along(tmp_path, frame) -> None:
    document = worked()
    document.replace_mask("forbid", np.where(np.mgrid[0:90, 0:120][1] > 90, 255, 0).astype(np.uint8), Plane.FORBIDDEN)
    edit = document.edit_pixels("clone")
    edit.put(Box(30, 40, 44, 52), np.full((14, 12, 3), 200, np.uint8))
    edit.commit()
    before = document.image.copy(), document.forbidden.copy()
    document.reframe(frame, "frame")
    if frame.is_exact and frame is not EXTEND:
        assert np.array_equal(document.image, of(before[0], frame))
        assert np.array_equal(document.forbidden, of(before[1], frame))
    assert document.fills[-1].by_hand and document.forbidden.any() and not document.forbidden.all()
    write_project(tmp_path / "work.pconv", Snapshot.of(document))
    again = read_project(tmp_path / "work.pconv")
    assert np.array_equal(again.image, document.image) and np.array_equal(again.forbidden, document.forbidden)
    for one in (document, again):
        one.undo()
        assert np.array_equal(one.image, before[0]) and np.array_equal(one.forbidden, before[1])


def test_new_parts_are_marked_and_nothing_else_that_was_filled() -> None:
    document = worked()
    assert document.reframe(EXTEND, "extend")
    assert (document.mask[:22] == 255).all() and (document.mask[:, 120:] == 255).all()
    assert not document.mask[22:, :120].any(), "the last mask is filled already"
    fill_with(document, 9)
    assert (document.image[:22] == 9).all() and len(document.fills) == 3


def test_what_waits_to_be_filled_is_filled_with_the_new_part() -> None:
    document = Document(picture())
    mark(document, Box(40, 40, 50, 50))
    document.reframe(EXTEND, "extend")
    assert document.mask[65, 45] == 255 and document.mask[0, 0] == 255


def test_corners_that_are_empty_are_marked() -> None:
    document = Document(picture())
    assert document.reframe(Frame(angle=6, box=Box(0, 0, 90, 120)), "level")
    assert document.mask[0, 0] == document.mask[-1, -1] == 255 and document.mask[45, 60] == 0
    assert 0.02 < (document.mask > 0).mean() < 0.2


@pytest.mark.parametrize(
    "frame",
    [
        Frame(9),
        Frame(angle=50),
        Frame(box=Box(0, 0, 0, 9)),
        Frame(box=Box(-23, 0, 9, 9)),
        Frame(box=Box(-20, 0, -1, 9)),
    ],
)
def test_what_is_no_frame_changes_nothing(frame) -> None:
    document = worked()
    before = state(document)
    with pytest.raises(ValueError):
        document.reframe(frame, "no")
    assert state(document) == before


def test_frames_that_take_each_other_back_are_none() -> None:
    shape = (90, 120)
    once = then((), Frame(TURN_LEFT), shape)
    assert once == (Frame(TURN_LEFT),) and then(once, Frame(TURN_RIGHT), shape) == ()
    assert then((), Frame(box=Box(0, 0, 90, 120)), shape) == ()
    assert then((CROP,), Frame(box=Box(5, 5, 20, 20)), shape) == (Frame(box=Box(15, 25, 30, 40)),)
    document = Document(picture())
    for _ in range(4):
        document.reframe(Frame(TURN_RIGHT), "turn")
    assert document.picture is document.opened and not document.unexported and document.history.depth == 4
    for _ in range(200):
        document.reframe(Frame(TURN_RIGHT), "turn")
    assert farthest(shape) == Box(-22, -30, 112, 150)


def test_a_frame_is_work_that_is_in_no_file_until_it_is_saved() -> None:
    document = Document(picture())
    document.reframe(CROP, "crop")
    assert document.unexported
    document.mark_exported()
    assert not document.unexported and document.work == Work((CROP,), ())
    document.undo()
    assert document.unexported


def test_a_fill_that_was_asked_for_in_another_frame_is_known() -> None:
    document = Document(picture())
    mark(document, Box(40, 40, 50, 50))
    request = document.fill_request(FillOptions())
    assert document.in_frame_of(request) and document.waits_for(request)
    document.reframe(Frame(box=Box(0, 0, 80, 100)), "crop")
    assert not document.in_frame_of(request) and not document.waits_for(request)


# in a project


@pytest.mark.parametrize("embed", [True, False])
@pytest.mark.parametrize("dtype, channels, alpha", [(np.uint8, 3, True), (np.uint16, 1, False), (np.float32, 3, False)])
def test_a_project_holds_the_frames_and_the_way_back(tmp_path, embed, dtype, channels, alpha) -> None:
    from desktop_ui.jobs.files import load

    path = tmp_path / ("photo.tif" if dtype == np.float32 else "photo.png")
    write_picture(path, picture(dtype, channels, alpha))
    document = load(path)
    states = [state(document)]
    for frame in (EXTEND, Frame(TURN_LEFT), Frame(angle=-3, box=largest_inside((150, 112), -3)), Frame(FLIP_DOWN)):
        mark(document, Box(30, 30, 50, 60))
        fill_with(document, 0.5 if dtype == np.float32 else 50)
        states.append(state(document))
        document.reframe(frame, "frame")
        states.append(state(document))
    write_project(tmp_path / "work.pconv", Snapshot.of(document), embed=embed)
    again = read_project(tmp_path / "work.pconv")
    assert state(again) == states[-1] and again.frames == document.frames
    depth = again.history.depth
    assert depth == document.history.depth
    for known in reversed(states[1:-1]):
        while state(again) != known:
            assert again.undo() is not None


def test_a_pasted_picture_is_kept_as_it_was_pasted(tmp_path) -> None:
    document = Document(picture())
    document.reframe(CROP, "crop")
    write_project(tmp_path / "work.pconv", Snapshot.of(document))
    again = read_project(tmp_path / "work.pconv")
    assert state(again) == state(document)
    again.undo()
    assert np.array_equal(again.image, picture().pixels)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda manifest: manifest["frames"].append([1, 0.0, [0, 0, 10**6, 10**6]]),
        lambda manifest: manifest.update(frames=[[1, 0.0, None]] * 1000),
        lambda manifest: manifest.update(frames=[]),
        lambda manifest: manifest.update(opened_size=[1 << 20, 1 << 20]),
    ],
)
def test_frames_that_are_made_to_harm_are_refused(tmp_path, spoil) -> None:
    import json
    import zipfile

    document = Document(picture())
    document.reframe(CROP, "crop")
    write_project(tmp_path / "good.pconv", Snapshot.of(document))
    with zipfile.ZipFile(tmp_path / "good.pconv") as good, zipfile.ZipFile(tmp_path / "bad.pconv", "w") as bad:
        for name in good.namelist():
            data = good.read(name)
            if name == "project.json":
                manifest = json.loads(data)
                spoil(manifest)
                data = json.dumps(manifest).encode()
            bad.writestr(name, data)
    with pytest.raises(PconvError):
        read_project(tmp_path / "bad.pconv")


# in the file


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("frame", [CROP, Frame(TURN_LEFT)], ids=str)
def test_a_saved_picture_says_its_own_size(tmp_path, orientation, frame) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[274], exif[271] = orientation, "Maker"
    exif[256], exif[257] = 120, 90
    exif.get_ifd(34665).update({40962: 120, 40963: 90, 37510: b"ASCII\0\0\0words"})
    source = tmp_path / "photo.jpg"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf exif:PixelXDimension="120"><tiff:ImageLength>90</tiff:ImageLength>'
    Image.fromarray(picture().pixels).save(source, exif=exif, xmp=xmp, dpi=(300, 300))
    document = Document(read_picture(source))
    document.reframe(frame, "frame")
    write_picture(tmp_path / "out.png", document.result())
    with Image.open(tmp_path / "out.png") as saved:
        width, height = saved.size
        tags = saved.getexif()
        assert (tags[256], tags[257]) == (width, height) and tags[271] == "Maker"
        below = tags.get_ifd(34665)
        assert (below[40962], below[40963]) == (width, height) and below[37510].endswith(b"words")
        assert b'PixelXDimension="%d"' % width in saved.info["xmp"]
        assert b"<tiff:ImageLength>%d<" % height in saved.info["xmp"]
    again = read_picture(tmp_path / "out.png")
    assert np.array_equal(again.pixels, document.image) and again.extras.orientation == orientation


def test_more_channels_go_along_and_a_place_on_the_map_does_not(tmp_path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[271], exif[33550] = "Maker", (1.0, 1.0, 0.0)
    sample = np.arange(90 * 120, dtype=np.uint16).reshape(90, 120)
    before = picture(np.uint16, exif=exif.tobytes(), samples=(sample,), dpi=(300.0, 150.0))
    after = framed(before, Frame(TURN_RIGHT))
    assert np.array_equal(after.extras.samples[0], np.rot90(sample, -1)) and after.extras.dpi == (150.0, 300.0)
    tags = Image.Exif()
    tags.load(after.extras.exif)
    assert 33550 not in tags and tags[271] == "Maker" and after.extras.left_out == ("place on the map",)


def test_a_mask_is_kept_for_a_picture_that_is_as_its_file(tmp_path) -> None:
    from desktop_ui.jobs.files import load, save_picture
    from desktop_ui.jobs.kept_work import KeptWork

    path = tmp_path / "photo.png"
    write_picture(path, picture())
    kept, document = KeptWork(tmp_path / "kept"), load(path)
    document.reframe(CROP, "crop")
    mark(document, Box(5, 5, 20, 20))
    kept.keep(document)
    assert not kept.open(path).mask.any(), "it would lie in another place"
    document.stamp = save_picture(path, document.result()).stamp
    document.mark_exported()
    kept.keep(document)
    assert mask_extent(kept.open(path).mask) == Box(5, 5, 20, 20)
