"""Pictures and masks come into the window every way there is; one that cannot be used is one sentence."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QColorSpace, QDropEvent, QGuiApplication, QImage
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QFileDialog

from desktop_ui.jobs import background, files
from model.geometry.boxes import Box
from tests.desktop_ui.hands import CTRL, SHIFT, answer, key, open_file, spot, stroke
from tests.desktop_ui.test_document import fill_with, mark

pytestmark = pytest.mark.gui


@pytest.mark.parametrize(
    "name, data",
    [("empty.png", b""), ("text.jpg", b"hello"), ("cut.png", None), ("gone.png", "missing"), ("a.pconv", b"PK")],
)
def test_a_file_that_cannot_be_opened_is_one_sentence_and_the_work_stays(opened, photo, tmp_path, qtbot, name, data):
    path = tmp_path / name
    if data != "missing":
        path.write_bytes(photo.read_bytes()[: photo.stat().st_size // 2] if data is None else data)
    document = opened.workspace.document
    mark(document, Box(5, 5, 9, 9))
    opened.file.open(path)
    qtbot.waitUntil(opened.banner.isVisible)
    assert name in opened.banner.text and "\n" not in opened.banner.text
    assert opened.workspace.document is document and document.mask.any()


def test_drop_paste_recent_and_neighbours_open_pictures(window, photo, tmp_path, qtbot) -> None:
    Image.open(photo).rotate(90, expand=True).save(tmp_path / "zebra.png")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo))])
    window.dropEvent(drop_event(data))
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    key(window.canvas, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.workspace.document.path.name == "zebra.png")
    key(window.canvas, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: window.workspace.document.path.name == photo.name)
    assert window.settings.recent == [photo, tmp_path / "zebra.png"]
    image = QImage(31, 17, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    key(window.canvas, Qt.Key.Key_V, CTRL)
    assert window.workspace.document.image.shape == (17, 31, 3)
    assert (window.workspace.document.image == (255, 0, 0)).all() and window.workspace.document.picture.alpha is None


def drop_event(data: QMimeData) -> QDropEvent:
    return QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0)
    )


def test_a_picture_dropped_from_another_program_is_opened(window) -> None:
    image = QImage(31, 17, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.green)
    data = QMimeData()
    data.setImageData(image)
    window.dropEvent(drop_event(data))
    assert window.workspace.document.image.shape == (17, 31, 3)
    assert (window.workspace.document.image == (0, 255, 0)).all()


def test_the_busy_cursor_goes_however_often_one_asks(window, photo, qtbot) -> None:
    for _ in range(3):
        window.file.open(photo)
    assert QGuiApplication.overrideCursor() is not None
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    assert QGuiApplication.overrideCursor() is None


def test_the_busy_cursor_goes_with_a_window_that_is_closed_while_it_reads(window, photo) -> None:
    window.file.open(photo)
    assert QGuiApplication.overrideCursor() is not None
    assert window.close() and QGuiApplication.overrideCursor() is None


@pytest.mark.parametrize("words", ["Cancel", "Discard"])
def test_what_is_done_while_a_picture_is_read_is_not_lost_unasked(opened, photo, tmp_path, qtbot, words) -> None:
    Image.open(photo).save(tmp_path / "other.png")
    document = opened.workspace.document
    opened.file.open(tmp_path / "other.png")
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 1)
    asked = answer(words)
    qtbot.waitUntil(lambda: bool(asked))
    name = photo.name if words == "Cancel" else "other.png"
    qtbot.waitUntil(lambda: opened.workspace.document.path.name == name and name in opened.windowTitle())
    assert opened.canvas.scene.document is opened.workspace.document


def test_a_picture_pasted_while_another_is_read_stays(window, photo, qtbot) -> None:
    image = QImage(31, 17, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    window.file.open(photo)
    window.file.paste()
    background.finish_all()
    qtbot.wait(50)
    assert window.workspace.document.path is None and QGuiApplication.overrideCursor() is None


def test_next_goes_past_a_file_that_cannot_be_opened_and_past_a_saved_copy(
    opened, photo, tmp_path, qtbot, monkeypatch
) -> None:
    (tmp_path / "photo-filled.png").touch()
    (tmp_path / "q.png").write_bytes(b"no picture")
    Image.open(photo).save(tmp_path / "z.png")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "photo-filled.png"), ""))
    key(opened.canvas, Qt.Key.Key_S, CTRL | SHIFT)
    qtbot.waitUntil(lambda: opened.workspace.document.path.name == "photo-filled.png")
    names = []
    for _ in range(3):
        opened.banner.hide()
        key(opened.canvas, Qt.Key.Key_PageDown)
        qtbot.waitUntil(lambda: opened.file._wanted is None)
        names.append(opened.workspace.document.path.name)
    assert names == ["photo-filled.png", "z.png", "photo-filled.png"]


def test_a_picture_is_copied_as_it_is_shown(window, tmp_path, qtbot) -> None:
    pixels = np.full((20, 30, 4), (60, 140, 60, 255), np.uint8)
    pixels[:, 15:, 3] = 0
    wide = QColorSpace(QColorSpace.NamedColorSpace.ProPhotoRgb).iccProfile().data()
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=wide)
    open_file(window, tmp_path / "a.png", qtbot)
    key(window.canvas, Qt.Key.Key_C, CTRL)
    copied = QGuiApplication.clipboard().image()
    shown = window.canvas.grab().toImage().pixelColor(spot(window.canvas, 5, 10))
    assert copied.pixelColor(5, 10) == shown and shown.getRgb()[:3] != (60, 140, 60)
    assert copied.pixelColor(20, 10).alpha() == 0


def test_files_given_at_the_start_are_gone_through_instead_of_the_folder(window, photo, tmp_path, qtbot) -> None:
    other = tmp_path / "elsewhere" / "z.png"
    other.parent.mkdir()
    Image.open(photo).save(other)
    Image.open(photo).save(tmp_path / "not-given.png")
    window.file.batch = [photo, other]
    open_file(window, photo, qtbot)
    key(window.canvas, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.workspace.document.path == other)
    key(window.canvas, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.workspace.document.path == photo)


def test_grow_asks_for_pixels_and_masks_go_out_and_in(opened, tmp_path, qtbot, monkeypatch) -> None:
    document = opened.workspace.document
    mark(document, Box(50, 50, 60, 60))
    key(opened.canvas, Qt.Key.Key_G, CTRL)
    QTest.keyClicks(QApplication.focusWidget(), "7")
    key(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert document.mask[50, 43] == 255 and document.mask[50, 42] == 0
    target = tmp_path / "mask.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    key(opened.canvas, Qt.Key.Key_E, CTRL | SHIFT)
    qtbot.waitUntil(target.exists)
    saved = document.mask.copy()
    key(opened.canvas, Qt.Key.Key_D, CTRL)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(target), ""))
    key(opened.canvas, Qt.Key.Key_O, CTRL | SHIFT)
    qtbot.waitUntil(lambda: document.mask.any())
    assert np.array_equal(document.mask, saved)


def test_a_mask_of_another_size_is_one_sentence_and_changes_nothing(opened, tmp_path, qtbot, monkeypatch) -> None:
    Image.new("L", (33, 44), 255).save(tmp_path / "small.png")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "small.png"), ""))
    key(opened.canvas, Qt.Key.Key_O, CTRL | SHIFT)
    qtbot.waitUntil(opened.banner.isVisible)
    assert "33×44" in opened.banner.text and not opened.workspace.document.mask.any()


def test_opened_with_one_file_next_goes_through_its_folder(window, photo, tmp_path, qtbot) -> None:
    Image.open(photo).save(tmp_path / "zebra.png")
    window.file.batch = [photo]
    open_file(window, photo, qtbot)
    key(window.canvas, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.workspace.document.path.name == "zebra.png")


def test_all_files_that_are_dropped_are_gone_through(window, photo, tmp_path, qtbot) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    for name in ("one.png", "two.png"):
        Image.open(photo).save(folder / name)
    Image.open(photo).save(tmp_path / "not-dropped.png")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo)), QUrl.fromLocalFile(str(folder))])
    window.dropEvent(drop_event(data))
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    assert window.banner.isVisible() and window.banner.text.startswith("3 pictures")
    for path in (folder / "one.png", folder / "two.png", photo):
        key(window.canvas, Qt.Key.Key_PageDown)
        qtbot.waitUntil(lambda path=path: window.workspace.document.path == path)


def test_all_files_that_are_chosen_are_gone_through(window, photo, tmp_path, qtbot, monkeypatch) -> None:
    other = tmp_path / "elsewhere" / "z.png"
    other.parent.mkdir()
    Image.open(photo).save(other)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(photo), str(other)], ""))
    QTest.mouseClick(window.welcome.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    key(window.canvas, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.workspace.document.path == other)


def test_an_empty_folder_is_one_sentence(window, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    window.file.open_all([tmp_path / "empty"])
    assert "no picture in empty" in window.banner.text


def test_a_slow_opening_says_which_file_is_read(window, photo, qtbot, monkeypatch) -> None:
    go, load = threading.Event(), files.load
    monkeypatch.setattr(files, "load", lambda path: go.wait(20) and load(path))
    window.file.open(photo)
    assert not window.opening.isVisible(), "nothing flickers where it is quick"
    qtbot.waitUntil(window.opening.isVisible)
    assert photo.name in window.opening.accessibleName()
    go.set()
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    assert not window.opening.isVisible()


def test_a_message_goes_with_its_picture_and_names_no_folders(opened, photo, tmp_path, qtbot) -> None:
    opened.file.open(tmp_path / "gone.png")
    qtbot.waitUntil(opened.banner.isVisible)
    assert "gone.png" in opened.banner.text and str(tmp_path) not in opened.banner.text
    Image.open(photo).save(tmp_path / "zebra.png")
    key(opened.canvas, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: opened.workspace.document.path.name == "zebra.png")
    assert not opened.banner.isVisible()


def test_a_message_is_as_wide_as_the_window_has_room_for(opened, qtbot) -> None:
    words = "A sentence of some length that says what went wrong and what may be done."
    for width, lines in ((1400, 1), (760, 4)):
        opened.resize(width, 700)
        opened.workspace.say(words, "bad", "Try again", lambda: None)
        qtbot.wait(20)
        label = opened.banner.label
        assert label.heightForWidth(label.width()) <= lines * label.fontMetrics().lineSpacing() + 6
        assert label.height() >= label.heightForWidth(label.width()), "no line is cut off"
        assert opened.pages.rect().contains(opened.banner.geometry())


def test_a_picture_that_was_left_is_let_go_of_at_once(opened, photo, tmp_path, qtbot) -> None:
    """A large one is a hundred megabytes, and Python looks for circles of references seldom."""
    left = []
    gc.collect()
    gc.disable()
    try:
        for number in range(3):
            left.append(weakref.ref(opened.workspace.document))
            key(opened.canvas, Qt.Key.Key_A)
            QTest.mouseClick(opened.canvas, Qt.MouseButton.LeftButton, pos=spot(opened.canvas, 100, 100))
            stroke(opened.canvas, (60, 60), (90, 60))
            copy = tmp_path / f"copy-{number}.png"
            copy.write_bytes(photo.read_bytes())
            open_file(opened, copy, qtbot)
        qtbot.waitUntil(lambda: [one() for one in left] == [None] * 3, timeout=20_000)
    finally:
        gc.enable()
