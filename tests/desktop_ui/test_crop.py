"""Crop, straighten, turn and extend by mouse and keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QPoint, QRect, Qt, QTimer
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QDialog

from desktop_ui.document.document import Document
from desktop_ui.document.frames import TURN_RIGHT, Frame, largest_inside
from model.geometry.boxes import Box
from pconv.images.files import Picture
from tests.desktop_ui.hands import ALT, CTRL, SHIFT, key, open_file, spot, stroke
from tests.desktop_ui.test_document import fill_with, mark

pytestmark = pytest.mark.gui
WHOLE = Box(0, 0, 240, 320)


@pytest.fixture
def cropping(opened):
    key(opened.canvas, Qt.Key.Key_C, SHIFT)
    assert opened.view.tool == "crop" and opened.crop_bar.isVisible()
    return opened


def frame_of(window) -> Box:
    return window.canvas.tool.box()


def about(box: Box, pixels: int = 2):
    return pytest.approx(tuple(box), abs=pixels)


def when_done(window, qtbot) -> Document:
    qtbot.waitUntil(lambda: not window.frame.cropping, timeout=20_000)
    return window.workspace.document


def test_a_corner_is_dragged_and_enter_crops(cropping, photo) -> None:
    before = cropping.workspace.document.image.copy()
    stroke(cropping.canvas, (0, 0), (20, 20), (40, 30))
    stroke(cropping.canvas, (320, 120), (250, 120))
    box = frame_of(cropping)
    assert box == about(Box(30, 40, 240, 250))
    key(cropping.canvas, Qt.Key.Key_Return)
    document = cropping.workspace.document
    assert np.array_equal(document.image, before[box.slices])
    assert cropping.view.tool == "brush" and not cropping.crop_bar.isVisible()
    assert f"{box.width} × {box.height}" in cropping.status.picture.text()
    key(cropping.canvas, Qt.Key.Key_Z, CTRL)
    assert np.array_equal(document.image, before)
    assert "320 × 240" in cropping.status.picture.text()
    key(cropping.canvas, Qt.Key.Key_Z, CTRL | SHIFT)
    assert document.image.shape[:2] == box.shape


def test_escape_takes_back_a_drag_then_leaves_the_picture_as_it_is(cropping) -> None:
    canvas = cropping.canvas
    stroke(canvas, (0, 0), (40, 30))
    once = frame_of(cropping)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=spot(canvas, 320, 240))
    QTest.mouseMove(canvas, spot(canvas, 200, 200))
    assert frame_of(cropping) != once
    key(canvas, Qt.Key.Key_Escape)
    assert frame_of(cropping) == once and cropping.frame.cropping
    key(canvas, Qt.Key.Key_Escape)
    assert not cropping.frame.cropping and cropping.view.tool == "brush"
    assert cropping.workspace.document.bounds == WHOLE and cropping.workspace.document.history.depth == 0


def test_the_frame_moves_is_drawn_anew_and_reset_by_a_click_beside_it(cropping) -> None:
    canvas = cropping.canvas
    stroke(canvas, (0, 0), (100, 100))
    stroke(canvas, (200, 180), (150, 130))
    assert frame_of(cropping) == about(Box(50, 50, 190, 270))
    stroke(canvas, (10, 10), (20, 20), (40, 40))
    assert frame_of(cropping) == about(Box(10, 10, 40, 40))
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=spot(canvas, 200, 200))
    assert frame_of(cropping) == WHOLE


def test_a_ratio_is_kept(cropping) -> None:
    bar, canvas = cropping.crop_bar, cropping.canvas
    bar.ratio.setCurrentIndex(bar.ratio.findText("1 : 1"))
    bar.ratio.activated.emit(bar.ratio.currentIndex())
    assert frame_of(cropping) == Box(0, 40, 240, 280)
    stroke(canvas, (40, 0), (100, 30))
    box = frame_of(cropping)
    assert box.height == pytest.approx(box.width, abs=1) and (box.bottom, box.right) == (240, 280)
    stroke(canvas, (280, 150), (200, 150))
    box = frame_of(cropping)
    assert box.height == pytest.approx(box.width, abs=1) and box.right == pytest.approx(200, abs=2)


def test_width_and_height_are_swapped_and_typed(cropping) -> None:
    bar, canvas = cropping.crop_bar, cropping.canvas
    bar.across.setFocus()
    bar.across.selectAll()
    QTest.keyClicks(bar.across, "200")
    QTest.keyClick(bar.across, Qt.Key.Key_Return)
    assert frame_of(cropping).shape == (240, 200) and canvas.hasFocus()
    QTest.mouseClick(bar.turn, Qt.MouseButton.LeftButton)
    assert frame_of(cropping).shape == (200, 240)
    key(canvas, Qt.Key.Key_Left)
    key(canvas, Qt.Key.Key_Up, SHIFT)
    assert frame_of(cropping) == Box(10, 39, 210, 279)


def test_shift_keeps_the_shape_that_the_frame_has(cropping) -> None:
    stroke(cropping.canvas, (0, 0), (80, 10), modifier=SHIFT)  # a mouse that is only moved says nothing of Shift
    canvas = cropping.canvas
    canvas.tool.begin((240, 320))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, SHIFT, spot(canvas, 0, 0))
    from desktop_ui.tools.pointer import Pointer

    canvas.tool.move(Pointer(80, 10, shift=True))
    box = frame_of(cropping)
    assert box.width / box.height == pytest.approx(320 / 240, abs=0.02) and box.bottom == 240


def test_a_line_along_the_horizon_levels_the_picture(opened, tmp_path, qtbot) -> None:
    rows, columns = np.mgrid[0:240, 0:320]
    slope = np.tan(np.radians(5))
    tilted = np.where(rows > 120 + (columns - 160) * slope, 60, 200).astype(np.uint8)
    Image.fromarray(np.dstack([tilted] * 3)).save(tmp_path / "tilted.png")
    open_file(opened, tmp_path / "tilted.png", qtbot)
    key(opened.canvas, Qt.Key.Key_L, SHIFT)
    assert opened.crop_bar.level.isChecked()
    stroke(opened.canvas, (20, 120 - 140 * slope), (160, 120), (300, 120 + 140 * slope))
    assert opened.canvas.tool.angle == pytest.approx(-5, abs=0.5) and not opened.canvas.tool.levels
    assert frame_of(opened) == largest_inside((240, 320), opened.canvas.tool.angle)
    key(opened.canvas, Qt.Key.Key_Return)
    document = when_done(opened, qtbot)
    edge = (document.image[..., 0] > 130).sum(axis=0)
    assert edge.max() - edge.min() <= 2, "the horizon is level"
    assert document.image.shape[0] < 240 and not document.mask.any()


def test_the_angle_is_set_by_keyboard_and_nothing_empty_can_be_dragged_in(cropping, qtbot) -> None:
    bar, canvas = cropping.crop_bar, cropping.canvas
    bar.angle.setFocus()
    bar.angle.selectAll()
    QTest.keyClicks(bar.angle, "3,5" if bar.angle.locale().decimalPoint() == "," else "3.5")
    QTest.keyClick(bar.angle, Qt.Key.Key_Return)
    assert canvas.tool.angle == 3.5 and bar.slider.value() == 350
    box = frame_of(cropping)
    stroke(canvas, (box.left, box.top), (-20, -20))
    assert Frame(angle=3.5, box=frame_of(cropping)).uncovered((240, 320)) is None
    key(canvas, Qt.Key.Key_Return)
    document = when_done(cropping, qtbot)
    assert not document.mask.any() and document.frames[0].angle == 3.5


def test_empty_corners_are_filled_when_that_is_asked_for(cropping, qtbot) -> None:
    bar, canvas, document = cropping.crop_bar, cropping.canvas, cropping.workspace.document
    assert not bar.corners.isEnabled()
    bar.slider.setValue(400)
    QTest.mouseClick(bar.corners, Qt.MouseButton.LeftButton, pos=QPoint(8, bar.corners.height() // 2))
    assert canvas.tool.fills_corners and frame_of(cropping) == WHOLE and canvas.tool.extends
    asked = []
    cropping.fill.run = lambda: asked.append(document.mask.copy())
    key(canvas, Qt.Key.Key_Return)
    when_done(cropping, qtbot)
    assert document.bounds == WHOLE and len(asked) == 1 and asked[0][0, 0] == 255 and asked[0][120, 160] == 0


def test_the_frame_snaps_to_the_picture_and_reaches_a_quarter_beyond_it(cropping) -> None:
    canvas = cropping.canvas
    stroke(canvas, (320, 120), (323, 120))
    assert frame_of(cropping) == WHOLE
    stroke(canvas, (320, 120), (360, 120), (600, 120))
    assert frame_of(cropping) == Box(0, 0, 240, 400)
    assert "filled" in cropping.crop_bar.hint.text()
    assert canvas.view.to_screen(400, 0)[0] <= canvas.width() * canvas.ratio, "there is room to see it"


def test_what_lies_beyond_is_filled_by_the_daemon(cropping, private_daemon, qtbot) -> None:
    canvas, document = cropping.canvas, cropping.workspace.document
    before = document.image.copy()
    stroke(canvas, (0, 120), (-40, 120))
    wide = -frame_of(cropping).left
    key(canvas, Qt.Key.Key_Return)
    assert document.bounds == Box(0, 0, 240, 320 + wide) and cropping.fill.busy
    assert (document.mask[:, :wide] == 255).all() and not document.mask[:, wide:].any()
    empty = document.image[:, 0].copy()
    qtbot.waitUntil(lambda: not cropping.fill.busy, timeout=60_000)
    assert len(document.fills) == 1 and (document.image[:, 0] != empty).any()
    assert np.array_equal(document.image[:, wide + 20 :], before[:, 20:])
    key(canvas, Qt.Key.Key_Z, CTRL)
    key(canvas, Qt.Key.Key_Z, CTRL)
    assert np.array_equal(document.image, before) and document.history.depth == 0


def test_a_picture_that_would_be_too_large_is_refused_in_a_sentence(cropping, monkeypatch) -> None:
    from desktop_ui.document import frames

    monkeypatch.setattr(frames, "LARGEST_PIXELS", 320 * 240)
    stroke(cropping.canvas, (320, 120), (380, 120))
    key(cropping.canvas, Qt.Key.Key_Return)
    assert "smaller frame" in cropping.banner.text and cropping.workspace.document.bounds == WHOLE


def test_a_frame_can_leave_the_picture_no_further_than_by_all_but_a_pixel(cropping) -> None:
    canvas = cropping.canvas
    stroke(canvas, (0, 0), (290, 230))
    stroke(canvas, (305, 235), (420, 310), (700, 700))
    box = frame_of(cropping)
    assert not box.clipped(WHOLE).empty
    Frame(box=box).check((240, 320))


def test_a_double_click_in_the_frame_applies_it(cropping) -> None:
    stroke(cropping.canvas, (0, 0), (40, 30))
    QTest.mouseDClick(cropping.canvas, Qt.MouseButton.LeftButton, pos=spot(cropping.canvas, 200, 150))
    assert not cropping.frame.cropping
    assert cropping.workspace.document.bounds.width == pytest.approx(280, abs=2)


def in_dialog(act) -> None:
    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            act(dialog)
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(0, look)


@pytest.mark.parametrize("unit, top, added", [("per cent", "10", 24), ("pixels", "31", 31)])
def test_the_canvas_is_extended_by_numbers(opened, unit, top, added) -> None:
    document, asked, seen = opened.workspace.document, [], []
    opened.fill.run = lambda: asked.append(document.mask.copy())

    def act(dialog) -> None:
        seen.append(dialog.go_on.isEnabled())
        dialog.unit.setCurrentIndex(dialog.unit.findText(unit))
        dialog.fields["top"].setFocus()
        dialog.fields["top"].selectAll()
        QTest.keyClicks(dialog.fields["top"], top)
        seen.append(dialog.size_label.text())
        QTest.keyClick(dialog.fields["top"], Qt.Key.Key_Return)

    in_dialog(act)
    key(opened.canvas, Qt.Key.Key_X, CTRL | SHIFT)
    assert seen == [False, f"320 × {240 + added}"]
    assert document.bounds == Box(0, 0, 240 + added, 320)
    assert (asked[0][:added] == 255).all() and not asked[0][added:].any()


@pytest.mark.parametrize(
    "name, modifier, expected",
    [
        (Qt.Key.Key_BracketLeft, CTRL, lambda a: np.rot90(a)),
        (Qt.Key.Key_BracketRight, CTRL, lambda a: np.rot90(a, -1)),
        (Qt.Key.Key_H, SHIFT, np.fliplr),
        (Qt.Key.Key_V, SHIFT, np.flipud),
    ],
)
def test_the_picture_is_turned_by_a_key_and_back(opened, name, modifier, expected) -> None:
    document = opened.workspace.document
    mark(document, Box(10, 20, 30, 60))
    image, mask = document.image.copy(), document.mask.copy()
    key(opened.canvas, name, modifier)
    assert np.array_equal(document.image, expected(image)) and np.array_equal(document.mask, expected(mask))
    columns = document.mask.shape[1]
    assert opened.canvas.view.picture_on_screen.width == pytest.approx(columns * opened.canvas.view.zoom, abs=1)
    key(opened.canvas, Qt.Key.Key_Z, CTRL)
    assert np.array_equal(document.image, image) and np.array_equal(document.mask, mask)


def test_a_turned_picture_is_saved_turned_with_its_resolution(opened, tmp_path, qtbot, monkeypatch) -> None:
    from PyQt6.QtWidgets import QFileDialog

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out.png"), ""))
    document = opened.workspace.document
    key(opened.canvas, Qt.Key.Key_BracketRight, CTRL)
    assert opened.isWindowModified()
    key(opened.canvas, Qt.Key.Key_S, CTRL | SHIFT)
    qtbot.waitUntil(lambda: not document.unexported)
    with Image.open(tmp_path / "out.png") as saved:
        assert np.array_equal(np.asarray(saved), document.image) and saved.size == (240, 320)
        assert saved.info["dpi"] == pytest.approx((144, 144), abs=0.1)
    assert not opened.isWindowModified()


def test_before_and_results_are_those_of_the_frame(opened, qtbot) -> None:
    document, canvas = opened.workspace.document, opened.canvas
    mark(document, Box(100, 100, 140, 160))
    fill_with(document, 90)
    fill_with(document, 30, type(document.fills[0].current.options)(seed=1))
    key(canvas, Qt.Key.Key_BracketRight, CTRL)
    assert opened.filmstrip.results.count() == 2 and document.filled
    key(canvas, Qt.Key.Key_1)
    assert (document.image[100:160, 100:140] == 90).all()
    after = canvas.grab().toImage()
    QTest.keyPress(canvas, Qt.Key.Key_Tab)
    before = canvas.grab().toImage()
    QTest.keyRelease(canvas, Qt.Key.Key_Tab)
    at = spot(canvas, 120, 130)
    shown = document.original[130, 120]
    assert after.pixelColor(at).getRgb()[:3] == (90, 90, 90)
    assert before.pixelColor(at).getRgb()[:3] == pytest.approx(tuple(shown), abs=2)


def test_a_picture_is_not_turned_under_a_running_fill(opened, private_daemon, qtbot) -> None:
    document, canvas = opened.workspace.document, opened.canvas
    mark(document, Box(100, 100, 140, 160))
    key(canvas, Qt.Key.Key_F)
    assert opened.fill.busy
    key(canvas, Qt.Key.Key_BracketRight, CTRL)
    assert document.bounds == WHOLE and "running" in opened.banner.text
    qtbot.waitUntil(lambda: not opened.fill.busy, timeout=60_000)


def test_a_fill_that_ends_in_another_frame_is_dropped(opened, private_daemon, qtbot) -> None:
    document, canvas = opened.workspace.document, opened.canvas
    mark(document, Box(100, 100, 140, 160))
    key(canvas, Qt.Key.Key_BracketRight, CTRL)
    key(canvas, Qt.Key.Key_Z, CTRL)
    key(canvas, Qt.Key.Key_F)
    assert opened.fill.busy
    key(canvas, Qt.Key.Key_Z, CTRL | SHIFT)
    assert document.bounds == Box(0, 0, 320, 240)
    qtbot.waitUntil(lambda: not opened.fill.busy, timeout=60_000)
    assert not document.fills and "turned or cropped" in opened.banner.text


def test_a_click_that_is_not_yet_mask_goes_into_it_before_a_turn(opened, qtbot) -> None:
    document, canvas = opened.workspace.document, opened.canvas
    stroke(canvas, (50, 50), (90, 60))
    key(canvas, Qt.Key.Key_G, CTRL)  # grow, with its preview
    assert document.editing
    key(canvas, Qt.Key.Key_BracketRight, CTRL)
    assert not document.editing and document.mask.shape == (320, 240) and not opened.amount.isVisible()
    for _ in range(3):
        key(canvas, Qt.Key.Key_Z, CTRL)
    assert not document.mask.any() and document.bounds == WHOLE


def test_taking_another_tool_or_picture_puts_the_frame_away(cropping, tmp_path, qtbot) -> None:
    stroke(cropping.canvas, (0, 0), (60, 60))
    key(cropping.canvas, Qt.Key.Key_L)
    assert not cropping.frame.cropping and cropping.workspace.document.bounds == WHOLE
    key(cropping.canvas, Qt.Key.Key_C, SHIFT)
    assert frame_of(cropping) == WHOLE, "it begins anew"
    key(cropping.canvas, Qt.Key.Key_BracketRight, CTRL)
    assert frame_of(cropping) == Box(0, 0, 320, 240)
    Image.new("RGB", (50, 40)).save(tmp_path / "other.png")
    cropping.workspace.document.mark_saved()
    open_file(cropping, tmp_path / "other.png", qtbot)
    assert frame_of(cropping) == Box(0, 0, 40, 50)
    key(cropping.canvas, Qt.Key.Key_Escape)
    assert cropping.view.tool == "lasso", "the tool that was in hand comes back"


def test_work_in_a_frame_comes_back_after_a_crash(opened, make_window, qtbot, settings, tmp_path) -> None:
    from desktop_ui.document.project import Snapshot, read_project

    document = opened.workspace.document
    key(opened.canvas, Qt.Key.Key_BracketRight, CTRL)
    mark(document, Box(10, 20, 30, 60))
    opened.autosave.save_now()
    again = read_project(next((tmp_path / "recovery").glob("*/work.pconv")))
    assert np.array_equal(again.image, document.image) and np.array_equal(again.mask, document.mask)
    again.undo()
    again.undo()
    assert again.bounds == WHOLE
    assert Snapshot.of(document).frames == (Frame(TURN_RIGHT),)


def test_the_same_mask_is_not_put_on_others_from_a_cropped_picture(opened) -> None:
    mark(opened.workspace.document, Box(10, 20, 30, 60))
    key(opened.canvas, Qt.Key.Key_BracketRight, CTRL)
    key(opened.canvas, Qt.Key.Key_A, CTRL | ALT)
    assert "fits no other" in opened.banner.text


def test_a_message_leaves_the_bars_of_the_tools_free(cropping) -> None:
    banner, bar = cropping.banner, cropping.crop_bar

    def place_of(widget) -> QRect:
        return QRect(widget.mapToGlobal(QPoint()), widget.size())

    banner.say("bad", "A message.", "Try again", lambda: None)
    assert banner.isVisible() and not place_of(banner).intersects(place_of(bar))
    at_bar = banner.y()
    key(cropping.canvas, Qt.Key.Key_Escape)
    assert not bar.isVisible() and banner.y() < at_bar
    key(cropping.canvas, Qt.Key.Key_C, SHIFT)
    assert not place_of(banner).intersects(place_of(bar)), "nor when the bar comes after it"


def test_the_first_steps_are_hidden_while_the_bar_would_cover_them(cropping) -> None:
    assert not cropping.hint.isVisible()
    key(cropping.canvas, Qt.Key.Key_Escape)
    assert cropping.hint.isVisible()
    cropping.hint.finish()
    key(cropping.canvas, Qt.Key.Key_C, SHIFT)
    key(cropping.canvas, Qt.Key.Key_Escape)
    assert not cropping.hint.isVisible(), "whoever has read them is left alone"


def test_a_rotated_picture_is_painted_where_its_frame_says(qtbot, cropping) -> None:
    canvas = cropping.canvas
    cropping.workspace.open(Document(Picture(_cross())))
    canvas.tool.set_angle(30.0)
    shown = canvas.grab().toImage()
    for x, y in ((160, 120), (200, 120 + 40 * np.tan(np.radians(30))), (120, 120 - 40 * np.tan(np.radians(30)))):
        assert shown.pixelColor(spot(canvas, x, y)).red() > 150, "the bright line is turned by 30° clockwise"
    assert shown.pixelColor(spot(canvas, 200, 120)).red() < 100
    assert shown.pixelColor(spot(canvas, 2, 2)) != shown.pixelColor(spot(canvas, 160, 90)), "a corner is empty"


def _cross() -> np.ndarray:
    pixels = np.full((240, 320, 3), 40, np.uint8)
    pixels[114:126] = 220
    return pixels


def test_everything_of_the_bar_has_a_name(cropping) -> None:
    from PyQt6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QSlider

    for kind in (QAbstractButton, QSlider, QAbstractSpinBox, QComboBox):
        for widget in cropping.crop_bar.findChildren(kind):
            assert widget.accessibleName() or getattr(widget, "text", str)(), widget


def test_a_rotated_picture_is_painted_in_device_pixels(cropping) -> None:
    from PyQt6.QtGui import QImage, QPainter

    canvas = cropping.canvas
    cropping.workspace.open(Document(Picture(_cross())))
    canvas.tool.set_angle(45.0)
    whole = canvas.view.size
    image = QImage(whole[0] // 2, whole[1] // 2, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.scale(0.5, 0.5)  # as a screen with two device pixels for a logical one does
    canvas.crop.paint_picture(painter, canvas.scene, canvas.view, canvas.overlay)
    painter.end()
    for x, y in ((160, 120), (200, 160), (120, 80)):
        at_x, at_y = canvas.view.to_screen(x, y)
        assert image.pixelColor(round(at_x / 2), round(at_y / 2)).red() > 150
