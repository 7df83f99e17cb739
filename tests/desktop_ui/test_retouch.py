"""The clone and the heal brush: by mouse and keyboard in the window, and what they make of the pixels."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QFileDialog

from desktop_ui.document import project
from desktop_ui.document.document import Document
from desktop_ui.document.layers import layers
from desktop_ui.document.project import Snapshot, read_project, write_project
from desktop_ui.document.strokes import runs
from desktop_ui.tools import membrane
from desktop_ui.tools.brush import Brush
from desktop_ui.tools.pointer import Pointer
from desktop_ui.tools.retouch import RetouchTool, Source
from model.geometry.boxes import Box
from model.options import FillOptions
from pconv.images.files import Picture, read_picture
from tests.desktop_ui.hands import ALT, CTRL, SHIFT, key, open_file, spot, start_stroke, stroke
from tests.desktop_ui.test_document import fill_with, mark, picture

pytestmark = pytest.mark.gui


def tool(heals: bool = False, size: float = 20, hardness: float = 1.0) -> RetouchTool:
    made = RetouchTool("Clone", Source(), heals)
    made.brush = Brush(size, hardness)
    return made


def draw(made: RetouchTool, document: Document, *points: tuple[float, float], **held) -> None:
    made.press(document, Pointer(*points[0], **held))
    for point in points[1:]:
        made.move(Pointer(*point))
    made.release(Pointer(*points[-1]))


def test_alt_click_chooses_and_a_stroke_copies_exactly_as_one_step(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    before = document.image.copy()
    key(canvas, Qt.Key.Key_C)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, ALT, spot(canvas, 80, 60))
    assert not document.history.depth
    stroke(canvas, (200, 160), (220, 160), (240, 170))
    assert np.array_equal(document.image[155:166, 195:216], before[55:66, 75:96])
    assert document.history.depth == 1 and not document.mask.any()
    assert np.array_equal(document.image[:, :150], before[:, :150]), "nothing but the stroke changed"
    assert np.array_equal(document.original, before) and document.modified
    key(canvas, Qt.Key.Key_Z, CTRL)
    assert np.array_equal(document.image, before) and document.history.depth == 0
    key(canvas, Qt.Key.Key_Z, CTRL | SHIFT)
    assert np.array_equal(document.image[155:166, 195:216], before[55:66, 75:96])
    QTest.keyPress(canvas, Qt.Key.Key_Tab)
    assert opened.canvas.compare.value == "before"
    QTest.keyRelease(canvas, Qt.Key.Key_Tab)


@pytest.mark.parametrize("way", ["ctrl", "right", "key"])
def test_the_source_is_chosen_by_other_ways_too(opened, way) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    before = document.image.copy()
    key(canvas, Qt.Key.Key_C)
    if way == "ctrl":
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, CTRL, spot(canvas, 80, 60))
    elif way == "right":
        QTest.mouseClick(canvas, Qt.MouseButton.RightButton, pos=spot(canvas, 80, 60))
    else:
        QTest.mouseMove(canvas, spot(canvas, 80, 60))
        key(canvas, Qt.Key.Key_S, SHIFT)
    stroke(canvas, (200, 160))
    assert np.array_equal(document.image[160, 190:210], before[60, 70:90]) and document.history.depth == 1


def test_without_a_source_the_user_is_told_and_nothing_happens(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    key(canvas, Qt.Key.Key_H)
    stroke(canvas, (200, 160), (220, 160))
    assert opened.banner.isVisible() and "Alt-click" in opened.banner.text
    assert not document.history.depth and document.image is document.original
    key(canvas, Qt.Key.Key_B)
    opened.actions_by_name["tool.source"].trigger()
    assert "clone" in opened.banner.text


def test_aligned_strokes_keep_their_distance_and_others_begin_at_the_source_again(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    key(canvas, Qt.Key.Key_C)
    before = document.image.copy()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, ALT, spot(canvas, 60, 60))
    stroke(canvas, (160, 60))
    stroke(canvas, (160, 160))
    assert np.array_equal(document.image[160, 155:165], before[160, 55:65])
    box = opened.tool_panel._aligned
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    stroke(canvas, (260, 160))
    assert np.array_equal(document.image[160, 255:265], before[60, 55:65])
    assert not opened.settings["tool/aligned"]


def test_brush_size_hardness_and_keys_are_the_brushs_own(opened) -> None:
    canvas, settings = opened.canvas, opened.settings
    key(canvas, Qt.Key.Key_H)
    key(canvas, Qt.Key.Key_BracketRight)
    key(canvas, Qt.Key.Key_BraceLeft)
    assert settings["tool/brush_size"] > 60 and settings["tool/brush_hardness"] < 85
    assert canvas.tool.brush == Brush(settings["tool/brush_size"], settings["tool/brush_hardness"] / 100)
    assert settings["tool/eraser_size"] == 60
    settings["tool/opacity"] = 40
    assert canvas.tool.opacity == pytest.approx(0.4)


def shows_cross(canvas, x: float, y: float) -> bool:
    """White beside dark along the arms of the cross, which the picture has nowhere."""
    at = spot(canvas, x, y)
    image = canvas.grab().toImage()
    arm = [image.pixelColor(at.x() + step, at.y()) for step in (-8, 8)]
    return all(min(one.red(), one.green(), one.blue()) > 200 for one in arm)


def test_the_source_is_shown_and_moves_with_the_stroke(opened) -> None:
    canvas = opened.canvas
    key(canvas, Qt.Key.Key_C)
    assert not shows_cross(canvas, 80, 60)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, ALT, spot(canvas, 80, 60))
    QTest.mouseMove(canvas, spot(canvas, 200, 160))
    assert shows_cross(canvas, 80, 60)
    start_stroke(canvas, (200, 160), (220, 180))
    assert shows_cross(canvas, 100, 80) and not shows_cross(canvas, 80, 60)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spot(canvas, 220, 180))


def test_what_would_be_copied_is_seen_under_the_pointer_before_the_stroke(opened, qtbot) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    key(canvas, Qt.Key.Key_C)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, ALT, spot(canvas, 40.5, 40.5))
    QTest.keyRelease(canvas, Qt.Key.Key_Alt)
    QTest.mouseMove(canvas, spot(canvas, 250.5, 200.5))
    shown = canvas.grab().toImage().pixelColor(spot(canvas, 250.5, 200.5)).getRgb()[:3]
    assert shown == tuple(document.image[40, 40]) and not document.history.depth
    canvas.leaveEvent(None)
    shown = canvas.grab().toImage().pixelColor(spot(canvas, 250.5, 200.5)).getRgb()[:3]
    assert shown == tuple(document.image[200, 250])


def test_esc_takes_back_the_stroke_being_drawn(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    before = document.image.copy()
    key(canvas, Qt.Key.Key_H)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, ALT, spot(canvas, 80, 60))
    start_stroke(canvas, (200, 160), (230, 180))
    assert not np.array_equal(document.image, before)
    key(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spot(canvas, 230, 180))
    assert np.array_equal(document.image, before) and not document.history.depth and not document.modified


def test_a_stroke_after_a_fill_leaves_its_mask_settled_and_its_results_to_choose_from(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    mark(document, Box(100, 100, 120, 120))
    fill_with(document, 7)
    fill_with(document, 9, FillOptions(grow=1))
    key(canvas, Qt.Key.Key_C)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, ALT, spot(canvas, 60, 60))
    stroke(canvas, (220, 60))
    assert document.filled and opened.canvas.overlay.opacity == 0
    strip = opened.filmstrip
    assert strip.results.count() == 2 and strip.selected == 0
    key(canvas, Qt.Key.Key_1)
    assert document.image[110, 110, 0] == 7 and document.fills[0].chosen == 0
    assert np.array_equal(document.image[60, 215:225], document.original[60, 55:65]), "the stroke stays"
    fill_with(document, 11, FillOptions(grow=2))
    assert [len(fill.candidates) for fill in document.fills] == [3, 1] and document.image[110, 110, 0] == 11
    key(canvas, Qt.Key.Key_Delete, SHIFT)
    assert [len(fill.candidates) for fill in document.fills] == [2, 1]


def test_strokes_are_saved_recovered_and_layers(opened, tmp_path, qtbot) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    key(canvas, Qt.Key.Key_H)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, ALT, spot(canvas, 60, 60))
    stroke(canvas, (200, 160), (220, 160))
    stroke(canvas, (250, 100), (220, 120))
    made = document.image.copy()
    opened.autosave.save_now()
    recovered = read_project(next(opened.recovery.root.glob("*/work.pconv")))
    assert np.array_equal(recovered.image, made)
    recovered.undo()
    recovered.undo()
    assert np.array_equal(recovered.image, document.original)
    (layer,) = layers(document.picture, document.fills)
    shown = np.where(layer.alpha[..., None] > 0, layer.pixels, document.original)
    assert np.array_equal(shown, made)
    target = tmp_path / "copy.png"
    opened.file._write(target, None, None)
    qtbot.waitUntil(lambda: not document.modified)
    assert np.array_equal(np.asarray(Image.open(target)), made)


def test_strokes_between_fills_are_one_layer_of_the_tiff(opened, tmp_path, monkeypatch, qtbot) -> None:
    canvas, document, path = opened.canvas, opened.workspace.document, tmp_path / "layers.tif"
    mark(document, Box(100, 100, 120, 120))
    fill_with(document, 7)
    key(canvas, Qt.Key.Key_C)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, ALT, spot(canvas, 60, 60))
    stroke(canvas, (220, 60))
    stroke(canvas, (220, 160))
    document.replace_mask("clear", np.zeros_like(document.mask))
    mark(document, Box(200, 50, 220, 230))
    fill_with(document, 9)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    opened.actions_by_name["file.export_layers"].trigger()
    qtbot.waitUntil(lambda: "layers.tif" in opened.banner.text)
    with tifffile.TiffFile(path) as file:
        assert [page.tags[285].value for page in file.pages] == ["Photo", "Fill 1", "Retouching", "Fill 2"]
    below = document.original
    for page in (2, 3, 4):
        layer = read_picture(path, page)
        below = np.where(layer.alpha[..., None] > 0, layer.pixels, below)
    assert np.array_equal(below, document.image)


def test_the_ring_comes_back_when_another_tool_is_taken_with_alt_held(opened) -> None:
    canvas = opened.canvas
    key(canvas, Qt.Key.Key_C)
    QTest.mouseMove(canvas, spot(canvas, 100, 100))
    QTest.keyPress(canvas, Qt.Key.Key_Alt)
    assert canvas.cursor().shape() == Qt.CursorShape.CrossCursor
    opened.view.take("brush")
    assert canvas.cursor().shape() == Qt.CursorShape.BlankCursor
    opened.view.take("heal")
    QTest.keyRelease(canvas, Qt.Key.Key_Alt)
    assert canvas.cursor().shape() == Qt.CursorShape.BlankCursor


def test_another_picture_has_no_source_yet(opened, photo, tmp_path, qtbot) -> None:
    canvas = opened.canvas
    key(canvas, Qt.Key.Key_C)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, ALT, spot(canvas, 60, 60))
    other = tmp_path / "other.png"
    Image.open(photo).resize((100, 80)).save(other)
    open_file(opened, other, qtbot)
    stroke(canvas, (50, 40))
    assert "Alt-click" in opened.banner.text and not opened.workspace.document.history.depth


# pixels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_copy_is_exact_in_every_depth_and_only_the_stroke_is_touched(dtype, channels) -> None:
    document = Document(Picture(np.ascontiguousarray(picture(dtype=dtype).pixels[..., :channels])))
    before, made = document.image.copy(), tool()
    made.source.choose(60.5, 60.5)
    draw(made, document, (200.5, 100.5), (220.5, 110.5))
    differs = (document.image != before).any(axis=2)
    rows, columns = np.nonzero(differs)
    assert rows.min() >= 90 and rows.max() <= 121 and columns.min() >= 190 and columns.max() <= 231
    assert np.array_equal(document.image[96:105, 196:205], before[56:65, 56:65])


def test_a_stroke_copies_what_was_there_before_it_even_from_itself() -> None:
    document, made = Document(picture()), tool(size=30)
    before = document.image.copy()
    made.source.choose(90, 100)
    draw(made, document, *((x, 100.0) for x in range(100, 200, 5)))
    assert np.array_equal(document.image[98:102, 95:200], before[98:102, 85:190])


@pytest.mark.parametrize("heals", [False, True])
def test_from_beyond_the_picture_and_from_what_is_transparent_nothing_is_copied(heals) -> None:
    cut_out = picture()
    cut_out.alpha = np.full((200, 300), 255, np.uint8)
    cut_out.alpha[:, :50] = 0
    document, made = Document(cut_out), tool(heals)
    made.source.choose(5, 5)
    draw(made, document, (280, 180))
    made.source.choose(299, 199)
    draw(made, document, (100, 100))
    assert np.array_equal(document.image[101:, 101:], document.original[101:, 101:])
    made.source.choose(20, 100)
    image = document.image.copy()
    draw(made, document, (200, 50))
    assert np.array_equal(document.image, image)
    assert np.array_equal(document.picture.alpha[:, 49:51], [[0, 255]] * 200)


def test_a_pixel_that_is_no_number_is_copied_over() -> None:
    document, made = Document(picture(dtype=np.float32)), tool()
    document.image[100, 100] = np.nan
    made.source.choose(50, 50)
    draw(made, document, (100, 100))
    assert np.array_equal(document.image[98:103, 98:103], document.image[48:53, 48:53])


def test_opacity_is_of_the_whole_stroke_however_often_it_crosses_itself() -> None:
    flat = np.zeros((100, 200, 3), np.uint8)
    flat[:, :100] = 200
    document, made = Document(Picture(flat)), tool(size=20)
    made.opacity = 0.5
    made.source.choose(50, 50)
    draw(made, document, (150, 50), (160, 50), (150, 50), (160, 50))
    assert set(np.unique(document.image[45:55, 145:165])) == {100}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_heal_keeps_the_texture_of_the_source_and_takes_the_light_of_the_place(dtype) -> None:
    rng = np.random.default_rng(3)
    top = np.iinfo(dtype).max if dtype != np.float32 else 1.0
    ramp = np.linspace(0.25, 0.75, 400, dtype=np.float32)[None, :, None].repeat(200, 0).repeat(3, 2)
    grain = rng.normal(0, 0.02, (200, 400, 3)).astype(np.float32)
    grain[:, 200:] = 0
    wanted = ramp + grain
    blemish = wanted.copy()
    blemish[95:106, 295:306] = 0.05
    document = Document(Picture((blemish * top).astype(dtype)))
    made = tool(heals=True, size=40, hardness=0.5)
    made.source.choose(100, 100)
    draw(made, document, (300, 100))
    healed = document.image[90:111, 290:311].astype(np.float32) / top
    assert abs(healed.mean() - ramp[90:111, 290:311].mean()) < 0.02, "the light of the place"
    assert healed.std() == pytest.approx(0.02, abs=0.006), "the grain of the source"
    copied = Document(Picture((blemish * top).astype(dtype)))
    plain = tool(size=40)
    plain.source.choose(100, 100)
    draw(plain, copied, (300, 100))
    assert abs(copied.image[90:111, 290:311].astype(np.float32).mean() / top - ramp[0, 300, 0]) > 0.2


def test_heal_in_sixteen_bits_makes_no_steps() -> None:
    ramp = np.linspace(20000, 21000, 300).astype(np.uint16)[None, :, None].repeat(120, 0).repeat(3, 2)
    document, made = Document(Picture(ramp.copy())), tool(heals=True, size=60)
    made.source.choose(60, 60)
    draw(made, document, (220, 60))
    assert np.abs(document.image.astype(int) - ramp).max() < 40 < 256, "an 8-bit step is 256"


def test_a_long_heal_is_solved_only_where_the_stroke_is(monkeypatch) -> None:
    y, x = np.mgrid[0:1200, 0:1500]
    pixels = np.stack([x // 8 + 30, y // 8 + 20, 128 + 60 * np.sin(x / 60) * np.cos(y / 90)], axis=2).astype(np.uint8)
    solved = []
    harmonic = membrane.HarmonicFill
    monkeypatch.setattr(
        membrane, "HarmonicFill", lambda known, *more: solved.append(known.size) or harmonic(known, *more)
    )

    def heal() -> np.ndarray:
        document, made = Document(Picture(pixels.copy())), tool(heals=True, size=40)
        made.source.choose(160, 60)
        draw(made, document, (60, 60), (1350, 1130))
        return document.image

    monkeypatch.setattr(membrane, "AT_ONCE", pixels.size)
    at_once, whole = heal(), max(solved)
    solved.clear()
    monkeypatch.setattr(membrane, "AT_ONCE", 1 << 17)
    in_pieces = heal()
    assert max(solved) <= 640**2 < whole / 3
    apart = np.abs(at_once.astype(int) - in_pieces)
    assert apart.max() <= 3 and apart.mean() < 0.01, "and nobody sees where a piece ends"
    assert (in_pieces != pixels).any()


def test_a_fill_that_comes_in_mid_stroke_keeps_what_was_drawn() -> None:
    document, made = Document(picture()), tool()
    mark(document, Box(150, 50, 170, 80))
    request = document.fill_request(FillOptions())
    made.source.choose(60, 60)
    made.press(document, Pointer(200, 60))
    filled = request.image.copy()
    filled[request.hole > 0] = 3
    document.finish_fill(request, filled, "fill")
    made.move(Pointer(240, 60))
    made.release(Pointer(240, 60))
    assert (document.image[155:165, 55:75] == 3).all()
    assert np.array_equal(document.image[60, 195:205], document.original[60, 55:65])
    assert [fill.by_hand for fill in document.fills] == [True, False]
    document.undo()
    document.undo()
    assert np.array_equal(document.image, document.original)


def test_the_same_stroke_twice_is_taken_back_exactly() -> None:
    document, made = Document(picture()), tool()
    states = [document.image.copy()]
    made.source.aligned = False
    for source in ((60, 60), (60, 140), (60, 60)):
        made.source.choose(*source)
        draw(made, document, (200, 100))
        states.append(document.image.copy())
    for state in states[-2::-1]:
        document.undo()
        assert np.array_equal(document.image, state)


def test_very_many_strokes_are_written_together_and_read_again(tmp_path, monkeypatch) -> None:
    document, made = Document(picture()), tool(size=12)
    mark(document, Box(10, 10, 20, 20))
    for x in range(60, 200, 20):
        made.source.choose(x, 150)
        draw(made, document, (x + 60, 60))
        if x == 100:
            fill_with(document, 5)
    monkeypatch.setattr(project, "_MANY_FILLS", 4)
    write_project(tmp_path / "many.pconv", Snapshot.of(document))
    again = read_project(tmp_path / "many.pconv")
    assert np.array_equal(again.image, document.image) and np.array_equal(again.mask, document.mask)
    assert [fill.by_hand for fill in again.fills] == [True, False, True] and len(document.fills) == 8
    assert [len(run) for run in runs(document.fills)] == [3, 1, 4]
    again.undo()
    document.undo()
    assert np.array_equal(again.image, document.image)
