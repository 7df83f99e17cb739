"""Navigator, zoom field and context menu, by mouse and keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QContextMenuEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from tests.desktop_ui.hands import SHIFT, key, open_file, spot, stroke
from tests.desktop_ui.test_document import fill_with

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def zoomed(opened):
    opened.canvas.zoom_to(8.0)
    return opened


def middle(canvas) -> tuple[float, float]:
    """The place of the picture in the middle of the window."""
    return canvas.view.to_picture(canvas.view.size[0] / 2, canvas.view.size[1] / 2)


def test_the_navigator_is_there_while_not_all_is_seen(opened) -> None:
    navigator = opened.navigator
    assert not navigator.isVisible()
    opened.canvas.zoom_to(8.0)
    assert navigator.isVisible() and opened.canvas.rect().contains(navigator.geometry())
    key(opened.canvas, Qt.Key.Key_N)
    assert not navigator.isVisible() and not opened.settings["view/navigator"]
    key(opened.canvas, Qt.Key.Key_N)
    assert navigator.isVisible()
    opened.canvas.fit()
    assert not navigator.isVisible()


def test_a_click_and_a_drag_in_the_navigator_go_there(zoomed) -> None:
    canvas, navigator = zoomed.canvas, zoomed.navigator
    across, down = navigator.width() / 320, navigator.height() / 240
    depth = zoomed.workspace.document.history.depth
    QTest.mousePress(navigator, LEFT, pos=QPoint(round(200 * across), round(80 * down)))
    assert middle(canvas) == pytest.approx((200, 80), abs=2)
    QTest.mouseMove(navigator, QPoint(round(120 * across), round(160 * down)))
    assert middle(canvas) == pytest.approx((120, 160), abs=2)
    QTest.mouseRelease(navigator, LEFT, pos=QPoint(round(120 * across), round(160 * down)))
    assert zoomed.workspace.document.history.depth == depth, "nothing is drawn"


def test_the_navigator_shows_the_picture_what_is_seen_and_what_is_done(zoomed, tmp_path, qtbot) -> None:
    Image.new("RGB", (320, 240), (90, 90, 90)).save(tmp_path / "gray.png")
    open_file(zoomed, tmp_path / "gray.png", qtbot)
    canvas, navigator = zoomed.canvas, zoomed.navigator
    canvas.zoom_to(8.0)
    canvas.centre_on(80, 60)

    def seen(x: int, y: int) -> tuple[int, int, int]:
        shot = navigator.grab().toImage()
        return shot.pixelColor(round(x * shot.width() / 320), round(y * shot.height() / 240)).getRgb()[:3]

    assert seen(80, 60) == (90, 90, 90) and seen(250, 200)[0] < 60, "dark where it is not seen"
    stroke(canvas, (75, 60), (85, 60))
    qtbot.waitUntil(lambda: seen(80, 60)[0] > 120, timeout=5_000)
    fill_with(zoomed.workspace.document, 200)
    zoomed.view.update_overlay()
    qtbot.waitUntil(lambda: seen(80, 60) == (200, 200, 200), timeout=5_000)


def test_the_navigator_leaves_a_small_window_alone(zoomed, qtbot) -> None:
    zoomed.resize(760, 560)
    key(zoomed.canvas, Qt.Key.Key_F7)
    qtbot.waitUntil(lambda: zoomed.canvas.width() < 400)
    assert not zoomed.navigator.isVisible()


def test_the_zoom_can_be_typed(opened) -> None:
    canvas, field = opened.canvas, opened.status.zoom
    assert field.text() == "100 %"
    canvas.zoom_to(0.5)
    assert field.text() == "50 %"
    QTest.mouseClick(field, LEFT)
    QTest.keyClicks(field, "250")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert canvas.view.zoom == 2.5 and QApplication.focusWidget() is canvas and field.text() == "250 %"
    QTest.mouseClick(field, LEFT)
    QTest.keyClicks(field, "3")
    key(field, Qt.Key.Key_Escape)
    assert canvas.view.zoom == 2.5 and field.text() == "250 %"
    canvas.zoom_to(1 / 3)
    QTest.mouseClick(field, LEFT)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert canvas.view.zoom == 1 / 3, "what is only looked at stays as it is"
    QTest.mouseClick(field, LEFT)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert canvas.view.zoom == 0.5 and field.text() == "50 %"


def test_without_a_picture_there_is_no_zoom(window) -> None:
    assert not window.status.zoom.isEnabled() and window.status.zoom.text().strip() == ""


@pytest.mark.parametrize("name, modifier", [(Qt.Key.Key_F10, SHIFT), (Qt.Key.Key_Menu, Qt.KeyboardModifier.NoModifier)])
def test_the_context_menu_comes_by_key(opened, name, modifier) -> None:
    stroke(opened.canvas, (60, 60), (90, 60))
    key(opened.canvas, name, modifier)
    menu = opened.canvas_menu
    assert menu.isVisible()
    words = [action.text().replace("&", "") for action in menu.actions() if not action.isSeparator()]
    assert words[:2] == ["Fill", "More Like This"] and "Mask Alone" in words
    invert = next(action for action in menu.actions() if action.text() == "&Invert Mask")
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(invert).center())
    assert not menu.isVisible() and opened.workspace.document.mask[200, 200] == 255


def right(canvas, at: QPoint) -> None:
    QTest.mousePress(canvas, Qt.MouseButton.RightButton, pos=at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, canvas.mapToGlobal(at))
    QApplication.sendEvent(canvas, event)
    QTest.mouseRelease(canvas, Qt.MouseButton.RightButton, pos=at)


def test_a_right_click_beside_the_picture_opens_it_and_on_the_picture_erases(opened) -> None:
    document, canvas = opened.workspace.document, opened.canvas
    stroke(canvas, (60, 60), (90, 60))
    drawn, depth = document.mask.copy(), document.history.depth
    right(canvas, QPoint(3, 3))
    assert opened.canvas_menu.isVisible() and document.history.depth == depth and not document.editing
    opened.canvas_menu.close()
    right(canvas, spot(canvas, 75, 60))
    assert not opened.canvas_menu.isVisible()
    assert document.mask[60, 75] == 0 and not np.array_equal(document.mask, drawn)
