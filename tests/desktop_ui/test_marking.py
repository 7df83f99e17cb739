"""The mask is marked by mouse, pen and keyboard, with each tool."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QEvent, QPointF, Qt
from PyQt6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from model.geometry.boxes import Box
from tests.desktop_ui.hands import ALT, CTRL, SHIFT, key, open_file, spot, start_stroke, stroke
from tests.desktop_ui.test_document import fill_with, mark

pytestmark = pytest.mark.gui


def test_letters_take_tools_and_each_marks_the_mask(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    drags = {
        Qt.Key.Key_R: ((40, 40), (100, 90)),
        Qt.Key.Key_O: ((40, 40), (100, 90)),
        Qt.Key.Key_L: ((40, 40), (100, 40), (100, 90), (40, 90)),
        Qt.Key.Key_W: ((60, 60),),
    }
    for letter, points in drags.items():
        key(canvas, letter)
        stroke(canvas, *points)
        assert document.mask[60, 60] == 255, letter
        key(canvas, Qt.Key.Key_D, CTRL)
        assert not document.mask.any()
    key(canvas, Qt.Key.Key_P)
    for corner in ((40, 40), (120, 40), (80, 120)):
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=spot(canvas, *corner))
    key(canvas, Qt.Key.Key_Return)
    assert document.mask[60, 80] == 255


def test_shapes_add_as_the_brush_does_and_ctrl_or_the_right_button_erases(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    stroke(canvas, (250, 200), (260, 200))
    key(canvas, Qt.Key.Key_R)
    stroke(canvas, (20, 20), (60, 60))
    key(canvas, Qt.Key.Key_L)
    stroke(canvas, (100, 20), (140, 20), (140, 60), (100, 60))
    assert document.mask[200, 255] and document.mask[25, 25] and document.mask[40, 120]
    key(canvas, Qt.Key.Key_O)
    stroke(canvas, (30, 30), (50, 50), modifier=CTRL)
    stroke(canvas, (110, 30), (130, 50), button=Qt.MouseButton.RightButton)
    assert not document.mask[40, 40] and not document.mask[40, 120] and document.mask[25, 25]


@pytest.mark.parametrize("letter", ["B", "R", "O", "L", "W"])
@pytest.mark.parametrize("modifier", [Qt.KeyboardModifier.NoModifier, SHIFT])
def test_after_a_fill_each_tool_starts_a_new_mask_and_shift_goes_on(opened, letter, modifier) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    mark(document, Box(5, 5, 20, 20))
    fill_with(document, 1)
    key(canvas, getattr(Qt.Key, f"Key_{letter}"))
    stroke(canvas, (100, 100), (140, 100), (140, 140), modifier=modifier)
    assert document.mask[100, 100:141].any()
    assert bool(document.mask[10, 10]) == (modifier == SHIFT)


def test_the_right_button_erases_and_the_eraser_has_its_own_size(opened) -> None:
    canvas, document, settings = opened.canvas, opened.workspace.document, opened.settings
    stroke(canvas, (100, 100), (200, 100))
    stroke(canvas, (150, 100), button=Qt.MouseButton.RightButton)
    assert document.mask[100, 110] and not document.mask[100, 150]
    key(canvas, Qt.Key.Key_E)
    for _ in range(3):
        key(canvas, Qt.Key.Key_BracketRight)
    assert settings["tool/eraser_size"] > 60 == settings["tool/brush_size"]


def test_another_button_does_not_end_a_stroke(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    start_stroke(canvas, (100, 100), (120, 100))
    QTest.mouseClick(canvas, Qt.MouseButton.RightButton, pos=spot(canvas, 120, 100))
    QTest.mouseMove(canvas, spot(canvas, 160, 100))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spot(canvas, 160, 100))
    assert document.mask[100, 160] == 255 and document.history.depth == 1


def test_a_pen_draws_with_pressure_and_its_other_end_erases(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document

    def pen(kind, x: float, pressure: float, eraser: bool = False) -> None:
        tip = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
        device = QPointingDevice("pen", 1, QInputDevice.DeviceType.Stylus, tip, QInputDevice.Capability.Pressure, 1, 3)
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else Qt.MouseButton.LeftButton
        at = QPointF(spot(canvas, x, 100))
        event = QTabletEvent(
            kind,
            device,
            at,
            at,
            pressure,
            0,
            0,
            0,
            0,
            0,
            Qt.KeyboardModifier.NoModifier,
            held,
            Qt.MouseButton.LeftButton,
        )
        QApplication.sendEvent(canvas, event)

    pen(QEvent.Type.TabletPress, 60, 0.2)
    pen(QEvent.Type.TabletMove, 200, 1.0)
    pen(QEvent.Type.TabletRelease, 200, 1.0)
    thin, thick = (document.mask[:, 60] > 0).sum(), (document.mask[:, 195] > 0).sum()
    assert 8 < thin < 20 and 50 < thick < 66
    pen(QEvent.Type.TabletPress, 130, 1.0, eraser=True)
    pen(QEvent.Type.TabletRelease, 130, 1.0, eraser=True)
    assert not document.mask[100, 130] and document.history.depth == 2


def test_painting_by_keyboard_alone(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    key(canvas, Qt.Key.Key_Right)
    key(canvas, Qt.Key.Key_Return)
    for _ in range(5):
        key(canvas, Qt.Key.Key_Right)
    key(canvas, Qt.Key.Key_Return)
    assert document.mask.any() and document.history.depth == 1
    width = np.flatnonzero(document.mask.any(axis=0))
    assert width[-1] - width[0] >= 60 + 40 - 4


def test_the_ring_has_the_brushs_true_size(opened) -> None:
    canvas = opened.canvas
    for zoom in (0.5, 1.0, 2.0):
        canvas.zoom_to(zoom)
        assert canvas._input._ring_radius() == pytest.approx(30 * zoom / canvas.ratio)


def test_brushes_keep_their_share_of_pictures_of_different_size(opened, photo, tmp_path, qtbot, make_window) -> None:
    large = tmp_path / "large.png"
    Image.open(photo).resize((1600, 1200)).save(large)
    settings = opened.settings
    key(opened.canvas, Qt.Key.Key_BracketLeft)
    size, eraser = settings["tool/brush_size"], settings["tool/eraser_size"]
    assert size < eraser
    open_file(opened, large, qtbot)
    assert settings["tool/brush_size"] == 5 * size and settings["tool/eraser_size"] == 5 * eraser
    stroke(opened.canvas, (800, 600))
    assert abs(int((opened.workspace.document.mask[600] > 127).sum()) - 5 * size) < 0.2 * 5 * size
    open_file(opened, photo, qtbot)
    assert (settings["tool/brush_size"], settings["tool/eraser_size"]) == (size, eraser)
    opened.close()
    again = make_window()
    open_file(again, large, qtbot)
    assert settings["tool/brush_size"] == 5 * size, "also after a new start"


@pytest.mark.parametrize("letter, button", [
    ("B", Qt.MouseButton.LeftButton), ("E", Qt.MouseButton.LeftButton), ("H", Qt.MouseButton.RightButton),
])  # fmt: skip
def test_a_drag_with_alt_sets_the_brush_and_marks_nothing(opened, letter, button) -> None:
    canvas, document, settings = opened.canvas, opened.workspace.document, opened.settings
    key(canvas, getattr(Qt.Key, f"Key_{letter}"))
    own = "eraser" if letter == "E" else "brush"
    stroke(canvas, (100, 100), (120, 100), button=button, modifier=ALT)
    assert settings[f"tool/{own}_size"] == 60 + 2 * 20 and settings[f"tool/{own}_hardness"] == 85
    stroke(canvas, (100, 100), (100, 140), button=button, modifier=ALT)
    assert settings[f"tool/{own}_size"] == 100 and settings[f"tool/{own}_hardness"] == 65
    stroke(canvas, (100, 100), (0, 0), button=button, modifier=ALT)
    assert settings[f"tool/{own}_size"] == 1 and settings[f"tool/{own}_hardness"] == 100, "the ends of the ranges"
    assert not document.history.depth and not document.mask.any()
    other = "brush" if own == "eraser" else "eraser"
    assert settings[f"tool/{other}_size"] == 60
