"""What a person's hands do in the window: strokes and keys, by mouse and keyboard events."""

from __future__ import annotations

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication


def spot(canvas, x: float, y: float) -> QPoint:
    """Where the picture point lies in the widget."""
    at_x, at_y = canvas.view.to_screen(x, y)
    return QPoint(round(at_x / canvas.ratio), round(at_y / canvas.ratio))


def stroke(canvas, *points, button=Qt.MouseButton.LeftButton, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Press at the first picture point, drag through the others, release."""
    start_stroke(canvas, *points, button=button, modifier=modifier)
    QTest.mouseRelease(canvas, button, modifier, spot(canvas, *points[-1]))


def start_stroke(canvas, *points, button=Qt.MouseButton.LeftButton, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mousePress(canvas, button, modifier, spot(canvas, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(canvas, spot(canvas, *point))


def key(widget, name, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    if QApplication.activeModalWidget() is None:
        widget.window().activateWindow()
        QTest.qWaitForWindowActive(widget.window())
    QTest.keyClick(widget, name, modifier)
