"""The panels at the window's side: what they show fits, and stays where it is."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QLabel, QPushButton

from desktop_ui.jobs.daemon_state import DaemonState
from model.geometry.boxes import Box
from model.options import FillOptions
from tests.desktop_ui.hands import CTRL, SHIFT, key, spot, stroke
from tests.desktop_ui.test_document import fill_with, mark

pytestmark = pytest.mark.gui


def test_the_fill_button_stays_where_it_is_whatever_tool_is_taken(opened, qtbot) -> None:
    button = opened.fill_panel.button
    places = set()
    for letter in "BELPROW":
        key(opened.canvas, getattr(Qt.Key, f"Key_{letter}"))
        qtbot.wait(1)
        places.add(button.mapTo(opened, button.rect().topLeft()).y())
    assert len(places) == 1
    stroke(opened.canvas, (60, 60), (90, 60))
    fill_with(opened.workspace.document, 1)
    qtbot.wait(1)
    assert places == {button.mapTo(opened, button.rect().topLeft()).y()}


def test_grow_is_shown_while_one_chooses_and_kept_or_taken_back(opened, qtbot) -> None:
    document, bar = opened.workspace.document, opened.amount
    mark(document, Box(100, 100, 120, 120))
    before, depth = document.mask.copy(), document.history.depth

    def choose(pixels: str) -> None:
        button = next(one for one in opened.mask_panel.findChildren(QPushButton) if one.text() == "Grow")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert bar.isVisible() and QApplication.activeModalWidget() is None
        QTest.keyClicks(QApplication.focusWidget(), pixels)
        qtbot.waitUntil(lambda: document.mask[110, 100 - int(pixels)] == 255)
        assert document.mask[110, 98 - int(pixels)] == 0 and document.history.depth == depth

    choose("9")
    key(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not bar.isVisible() and np.array_equal(document.mask, before) and document.history.depth == depth
    choose("12")
    key(opened.canvas, Qt.Key.Key_Z, CTRL)
    assert not bar.isVisible() and np.array_equal(document.mask, before), "undo takes back no more than is shown"
    choose("7")
    QTest.mouseClick(bar.apply_button, Qt.MouseButton.LeftButton)
    assert not bar.isVisible() and document.history.depth == depth + 1 and document.mask[110, 93] == 255
    key(opened.canvas, Qt.Key.Key_Z, CTRL)
    assert np.array_equal(document.mask, before)
    choose("15")
    stroke(opened.canvas, (200, 200), (220, 200))
    assert not bar.isVisible() and document.mask[110, 85] == 255 and document.mask[200, 210] == 255


def test_no_word_stands_twice_in_the_window_with_two_meanings(opened) -> None:
    words = [label.text() for label in opened.side.findChildren(QLabel) if label.isVisible()]
    words += [button.text() for button in opened.side.findChildren(QPushButton)]
    names = [word for word in words if word in ("Grow", "Feather", "Margin", "Blend")]
    assert sorted(names) == ["Blend", "Feather", "Grow", "Margin"]


def test_a_small_window_shows_the_fill_button_and_results(opened, qtbot) -> None:
    opened.resize(1024, 700)
    stroke(opened.canvas, (60, 60), (90, 60))
    for number in range(4):
        fill_with(opened.workspace.document, number + 1, FillOptions(grow=number))
    cards, button = opened.filmstrip.results, opened.fill_panel.button

    def shown() -> bool:
        """Four whole inside the list, and the list in the window."""
        whole = all(cards.viewport().rect().contains(cards.visualItemRect(cards.item(row))) for row in range(4))
        return whole and cards.visibleRegion().boundingRect() == cards.rect()

    qtbot.waitUntil(shown)
    assert (opened.width(), opened.height()) == (1024, 700)
    qtbot.waitUntil(lambda: button.visibleRegion().boundingRect() == button.rect())


def test_the_window_can_be_made_narrow_with_and_without_a_picture(opened, qtbot) -> None:
    assert opened.minimumSizeHint().width() <= 720
    opened.status.show_state(DaemonState(False))
    assert opened.minimumSizeHint().width() <= 720
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    assert opened.minimumSizeHint().width() <= 720
    opened.resize(720, 600)
    qtbot.wait(20)
    assert opened.width() == 720


@pytest.mark.parametrize("name, modifier, inside, outside", [
    (Qt.Key.Key_G, CTRL, (110, 92), (110, 80)),
    (Qt.Key.Key_G, CTRL | SHIFT, (110, 110), (110, 102)),
    (Qt.Key.Key_F6, SHIFT, (110, 110), (110, 80)),
])  # fmt: skip
def test_the_slider_changes_the_mask_while_it_moves_also_where_the_mask_is_seen_alone(
    opened, qtbot, name, modifier, inside, outside
) -> None:
    document, bar, canvas = opened.workspace.document, opened.amount, opened.canvas
    mark(document, Box(100, 100, 120, 120))
    before, depth = document.mask.copy(), document.history.depth
    key(canvas, Qt.Key.Key_Q)
    key(canvas, name, modifier)
    seen = []
    for step in (90, 150, 180):  # of its thousand, some pixels each
        bar.row._slider.setValue(step)
        qtbot.wait(1)
        seen.append(document.mask.copy())
    assert not np.array_equal(seen[0], seen[2]) and not np.array_equal(seen[2], before)
    assert document.mask[inside] > 127 and document.mask[outside] == 0
    shown = canvas.grab().toImage().pixelColor(spot(canvas, inside[1] + 0.5, inside[0] + 0.5)).getRgb()[:3]
    assert shown == (document.mask[inside],) * 3
    key(bar.row, Qt.Key.Key_Return)
    QTest.mouseClick(bar.apply_button, Qt.MouseButton.LeftButton)
    assert document.history.depth == depth + 1 and np.array_equal(document.mask, seen[2])
