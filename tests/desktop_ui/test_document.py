"""The document without a window: strokes, fills, candidates, and the way back."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_ui.document.change import Change
from desktop_ui.document.document import Document
from desktop_ui.document.fills import Candidate
from desktop_ui.document.history import History, Step
from desktop_ui.document.patches import TILE, Recorder, swap
from desktop_ui.tools.brush import Brush
from desktop_ui.tools.painting import PaintTool
from desktop_ui.tools.pointer import Pointer
from model.geometry.boxes import Box, union
from model.geometry.contexts import context_boxes, prepare_hole
from model.options import FillOptions
from pconv.images.files import Picture


def picture(height: int = 200, width: int = 300, dtype=np.uint8) -> Picture:
    rng = np.random.default_rng(5)
    if dtype == np.float32:
        return Picture(rng.random((height, width, 3), np.float32))
    return Picture(rng.integers(0, np.iinfo(dtype).max, (height, width, 3), dtype))


def mark(document: Document, rect: Box) -> None:
    edit = document.edit_mask("mark")
    edit.put(rect, np.full((rect.height, rect.width), 255, np.uint8))
    edit.commit()


def fill_with(document: Document, value: int, options: FillOptions | None = None) -> None:
    request = document.fill_request(options or FillOptions())
    filled = request.image.copy()
    filled[request.hole > 0] = value
    document.finish_fill(request, filled, "fill")


def test_steps_taken_back_within_a_stroke_leave_the_history_exact() -> None:
    document, tool = Document(picture()), PaintTool(brush=Brush(9.0))
    states = [document.mask.copy()]
    for x in (40.0, 80.0):
        tool.press(document, Pointer(x, 50.0))
        tool.move(Pointer(x, 90.0))
        tool.release(Pointer(x, 90.0))
        states.append(document.mask.copy())
    tool.press(document, Pointer(120.0, 50.0))
    for y in (70.0, 90.0):
        document.undo()
        tool.move(Pointer(120.0, y))
    assert not tool.release(Pointer(120.0, 90.0))
    assert np.array_equal(document.mask, states[0]) and document.undo() is None
    for state in states[1:]:
        document.redo()
        assert np.array_equal(document.mask, state)


def test_a_fill_is_asked_for_with_the_transparency_of_its_context() -> None:
    cut_out = picture()
    cut_out.alpha = np.full((200, 300), 255, np.uint8)
    cut_out.alpha[:, 150:] = 0
    document = Document(cut_out)
    mark(document, Box(90, 130, 110, 149))
    request = document.fill_request(FillOptions())
    assert np.array_equal(request.alpha, cut_out.alpha[request.box.slices]) and not request.alpha.all()
    assert Document(picture()).picture.alpha is None


def test_every_step_back_is_exact_and_forth_again() -> None:
    document = Document(picture())
    rng = np.random.default_rng(1)
    states = [(document.mask.copy(), document.image.copy())]
    for number in range(12):
        top, left = rng.integers(0, 150, 2)
        mark(document, Box(int(top), int(left), int(top) + 30, int(left) + 40))
        states.append((document.mask.copy(), document.image.copy()))
        if number % 3 == 0:
            fill_with(document, 10 * number + 5)
            states.append((document.mask.copy(), document.image.copy()))
    depth = document.history.depth
    for mask, image in reversed(states[:depth]):
        assert document.undo() is not None
        assert np.array_equal(document.mask, mask) and np.array_equal(document.image, image)
    assert document.undo() is None
    for mask, image in states[1:]:
        assert document.redo() is not None
        assert np.array_equal(document.mask, mask) and np.array_equal(document.image, image)
    assert document.redo() is None


def test_the_opened_pixels_are_never_written() -> None:
    opened = picture()
    before = opened.pixels.copy()
    document = Document(opened)
    mark(document, Box(20, 20, 60, 60))
    fill_with(document, 200)
    assert not np.array_equal(document.image, before)
    assert np.array_equal(opened.pixels, before)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_outside_the_hole_a_fill_changes_nothing(dtype) -> None:
    document = Document(picture(dtype=dtype))
    mark(document, Box(50, 60, 90, 120))
    fill_with(document, 1)
    outside = document.mask == 0
    assert np.array_equal(document.image[outside], document.original[outside])
    assert (document.image[~outside] == 1).all()
    assert document.result().pixels.dtype == dtype


def test_the_same_mask_again_is_a_candidate_and_another_mask_a_fill() -> None:
    document = Document(picture())
    mark(document, Box(50, 60, 90, 120))
    fill_with(document, 10)
    fill_with(document, 20, FillOptions(grow=3))
    assert [len(fill.candidates) for fill in document.fills] == [2]
    assert document.image[70, 80, 0] == 20
    document.choose_candidate(0, 0, "choose")
    assert document.image[70, 80, 0] == 10
    document.undo()
    assert document.image[70, 80, 0] == 20
    mark(document, Box(10, 10, 20, 20))
    fill_with(document, 30)
    assert [len(fill.candidates) for fill in document.fills] == [2, 1]


def test_a_second_try_looks_at_the_picture_before_the_first() -> None:
    document = Document(picture())
    mark(document, Box(50, 60, 90, 120))
    fill_with(document, 10)
    again = document.fill_request(FillOptions(feather=4))
    assert np.array_equal(again.image, document.original[again.box.slices])


def test_an_earlier_fill_may_be_chosen_anew_without_touching_a_later_one_over_it() -> None:
    document = Document(picture())
    mark(document, Box(50, 60, 90, 120))
    fill_with(document, 10)
    fill_with(document, 20, FillOptions(grow=1))
    document.replace_mask("clear", np.zeros_like(document.mask))
    mark(document, Box(70, 100, 100, 160))
    fill_with(document, 99)
    document.choose_candidate(0, 0, "choose")
    assert (document.image[75:85, 105:115] == 99).all()
    assert (document.image[55:65, 65:75] == 10).all()


def test_the_same_request_again_is_found_instead_of_filled() -> None:
    document = Document(picture())
    mark(document, Box(50, 60, 90, 120))
    assert document.candidate_for(document.fill_request(FillOptions())) is None
    fill_with(document, 10)
    assert document.candidate_for(document.fill_request(FillOptions())) == (0, 0)
    assert document.candidate_for(document.fill_request(FillOptions(grow=2))) is None


@pytest.mark.parametrize("options", [FillOptions(), FillOptions(grow=20, feather=7), FillOptions(context=40)])
def test_a_request_holds_what_a_fill_of_the_whole_picture_would_look_at(options: FillOptions) -> None:
    document = Document(Picture(np.zeros((900, 1400, 3), np.uint8)))
    for rect in (Box(300, 200, 420, 230), Box(500, 600, 520, 640), Box(0, 1000, 30, 1030)):
        mark(document, rect)
        contexts = context_boxes(prepare_hole(document.mask, options), options)
        assert document.fill_request(options).box == union(contexts)


def test_no_mask_no_request() -> None:
    assert Document(picture()).fill_request(FillOptions()) is None


def test_an_aborted_edit_leaves_no_trace() -> None:
    document = Document(picture())
    mark(document, Box(0, 0, 50, 50))
    before = document.mask.copy()
    edit = document.edit_mask("stroke")
    edit.put(Box(20, 20, 190, 290), np.full((170, 270), 255, np.uint8))
    edit.abort()
    assert np.array_equal(document.mask, before)
    assert document.history.depth == 1


def test_undo_in_an_open_edit_takes_the_edit_first_and_then_a_step() -> None:
    document = Document(picture())
    mark(document, Box(0, 0, 50, 50))
    document.edit_mask("stroke").put(Box(100, 100, 120, 120), np.full((20, 20), 255, np.uint8))
    document.undo()
    assert not document.mask.any()


def test_an_edit_without_effect_is_no_step() -> None:
    document = Document(picture())
    mark(document, Box(0, 0, 50, 50))
    mark(document, Box(10, 10, 20, 20))
    assert document.history.depth == 1


def test_listeners_hear_exactly_where_the_mask_changed() -> None:
    document, heard = Document(picture()), []
    document.listen(heard.append)
    mark(document, Box(30, 40, 50, 70))
    document.undo()
    assert union(change.mask for change in heard if isinstance(change, Change)) == Box(30, 40, 50, 70)


def test_saved_and_exported_are_told_apart() -> None:
    document = Document(picture())
    mark(document, Box(30, 40, 50, 70))
    assert document.unsaved and not document.unexported
    fill_with(document, 3)
    assert document.unexported
    document.mark_exported()
    assert document.unsaved and not document.unexported
    document.mark_saved()
    document.undo()
    assert document.unsaved and document.unexported
    document.redo()
    assert not document.unsaved and not document.unexported


def test_undo_memory_follows_the_changed_area_and_not_the_picture() -> None:
    document = Document(Picture(np.zeros((1500, 2000, 3), np.uint8)))
    changed, rng = 0, np.random.default_rng(2)
    for _ in range(30):
        before = document.mask.copy()
        tool, at = PaintTool(brush=Brush(60, 0.85)), rng.uniform((0, 0), (2000, 1500))
        tool.press(document, Pointer(*at))
        for _ in range(10):
            at = at + rng.uniform(-60, 60, 2)
            tool.move(Pointer(*at))
        tool.release(Pointer(*at))
        changed += int((before != document.mask).sum())
    assert document.history.nbytes <= 3 * changed
    assert document.history.nbytes < document.mask.nbytes


def test_a_full_history_forgets_its_oldest_steps_only() -> None:
    rng, array = np.random.default_rng(1), np.zeros((TILE, TILE), np.uint8)
    history = History(limit_bytes=60_000)
    for _ in range(10):
        recorder = Recorder(array)
        recorder.touch(Box.of(array.shape))
        array[...] = rng.integers(0, 256, array.shape, np.uint8)
        history.push(Step("noise", recorder.finish()))
    assert 1 < history.depth < 10
    assert history.nbytes <= 60_000


def test_swapping_twice_is_nothing() -> None:
    array = np.random.default_rng(3).integers(0, 256, (300, 260), np.uint8)
    recorder, before = Recorder(array), array.copy()
    recorder.touch(Box(100, 120, 290, 250))
    array[100:290, 120:250] = 7
    after = array.copy()
    back = recorder.finish()
    forth = swap(array, back)
    assert np.array_equal(array, before)
    swap(array, forth)
    assert np.array_equal(array, after)


def test_a_candidate_keeps_only_what_differs() -> None:
    before = np.zeros((100, 100, 3), np.uint8)
    after = before.copy()
    after[40:50, 30:60] = 9
    candidate = Candidate.of(FillOptions(), Box(200, 300, 300, 400), before, after)
    assert candidate.rect == Box(240, 330, 250, 360)
    part = np.ones((20, 40, 3), np.uint8)
    candidate.write(part, Box(235, 340, 255, 380))
    assert (part[5:15, :20] == 9).all()
    assert part[:5].all() and (part[:, 20:] == 1).all()


def test_a_mask_of_another_size_is_refused() -> None:
    document = Document(picture())
    with pytest.raises(ValueError, match="picture"):
        document.replace_mask("mask", np.zeros((10, 10), np.uint8))
