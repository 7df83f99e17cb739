"""The canvas's own keys, wherever in the window the focus is; and fields that give the focus back."""

from __future__ import annotations

from PyQt6.QtCore import QCoreApplication, QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QMenuBar,
    QSpinBox,
    QWidget,
)

from desktop_ui.view.canvas import Canvas

_CANVAS_KEYS = (Qt.Key.Key_Tab, Qt.Key.Key_Escape)  # the others are shortcuts of actions, which work anywhere


class CanvasKeys(QObject):
    """Hands Tab and Esc to the canvas while a picture is shown; Shift + Tab goes through the panels."""

    def __init__(self, window: QWidget, canvas: Canvas) -> None:
        super().__init__(window)
        self._window = window
        self._canvas = canvas
        _application().installEventFilter(self)

    def stop(self) -> None:
        _application().removeEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        if event.key() not in _CANVAS_KEYS:
            return False
        if event.modifiers() or watched is self._canvas or not self._canvas.isVisible():
            return False
        if not isinstance(watched, QWidget) or isinstance(watched, QMenuBar) or watched.window() is not self._window:
            return False
        if isinstance(watched, ValueBox) and event.type() == QEvent.Type.KeyPress:
            watched.give_back(keep=event.key() != Qt.Key.Key_Escape)
        return self._canvas.take_key(event)


class ValueBox(QSpinBox):
    """A number to type: Enter keeps it, Esc takes back what was typed, and both give the focus to `home`.

    Letters are no part of a number: they stay shortcuts.
    """

    done = pyqtSignal(bool)  # Enter: True, Esc: False
    home: QWidget | None = None  # who has the focus when nobody types

    def __init__(self, **properties) -> None:
        super().__init__(**properties)
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel
        self._before = self.value()

    def give_back(self, keep: bool) -> None:
        self.interpretText()
        if not keep:
            self.setValue(self._before)
        if self.home is not None:
            self.home.setFocus()
        self.done.emit(keep)

    def focusInEvent(self, event) -> None:
        self._before = self.value()
        super().focusInEvent(event)

    def event(self, event) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and event.text().isalpha():
            event.ignore()
            return True
        return super().event(event)

    def keyPressEvent(self, event) -> None:
        ends = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        if ends and self.home is not None:  # in a dialog they are the dialog's
            self.give_back(keep=event.key() != Qt.Key.Key_Escape)
        else:
            super().keyPressEvent(event)


def _application() -> QCoreApplication:
    application = QApplication.instance()
    assert application is not None
    return application


def leave_focus_to(home: QWidget, window: QWidget) -> None:
    """What is only clicked takes no focus from `home`; by Tab it can be reached all the same."""
    for widget in window.findChildren(QWidget):
        if isinstance(widget, QAbstractButton | QAbstractSlider | QAbstractScrollArea):
            if widget.focusPolicy() & Qt.FocusPolicy.ClickFocus:
                widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        elif isinstance(widget, ValueBox):
            widget.home = home
