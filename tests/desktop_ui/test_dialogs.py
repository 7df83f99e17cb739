"""Dialogs and theme changes: opened and closed by keyboard, again and again, they leave nothing behind."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PyQt6.QtGui import QColor, QIcon
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QCheckBox, QDialog, QLabel

from desktop_ui.ui import theme
from tests.desktop_ui.hands import ALT, CTRL, SHIFT, answer, key, stroke

pytestmark = pytest.mark.gui


def in_dialog(do) -> list[str]:
    """Do this with the next dialog once it is there, then press Esc in it; → the kinds that were there."""
    seen: list[str] = []

    def act() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog):
            QTimer.singleShot(10, act)
            return
        seen.append(type(dialog).__name__)
        try:
            do(dialog)
        finally:
            QTest.keyClick(dialog, Qt.Key.Key_Escape)

    QTimer.singleShot(0, act)
    return seen


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
            seen = in_dialog(do)
            key(opened.canvas, name, modifier)
            assert seen
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
        asked = answer("Cancel")
        key(opened.canvas, Qt.Key.Key_W, CTRL)
        assert asked
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


def test_the_fields_of_the_settings_stand_in_line_and_no_mark_up_is_shown(opened, qtbot) -> None:
    seen = []

    def look(dialog) -> None:
        fields = [one for one in dialog.fields.values() if not isinstance(one, QCheckBox)]
        assert len(fields) > 4
        assert len({(one.x(), one.width()) for one in fields}) == 1
        words = [label.text() for label in dialog.findChildren(QLabel)]
        assert words and not [text for text in words if "`" in text]
        seen.append(dialog)

    in_dialog(look)
    key(opened.canvas, Qt.Key.Key_Comma, CTRL)
    assert seen
    opened.workspace.say("Run `pconv doctor`.")
    assert opened.banner.text == "Run “pconv doctor”."


def test_titles_and_keys_of_the_command_list_stand_in_line(opened, qtbot) -> None:
    from desktop_ui.ui.dialogs.search import KEY

    key(opened.canvas, Qt.Key.Key_K, CTRL)
    dialog = QApplication.activePopupWidget()
    items = [dialog.list.item(row) for row in range(dialog.list.count())]
    sizes = {(size.width(), size.height()) for item in items for size in item.icon().availableSizes()[:1]}
    assert all(not item.icon().isNull() for item in items) and len(sizes) <= 2
    chosen = items[0].icon().pixmap(20, QIcon.Mode.Selected).toImage()
    colours = {
        chosen.pixelColor(x, y).name() for x in range(20) for y in range(20) if chosen.pixelColor(x, y).alpha() == 255
    }
    assert colours == {opened.theme.on_accent}, "readable on the accent"
    by_title = {item.text(): item.data(KEY) for item in items}
    assert by_title["Brush"] == "B" and by_title["Save"] == "Ctrl+S"
    shown = dialog.list.viewport().grab().toImage()
    for item in items[1:8]:
        place = dialog.list.visualItemRect(item)
        rows = range(place.top() + 4, place.bottom() - 3)
        ground = shown.pixel(place.right() - 2, place.center().y())
        last = max(x for x in range(place.right() - 1) for y in rows if shown.pixel(x, y) != ground)
        assert abs(place.right() - 12 - last) <= 3, item.text()
    dialog.close()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_arrows_and_ticks_are_drawn_in_the_themes_colours(opened, qtbot, name) -> None:
    colours = theme.DARK if name == "dark" else theme.LIGHT
    opened.settings["view/theme"] = name
    qtbot.wait(1)
    seen = []

    def look(dialog) -> None:
        combo, tick = dialog.fields["view/theme"], dialog.fields["daemon/start"]
        shown = combo.grab().toImage()
        arrow = [shown.pixelColor(x, y) for x in range(combo.width() - 24, combo.width() - 6) for y in range(5, 25)]
        assert QColor(colours.muted) in arrow
        tick.setChecked(True)
        box = tick.grab().toImage()
        found = [box.pixelColor(x, y) for x in range(18) for y in range(tick.height())]
        assert QColor(colours.accent) in found and QColor("white") in found
        spin = dialog.fields["view/mask_opacity"].grab().toImage()
        edge = {spin.pixelColor(spin.width() - 4, y).name() for y in range(8, spin.height() - 8)}
        assert edge == {colours.field}, "no stubs of buttons"
        seen.append(dialog)

    in_dialog(look)
    key(opened.canvas, Qt.Key.Key_Comma, CTRL)
    assert seen
