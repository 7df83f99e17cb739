"""The panels at the window's side: what they show fits, and stays where it is."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.desktop_ui.hands import CTRL, key, stroke
from tests.desktop_ui.test_document import fill_with

pytestmark = pytest.mark.gui


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_first_results_card_is_shown_whole_without_a_scroll_bar(opened, qtbot, theme) -> None:
    opened.settings["view/theme"] = theme
    stroke(opened.canvas, (60, 60), (90, 60))
    fill_with(opened.workspace.document, 1)
    qtbot.wait(1)
    cards = opened.results_panel._list
    card = cards.visualItemRect(cards.item(0))
    assert cards.viewport().rect().contains(card)
    assert cards.sizeHintForColumn(0) <= cards.viewport().width(), "no word of it is cut off"
    assert not cards.horizontalScrollBar().isVisible() and not cards.verticalScrollBar().isVisible()


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
