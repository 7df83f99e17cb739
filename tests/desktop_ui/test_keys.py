"""The canvas's keys work wherever the focus is, and what is clicked or typed in does not keep the focus."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QCheckBox, QPushButton, QWidget

from desktop_ui.ui.keys import ValueBox
from desktop_ui.view.compare import Compare
from tests.desktop_ui.hands import key, stroke
from tests.desktop_ui.test_document import fill_with

pytestmark = pytest.mark.gui


@pytest.fixture
def heard(opened, qtbot) -> list[str]:
    """What the keys did; the window has a result, a message and a mask, so that all its places are there."""
    stroke(opened.canvas, (60, 60), (90, 60))
    fill_with(opened.workspace.document, 1)
    opened.banner.say("bad", "A message.", "Try again", lambda: None)
    opened.pill.begin()
    said: list[str] = []
    opened.actions_by_name["fill.run"].triggered.disconnect()
    opened.actions_by_name["fill.run"].triggered.connect(lambda: said.append("F"))
    opened.canvas.escaped.connect(lambda: said.append("Esc"))
    return said


def places(window) -> list[QWidget]:
    return [
        one
        for one in window.findChildren(QWidget)
        if one.focusPolicy() != Qt.FocusPolicy.NoFocus
        and one.isVisible()
        and one.isEnabled()
        and one.focusProxy() is None
    ]


def test_the_canvass_keys_work_from_every_place_of_focus(opened, heard) -> None:
    found = places(opened)
    assert len(found) >= 30
    canvas = opened.canvas
    for place in found:
        for name in (Qt.Key.Key_F, Qt.Key.Key_Escape, Qt.Key.Key_0):
            if isinstance(place, ValueBox) and name == Qt.Key.Key_0:
                continue  # a digit is typed there
            place.setFocus(Qt.FocusReason.TabFocusReason)
            canvas.zoom_to(0.5)
            heard.clear()
            key(QApplication.focusWidget(), name)
            if name == Qt.Key.Key_0:
                assert canvas.view.fitted, place
            else:
                assert heard == ["F" if name == Qt.Key.Key_F else "Esc"], place
        place.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyPress(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert canvas.compare is Compare.BEFORE, place
        QTest.keyRelease(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert canvas.compare is Compare.AFTER, place


def test_a_click_on_buttons_sliders_and_results_leaves_the_focus_with_the_canvas(opened, heard) -> None:
    canvas = opened.canvas
    canvas.setFocus()
    opened.activateWindow()
    for kind in (QPushButton, QCheckBox, QAbstractSlider):
        for one in opened.side.findChildren(kind):
            if one.isVisible() and one.isEnabled() and not one.objectName().startswith("qt_"):
                if isinstance(one, QPushButton) and one.menu() is not None:
                    continue  # while its menu is open, the keys are the menu's
                if isinstance(one, QAbstractButton):
                    one.clicked.disconnect()
                QTest.mouseClick(one, Qt.MouseButton.LeftButton, pos=QPoint(6, one.height() // 2))
                assert QApplication.focusWidget() is canvas, one
    cards = opened.filmstrip.results
    QTest.mouseClick(cards.viewport(), Qt.MouseButton.LeftButton, pos=cards.visualItemRect(cards.item(0)).center())
    assert QApplication.focusWidget() is canvas


@pytest.mark.parametrize(
    "name, kept", [(Qt.Key.Key_Return, True), (Qt.Key.Key_Enter, True), (Qt.Key.Key_Escape, False)]
)
def test_a_typed_value_gives_the_focus_back(opened, heard, name, kept) -> None:
    box = opened.fill_panel.findChildren(ValueBox)[0]
    before = box.value()
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    assert QApplication.focusWidget() is box
    box.selectAll()
    QTest.keyClicks(box, "17")
    QTest.keyClick(box, name)
    assert QApplication.focusWidget() is opened.canvas
    assert box.value() == opened.settings["fill/grow"] == (17 if kept else before)
    assert heard == ([] if kept else ["Esc"])
    key(opened.canvas, Qt.Key.Key_F)
    assert heard[-1] == "F"


def test_shift_tab_goes_through_the_panels(opened, heard) -> None:
    opened.canvas.setFocus()
    seen = set()
    for _ in range(60):
        key(QApplication.focusWidget(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        seen.add(QApplication.focusWidget())
    assert len(seen) > 20 and opened.canvas in seen


def test_in_a_dialog_tab_and_escape_are_the_dialogs_own(opened, qtbot) -> None:
    from desktop_ui.ui.dialogs.export import ExportDialog
    from desktop_ui.ui.dialogs.settings import SettingsDialog

    dialog = SettingsDialog(opened, opened.settings)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.fields["view/theme"].setFocus()
    QTest.keyClick(dialog.fields["view/theme"], Qt.Key.Key_Tab)
    assert opened.canvas.compare is Compare.AFTER
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    export = ExportDialog(opened, 90)
    for name, result in ((Qt.Key.Key_Escape, 0), (Qt.Key.Key_Return, 1)):
        export.show()
        export.findChild(ValueBox).setFocus()
        QTest.keyClick(export.findChild(ValueBox), name)
        assert not export.isVisible() and export.result() == result


def test_escape_in_the_menu_bar_leaves_the_menu_bar(opened, heard) -> None:
    opened.menuBar().setFocus()
    QTest.keyClick(opened.menuBar(), Qt.Key.Key_Escape)
    assert heard == []
