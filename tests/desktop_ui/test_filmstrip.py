"""The strip under the picture: results are looked at, chosen, thrown away, and fills are told apart."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QToolButton

from desktop_ui.document.colour import Display
from desktop_ui.document.document import Document
from model.errors import PconvError
from model.geometry.boxes import Box
from model.options import FillOptions
from pconv.images.files import Picture
from tests.desktop_ui.hands import CTRL, SHIFT, key, spot, stroke
from tests.desktop_ui.test_document import fill_with, mark

pytestmark = pytest.mark.gui


@pytest.fixture
def filled(opened, qtbot):
    """Two fills; the second has three results, of the values 40, 120 and 200."""
    document = opened.workspace.document
    mark(document, Box(20, 20, 60, 60))
    fill_with(document, 10)
    document.replace_mask("clear", np.zeros_like(document.mask))
    mark(document, Box(100, 100, 160, 160))
    for number, value in enumerate((40, 120, 200)):
        fill_with(document, value, FillOptions(grow=number))
    qtbot.wait(1)
    return opened


def middle_of(strip_list, row: int) -> QPoint:
    return strip_list.visualItemRect(strip_list.item(row)).center()


def hover(widget, at: QPoint) -> None:
    place = QPointF(at)
    no = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, place, widget.mapToGlobal(place), no, no, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def value(window) -> int:
    return int(window.workspace.document.image[130, 130, 0])


def test_the_strip_shows_all_fills_and_the_results_of_the_last(filled) -> None:
    strip = filled.filmstrip
    assert strip.isVisible() and strip.fills.count() == 2 and strip.results.count() == 3
    assert strip.results.item(2).text().startswith("✓") and strip.results.currentRow() == 2
    names = [strip.results.item(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert names[0].startswith("Fill 2, result 1") and len(set(names)) == 3


def test_a_result_under_the_pointer_is_seen_in_the_picture_and_changes_nothing(filled) -> None:
    canvas, document, results = filled.canvas, filled.workspace.document, filled.filmstrip.results
    depth, at = document.history.depth, spot(canvas, 130, 130)
    before = canvas.grab().toImage().pixelColor(at).red()
    hover(results.viewport(), middle_of(results, 0))
    seen = canvas.grab().toImage().pixelColor(at).red()
    assert before == 200 and seen == 40
    assert value(filled) == 200 and document.history.depth == depth
    QApplication.sendEvent(results.viewport(), QEvent(QEvent.Type.Leave))
    assert canvas.grab().toImage().pixelColor(at).red() == 200


def test_digits_and_clicks_choose(filled) -> None:
    results = filled.filmstrip.results
    key(filled.canvas, Qt.Key.Key_1)
    assert value(filled) == 40
    key(filled.canvas, Qt.Key.Key_2)
    assert value(filled) == 120
    key(filled.canvas, Qt.Key.Key_4)
    assert value(filled) == 120, "there is no fourth"
    QTest.mouseClick(results.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(results, 2))
    assert value(filled) == 200
    key(filled.canvas, Qt.Key.Key_Z, CTRL)
    assert value(filled) == 120


def test_another_fills_results_are_shown_and_chosen_after_a_click_on_it(filled) -> None:
    document, strip = filled.workspace.document, filled.filmstrip
    QTest.mouseClick(strip.fills.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(strip.fills, 0))
    assert strip.results.count() == 1 and strip.selected == 0
    key(filled.canvas, Qt.Key.Key_Delete, SHIFT)
    assert len(document.fills) == 1 and not (document.image[30:50, 30:50] == 10).all(), "the first fill is gone"
    assert value(filled) == 200, "the second stays"
    key(filled.canvas, Qt.Key.Key_Z, CTRL)
    assert len(document.fills) == 2 and (document.image[30:50, 30:50, 0] == 10).all()


def test_a_result_is_thrown_away_by_its_button_and_comes_back_by_undo(filled) -> None:
    document, strip = filled.workspace.document, filled.filmstrip
    button = next(one for one in strip.findChildren(QToolButton) if one.text() == "Delete Result")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert strip.results.count() == 2 and value(filled) == 120
    for _ in range(2):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(document.fills) == 1 and np.array_equal(document.image[130, 130], document.original[130, 130])
    for _ in range(3):
        key(filled.canvas, Qt.Key.Key_Z, CTRL)
    assert strip.results.count() == 3 and value(filled) == 200


def test_without_fills_there_is_no_strip_and_nothing_to_throw_away(opened) -> None:
    assert not opened.filmstrip.isVisible()
    assert not opened.actions_by_name["fill.delete_result"].isEnabled()
    key(opened.canvas, Qt.Key.Key_1)
    assert opened.workspace.document.history.depth == 0


def test_variants_are_one_step_and_the_best_is_chosen(opened, private_daemon, qtbot) -> None:
    document, strip = opened.workspace.document, opened.filmstrip
    opened.settings["fill/variants"] = 3
    stroke(opened.canvas, (100, 100), (140, 120))
    depth = document.history.depth
    key(opened.canvas, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: not opened.fill.busy, timeout=120_000)
    assert opened.banner.isHidden(), opened.banner.text
    assert 2 <= strip.results.count() <= 3 and strip.results.currentRow() == 0
    assert len(document.fills) == 1 and document.history.depth == depth + 1
    count = strip.results.count()
    more = next(one for one in strip.findChildren(QToolButton) if one.text() == "More Like This")
    QTest.mouseClick(more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not opened.fill.busy, timeout=120_000)
    assert strip.results.count() == count + 1 and strip.results.currentRow() == count
    assert document.fills[0].current.options.seed == 1
    key(opened.canvas, Qt.Key.Key_F)
    assert not opened.fill.busy and strip.results.currentRow() == 0, "the same again is shown and not computed"


def test_several_results_are_taken_at_once(opened) -> None:
    document = opened.workspace.document
    mark(document, Box(100, 100, 160, 160))
    request = document.fill_request(FillOptions(variants=3))
    variants = [np.full_like(request.image, value) for value in (7, 8, 9)]
    document.finish_fill(request, variants[0], "fill", variants[1:])
    assert opened.filmstrip.results.count() == 3 and value(opened) == 7
    key(opened.canvas, Qt.Key.Key_3)
    assert value(opened) == 9


def test_more_is_refused_in_one_sentence_once_the_mask_is_gone(filled) -> None:
    key(filled.canvas, Qt.Key.Key_D, CTRL)
    key(filled.canvas, Qt.Key.Key_R, CTRL)
    assert "as long as its mask is there" in filled.banner.text and not filled.fill.busy


def test_a_further_result_is_shown_though_another_fill_was_looked_at(filled) -> None:
    strip = filled.filmstrip
    QTest.mouseClick(strip.fills.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(strip.fills, 0))
    assert strip.selected == 0
    fill_with(filled.workspace.document, 77, FillOptions(grow=9))
    assert strip.selected == 1 and strip.results.count() == 4 and strip.results.currentRow() == 3
    QTest.mouseClick(strip.fills.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(strip.fills, 0))
    key(filled.canvas, Qt.Key.Key_Z, CTRL)
    assert strip.selected == 1 and strip.results.count() == 3, "where the undo did something"


def test_try_again_after_more_like_this_asks_for_more_like_this(filled, monkeypatch, qtbot) -> None:
    requests = []
    monkeypatch.setattr(filled.worker, "fill", requests.append)
    filled.settings["fill/grow"] = 50
    key(filled.canvas, Qt.Key.Key_R, CTRL)
    filled.fill._failed(requests[0], PconvError("busy", "The daemon is busy; wait a little."))
    assert filled.banner.button.text() == "Try again"
    QTest.mouseClick(filled.banner.button, Qt.MouseButton.LeftButton)
    assert [one.options for one in requests] == [FillOptions(grow=2, seed=1)] * 2
    filled.fill._failed(requests[1], PconvError("busy", "The daemon is busy; wait a little."))
    key(filled.canvas, Qt.Key.Key_F)
    filled.fill._failed(requests[2], PconvError("busy", "The daemon is busy; wait a little."))
    QTest.mouseClick(filled.banner.button, Qt.MouseButton.LeftButton)
    assert requests[3].options.grow == 50 and requests[3].options.seed == 0


@pytest.mark.parametrize("dtype, full", [("uint8", 255), ("uint16", 65535), ("float32", 1.0)])
@pytest.mark.parametrize("channels", [1, 3])
def test_small_pictures_of_large_fills_convert_only_what_is_shown(monkeypatch, qapp, dtype, full, channels) -> None:
    from desktop_ui.ui import thumbnails

    document = Document(Picture(np.zeros((600, 900, channels), dtype)))
    mark(document, Box(0, 0, 590, 890))
    fill_with(document, full)
    converted = []
    real = thumbnails.to_display
    monkeypatch.setattr(
        thumbnails,
        "to_display",
        lambda *profile: lambda pixels: converted.append(pixels.size) or real(*profile)(pixels),
    )
    (icon,) = thumbnails.result_icons(document, 0, 92, Display())
    assert icon.pixmap(92, 92).toImage().pixelColor(40, 46).red() > 250
    assert converted and max(converted) <= 3 * 184 * 184


def test_large_results_are_shown_where_they_differ(qapp) -> None:
    from desktop_ui.ui import thumbnails

    document = Document(Picture(np.full((1200, 1600, 3), 90, np.uint8)))
    mark(document, Box(0, 0, 1190, 1590))
    for seed, value in enumerate((10, 250)):
        request = document.fill_request(FillOptions(seed=seed))
        filled = np.full_like(request.image, 140)
        filled[1000:1030, 1300:1330] = value
        document.finish_fill(request, filled, "fill")
    icons = thumbnails.result_icons(document, 0, 92, Display())
    images = [icon.pixmap(92, 92).toImage() for icon in icons]
    telling = [
        sum(image.pixelColor(x, y).red() == value for x in range(image.width()) for y in range(image.height()))
        for image, value in zip(images, (10, 250), strict=True)
    ]
    assert min(telling) >= 9, "whole, 30 pixels of 1600 would be one or two"
    document.delete_candidate(0, 1, "delete")
    (whole,) = thumbnails.result_icons(document, 0, 92, Display())
    assert whole.pixmap(92, 92).toImage().height() == 92
