"""Every action by its key, by its words and by its accessible name."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QDialog

from model.geometry.boxes import Box
from tests.desktop_ui.hands import CTRL, key
from tests.desktop_ui.test_document import mark

pytestmark = pytest.mark.gui


def test_a_rebound_key_works_and_is_kept(opened, make_window, qtbot) -> None:
    from desktop_ui.ui.dialogs.shortcuts import ShortcutsModel

    model = ShortcutsModel(opened.settings.shortcuts())
    rows = {model.data(model.index(row, 0)): row for row in range(model.rowCount())}
    model.bind(rows["Eraser"], ["B"])
    assert model.keys(rows["Brush"]) == [], "whoever had the key loses it"
    opened.settings.set_shortcuts(model.rebound)
    key(opened.canvas, Qt.Key.Key_B)
    assert opened.view.tool == "eraser"
    assert make_window().actions_by_name["tool.eraser"].shortcut().toString() == "B"
    model.reset()
    opened.settings.set_shortcuts(model.rebound)
    key(opened.canvas, Qt.Key.Key_B)
    assert opened.view.tool == "brush"


def test_no_two_actions_share_a_default_key_and_every_action_has_one() -> None:
    from desktop_ui.ui.actions import ACTIONS
    from desktop_ui.ui.dialogs.shortcuts import conflicts

    assert conflicts({}) == {}
    assert [spec.name for spec in ACTIONS if not spec.keys] == []


def test_actions_are_found_by_words_and_done_by_enter(opened, qtbot) -> None:
    mark(opened.workspace.document, Box(5, 5, 50, 50))
    key(opened.canvas, Qt.Key.Key_K, CTRL)
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible())
    QTest.keyClicks(dialog.field, "mask inv")
    assert dialog.list.count() == 1
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert opened.workspace.document.mask[0, 0] == 255 and opened.workspace.document.mask[20, 20] == 0


def test_everything_that_can_be_pressed_has_an_accessible_name(opened) -> None:
    from PyQt6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox

    nameless = [
        widget
        for kind in (QAbstractButton, QAbstractSlider, QAbstractSpinBox)
        for widget in opened.side.findChildren(kind)
        if widget.isVisible() and not (widget.accessibleName() or getattr(widget, "text", str)())
        and not widget.objectName().startswith("qt_") and type(widget).__name__ != "QScrollBar"
    ]  # fmt: skip
    assert nameless == []
