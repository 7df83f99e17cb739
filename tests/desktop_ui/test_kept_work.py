"""What was drawn on a picture comes back with it, however one left."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication, QImage
from PyQt6.QtTest import QTest

from tests.desktop_ui.hands import CTRL, answer, key, open_file, start_stroke, stroke
from tests.desktop_ui.test_document import fill_with

pytestmark = pytest.mark.gui


@pytest.fixture
def other(photo, tmp_path):
    Image.open(photo).rotate(90, expand=True).save(tmp_path / "zebra.png")
    return tmp_path / "zebra.png"


def go(window, name, modifier, wanted, qtbot) -> None:
    key(window.canvas, name, modifier)
    qtbot.waitUntil(lambda: window.workspace.document.path == wanted)


def test_a_mask_comes_back_after_page_down_and_up(opened, photo, other, qtbot) -> None:
    stroke(opened.canvas, (60, 60), (90, 60))
    drawn = opened.workspace.document.mask.copy()
    go(opened, Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, other, qtbot)
    assert not opened.workspace.document.mask.any()
    go(opened, Qt.Key.Key_PageUp, Qt.KeyboardModifier.NoModifier, photo, qtbot)
    assert np.array_equal(opened.workspace.document.mask, drawn) and drawn.any()
    assert "back" in opened.banner.text and not opened.isWindowModified()
    key(opened.canvas, Qt.Key.Key_D, CTRL)
    go(opened, Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, other, qtbot)
    go(opened, Qt.Key.Key_PageUp, Qt.KeyboardModifier.NoModifier, photo, qtbot)
    assert not opened.workspace.document.mask.any(), "what was cleared stays cleared"


def test_a_mask_comes_back_after_closing_the_picture_and_the_program(opened, photo, make_window, qtbot) -> None:
    stroke(opened.canvas, (60, 60), (90, 60))
    drawn = opened.workspace.document.mask.copy()
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    assert opened.workspace.document is None
    open_file(opened, photo, qtbot)
    assert np.array_equal(opened.workspace.document.mask, drawn)
    stroke(opened.canvas, (200, 200), (220, 200))
    drawn = opened.workspace.document.mask.copy()
    opened.close()
    window = make_window()
    open_file(window, photo, qtbot)
    assert np.array_equal(window.workspace.document.mask, drawn)


def test_a_stroke_drawn_while_another_file_loads_is_kept(opened, photo, other, qtbot) -> None:
    opened.file.open(other)
    start_stroke(opened.canvas, (60, 60), (90, 60))
    qtbot.waitUntil(lambda: opened.workspace.document.path == other)
    QTest.mouseRelease(opened.canvas, Qt.MouseButton.LeftButton)
    open_file(opened, photo, qtbot)
    assert opened.workspace.document.mask[60, 75] == 255


def test_a_mask_does_not_come_back_on_a_file_that_was_changed_or_whose_fill_was_saved(opened, photo, qtbot) -> None:
    stroke(opened.canvas, (60, 60), (90, 60))
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    Image.open(photo).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(photo)
    open_file(opened, photo, qtbot)
    assert not opened.workspace.document.mask.any()
    stroke(opened.canvas, (60, 60), (90, 60))
    fill_with(opened.workspace.document, 1)
    answer("Replace")
    key(opened.canvas, Qt.Key.Key_S, CTRL)
    qtbot.waitUntil(lambda: not opened.workspace.document.unexported)
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    open_file(opened, photo, qtbot)
    assert not opened.workspace.document.mask.any()


def test_a_damaged_kept_mask_is_none_and_one_that_cannot_be_written_is_said(opened, photo, tmp_path, qtbot) -> None:
    stroke(opened.canvas, (60, 60), (90, 60))
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    (kept,) = (tmp_path / "masks").glob("*.png")
    kept.write_bytes(kept.read_bytes()[:40])
    open_file(opened, photo, qtbot)
    assert not opened.workspace.document.mask.any()
    kept.unlink()
    (tmp_path / "masks").rmdir()
    (tmp_path / "masks").write_bytes(b"")
    stroke(opened.canvas, (60, 60), (90, 60))
    said = []
    opened.workspace.said.connect(lambda *words: said.append(words[1]))
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    assert said and "could not be kept" in said[0]


def test_of_a_pasted_picture_the_mask_is_asked_about(window, qtbot) -> None:
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    key(window.canvas, Qt.Key.Key_V, CTRL)
    stroke(window.canvas, (60, 60), (90, 60))
    asked = answer("Cancel")
    key(window.canvas, Qt.Key.Key_W, CTRL)
    assert asked and window.workspace.document is not None
