"""What the canvas shows: zoom, pan, the split, the tint, and no more repainted than was touched."""

from __future__ import annotations

import pytest
from PIL import Image
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from model.geometry.boxes import Box
from tests.desktop_ui.hands import CTRL, SHIFT, key, open_file, spot, start_stroke, stroke
from tests.desktop_ui.test_document import fill_with, mark

pytestmark = pytest.mark.gui


def test_the_wheel_zooms_to_the_pointer_and_with_ctrl_sizes_the_brush(opened) -> None:
    canvas = opened.canvas
    at = QPointF(spot(canvas, 200, 100))

    def wheel(modifier) -> None:
        event = QWheelEvent(
            at, canvas.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, modifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(canvas, event)

    zoom, size = canvas.view.zoom, opened.settings["tool/brush_size"]
    wheel(Qt.KeyboardModifier.NoModifier)
    assert canvas.view.zoom > zoom
    assert canvas.view.to_picture(at.x(), at.y()) == pytest.approx((200, 100), abs=1)
    wheel(CTRL)
    assert opened.settings["tool/brush_size"] > size
    assert canvas.tool.brush.size == opened.settings["tool/brush_size"]


def test_space_and_the_middle_button_pan_without_marking(opened) -> None:
    canvas, view = opened.canvas, opened.canvas.view
    key(canvas, Qt.Key.Key_Z)
    before = (view.x, view.y)
    start_stroke(canvas, (50, 50), (70, 60), button=Qt.MouseButton.MiddleButton)
    QTest.mouseRelease(canvas, Qt.MouseButton.MiddleButton)
    assert (view.x - before[0], view.y - before[1]) == (20, 10)
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    start_stroke(canvas, (50, 50), (60, 50))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert view.x - before[0] == 30
    assert not opened.workspace.document.mask.any()


def test_the_split_shows_before_left_and_after_right_of_a_divider_that_can_be_dragged(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    mark(document, Box(4, 0, 240, 320))
    fill_with(document, 255)
    key(canvas, Qt.Key.Key_S)

    def colour(x: float) -> tuple[int, int, int]:
        return canvas.grab().toImage().pixelColor(spot(canvas, x, 200)).getRgb()[:3]

    assert colour(100) == tuple(document.original[200, 100]) and colour(250) == (255, 255, 255)
    start_stroke(canvas, (160, 120), (300, 120))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton)
    assert canvas.divider == pytest.approx(300 / 320, abs=0.02)
    assert colour(250) == tuple(document.original[200, 250])


def test_a_stroke_repaints_what_it_touched_and_nothing_far_away(opened, qtbot) -> None:
    canvas = opened.canvas
    before = canvas.grab().toImage()
    stroke(canvas, (60, 60), (90, 60))
    after = canvas.grab().toImage()
    assert after.pixelColor(spot(canvas, 75, 60)) != before.pixelColor(spot(canvas, 75, 60))
    assert after.pixelColor(spot(canvas, 250, 200)) == before.pixelColor(spot(canvas, 250, 200))


def test_tint_and_outline_are_switched_by_their_keys(opened) -> None:
    canvas = opened.canvas
    stroke(canvas, (60, 60), (90, 60))
    tinted = canvas.grab().toImage().pixelColor(spot(canvas, 75, 60))
    key(canvas, Qt.Key.Key_M)
    plain = canvas.grab().toImage().pixelColor(spot(canvas, 75, 60))
    assert tinted != plain == canvas.grab().toImage().pixelColor(spot(canvas, 75, 60))
    key(canvas, Qt.Key.Key_M, SHIFT)
    assert canvas.overlay.outline and opened.settings["view/outline"]


def test_the_divider_is_in_sight_however_far_one_zoomed(opened) -> None:
    canvas = opened.canvas

    def seen() -> None:
        assert 0 < canvas.divider_x < canvas.width()
        shown = canvas.grab().toImage()
        place = canvas.view.picture_on_screen
        top, bottom = max(0, place.top), min(round(canvas.height() * canvas.ratio), place.bottom)
        row = top + (bottom - top) // 4
        column = round(canvas.divider_x * shown.devicePixelRatio())
        near = [shown.pixelColor(column + step, row).getRgb()[:3] for step in (-1, 0, 1)]
        assert (255, 255, 255) in near

    canvas.zoom_to(12)
    canvas.pan(-1200, 0)  # the middle of the picture is out of sight
    key(canvas, Qt.Key.Key_S)
    seen()
    canvas.pan(2400, 0)
    seen()
    key(canvas, Qt.Key.Key_0)
    seen()
    at = QPoint(round(canvas.divider_x), canvas.height() // 2)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(canvas, at + QPoint(40, 0))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(40, 0))
    assert abs(canvas.divider_x - at.x() - 40) < 2


def test_before_is_said_while_tab_is_held(opened) -> None:
    canvas = opened.canvas
    canvas.zoom_to(2)
    opened.hint.hide()
    now = canvas.grab().toImage()
    canvas.setFocus()
    QTest.keyPress(canvas, Qt.Key.Key_Tab)
    held = canvas.grab().toImage()
    QTest.keyRelease(canvas, Qt.Key.Key_Tab)
    assert held != now and canvas.grab().toImage() == now, "without a fill only the word differs"


def test_the_mask_alone_is_shown_painted_and_left_again(opened, photo, tmp_path, qtbot) -> None:
    canvas = opened.canvas

    def seen(x: int, y: int) -> tuple[int, int, int]:
        return canvas.grab().toImage().pixelColor(spot(canvas, x, y)).getRgb()[:3]

    picture = seen(250, 200)
    stroke(canvas, (60, 60), (90, 60))
    key(canvas, Qt.Key.Key_Q)
    assert seen(75, 60) == (255, 255, 255) and seen(250, 200) == (0, 0, 0)
    assert opened.actions_by_name["view.mask"].isChecked()
    stroke(canvas, (200, 190), (250, 200))
    assert seen(230, 195) == (255, 255, 255), "marked while it is shown"
    QTest.keyPress(canvas, Qt.Key.Key_Tab)
    assert seen(290, 100) != (0, 0, 0), "the picture, as long as Tab is held"
    QTest.keyRelease(canvas, Qt.Key.Key_Tab)
    assert seen(290, 100) == (0, 0, 0)
    key(canvas, Qt.Key.Key_Z, CTRL)
    key(canvas, Qt.Key.Key_Q)
    assert seen(250, 200) == picture
    key(canvas, Qt.Key.Key_Q)
    Image.new("RGB", (300, 200), (9, 90, 9)).save(tmp_path / "other.png")
    open_file(opened, tmp_path / "other.png", qtbot)
    assert seen(150, 100) == (9, 90, 9), "another picture is shown as it is"
