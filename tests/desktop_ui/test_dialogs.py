"""Dialogs and theme changes: opened and closed by keyboard, again and again, they leave nothing behind."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QDialog

from desktop_ui.ui import theme
from tests.desktop_ui.hands import ALT, CTRL, SHIFT, answer, key, stroke

pytestmark = pytest.mark.gui


def in_dialog(do) -> None:
    """Do this with the next dialog once it is there, then press Esc in it."""

    def act() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog):
            QTimer.singleShot(10, act)
            return
        do(dialog)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)

    QTimer.singleShot(0, act)


def turn_theme(dialog) -> None:
    """By keyboard, in the field of the colours."""
    combo = dialog.fields["view/theme"]
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Up if combo.currentIndex() == combo.count() - 1 else Qt.Key.Key_Down)


def count_widgets() -> int:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return len(QApplication.allWidgets())


def test_dialogs_and_theme_changes_leave_no_widget_behind(opened, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(QApplication, "setStyle", lambda *_: pytest.fail("the style is taken once, at the start"))
    stroke(opened.canvas, (60, 60), (90, 60))

    def one_round() -> None:
        for name, modifier, do in (
            (Qt.Key.Key_Comma, CTRL, turn_theme),
            (Qt.Key.Key_K, CTRL | ALT, lambda _: None),
            (Qt.Key.Key_F1, SHIFT, lambda _: None),
            (Qt.Key.Key_E, CTRL, lambda _: None),
        ):
            in_dialog(do)
            key(opened.canvas, name, modifier)
        key(opened.canvas, Qt.Key.Key_K, CTRL)
        QTest.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_Escape)
        qtbot.wait(1)

    one_round()
    before = count_widgets()
    for _ in range(4):
        one_round()
    assert count_widgets() == before


def test_questions_leave_no_widget_behind(opened, qtbot) -> None:
    from tests.desktop_ui.test_document import fill_with

    stroke(opened.canvas, (60, 60), (90, 60))
    fill_with(opened.workspace.document, 1)
    before = count_widgets()
    for _ in range(3):
        answer("Cancel")
        key(opened.canvas, Qt.Key.Key_W, CTRL)
    assert count_widgets() == before


def test_a_theme_is_changed_after_the_event_that_asked_for_it(opened, qtbot) -> None:
    """Restyling a list in the middle of its own closing crashed."""
    styled_inside = []

    def choose(dialog) -> None:
        combo = dialog.fields["view/theme"]
        dark = opened.theme is theme.DARK
        turn = "light" if dark else "dark"
        combo.currentIndexChanged.connect(lambda _: styled_inside.append(opened.theme is theme.DARK))
        combo.setFocus()
        QTest.keyClick(combo, Qt.Key.Key_L if dark else Qt.Key.Key_D)
        assert styled_inside == [dark] and opened.settings["view/theme"] == turn
        qtbot.waitUntil(lambda: (opened.theme is theme.DARK) != dark)

    in_dialog(choose)
    key(opened.canvas, Qt.Key.Key_Comma, CTRL)
    assert styled_inside


def test_the_programs_style_is_the_one_that_the_themes_are_drawn_in(qapp) -> None:
    theme.start(qapp)
    assert qapp.style().objectName().lower() in ("fusion", "")
