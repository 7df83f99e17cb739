"""What a person's hands do in the window: strokes, keys and answers, by mouse and keyboard events."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTimer
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QMessageBox

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


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
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # a dialog that goes takes the activation along
    if QApplication.activeModalWidget() is None:
        widget.window().activateWindow()
        QTest.qWaitForWindowActive(widget.window())
    QTest.keyClick(widget, name, modifier)


def answer(words: str) -> list[str]:
    """Press the button with these words in the next question; → the questions that were asked."""
    asked: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        found = [one for one in box.buttons() if one.text() == words] if isinstance(box, QMessageBox) else []
        if not found:
            QTimer.singleShot(20, press)
            return
        asked.append(box.text())
        found[0].click()

    QTimer.singleShot(0, press)
    return asked


def open_file(window, path: Path, qtbot) -> None:
    before = window.workspace.document
    window.file.open(path)
    qtbot.waitUntil(lambda: window.workspace.document is not before)
