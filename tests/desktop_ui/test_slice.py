"""From opening to saving as a person does it, against a real daemon with a small network."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QFileDialog

from tests.desktop_ui.hands import key, spot, stroke

pytestmark = pytest.mark.gui


def fill(window, qtbot) -> None:
    key(window.canvas, Qt.Key.Key_F)
    assert window.fill.busy
    qtbot.waitUntil(lambda: not window.fill.busy, timeout=60_000)


def test_open_brush_fill_compare_undo_save(opened, private_daemon, photo, tmp_path, qtbot, monkeypatch) -> None:
    window, canvas, document = opened, opened.canvas, opened.workspace.document
    before = document.image.copy()
    stroke(canvas, (100, 100), (140, 120), (180, 110))
    marked = document.mask > 0
    assert marked[100, 100] and marked[110, 180] and not marked[20, 20]

    fill(window, qtbot)
    assert window.banner.isHidden(), window.banner.text
    differs = (document.image != before).any(axis=2)
    assert differs.any() and not differs[~_grown(marked, 12)].any()
    assert (document.mask > 0)[110, 180], "the mask is kept for a second try"

    filled_shown = canvas.grab().toImage()
    QTest.keyPress(canvas, Qt.Key.Key_Tab)
    assert canvas.compare.value == "before"
    assert canvas.grab().toImage() != filled_shown
    QTest.keyRelease(canvas, Qt.Key.Key_Tab)
    assert canvas.compare.value == "after"

    filled = document.image.copy()
    key(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(document.image, before)
    key(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(document.image, filled)

    target = tmp_path / "out.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(target.exists)
    qtbot.waitUntil(lambda: not document.unexported)
    with Image.open(photo) as was, Image.open(target) as saved:
        assert saved.info["dpi"] == was.info["dpi"]
        assert np.array_equal(np.asarray(saved), filled)
        assert np.array_equal(np.asarray(saved)[~_grown(marked, 12)], before[~_grown(marked, 12)])


def test_escape_takes_back_an_open_stroke(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=spot(canvas, 50, 50))
    QTest.mouseMove(canvas, spot(canvas, 90, 50))
    assert document.mask.any()
    key(canvas, Qt.Key.Key_Escape)
    assert not document.mask.any()
    assert document.history.depth == 0


def _grown(marked: np.ndarray, pixels: int) -> np.ndarray:
    import cv2

    return cv2.dilate(marked.astype(np.uint8), np.ones((2 * pixels + 1,) * 2, np.uint8)) > 0
