"""Saving, exporting and closing: nothing is replaced or lost unasked, and nothing is held on to."""

from __future__ import annotations

import gc
import stat
import threading
import weakref

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PyQt6.QtCore import QStandardPaths, Qt, QTimer
from PyQt6.QtGui import QGuiApplication, QImage
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QFileDialog

from desktop_ui.jobs import files
from model.errors import PconvError
from model.geometry.boxes import Box
from pconv.images.files import Picture, read_picture, write_picture
from tests.desktop_ui.hands import ALT, CTRL, SHIFT, answer, key, open_file, stroke
from tests.desktop_ui.test_document import fill_with, mark

pytestmark = pytest.mark.gui


def test_save_asks_before_the_original_is_replaced_and_only_once(opened, photo, qtbot) -> None:
    document, raw = opened.workspace.document, photo.read_bytes()
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 1)
    asked = answer("Cancel")
    key(opened.canvas, Qt.Key.Key_S, CTRL)
    assert len(asked) == 1 and photo.read_bytes() == raw
    answer("Replace")
    key(opened.canvas, Qt.Key.Key_S, CTRL)
    qtbot.waitUntil(lambda: not document.unexported)
    assert np.array_equal(np.asarray(Image.open(photo)), document.image)
    mark(document, Box(60, 60, 90, 90))
    fill_with(document, 99)
    key(opened.canvas, Qt.Key.Key_S, CTRL)
    qtbot.waitUntil(lambda: not document.unexported)


def test_save_asks_when_another_program_wrote_the_file(opened, photo, qtbot) -> None:
    document = opened.workspace.document
    opened.file._may_overwrite = photo
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 1)
    Image.new("RGB", (5, 5)).save(photo)
    asked = answer("Cancel")
    key(opened.canvas, Qt.Key.Key_S, CTRL)
    assert "another program" in asked[0] and read_picture(photo).pixels.shape[:2] == (5, 5) and document.unexported


def test_a_save_that_fails_keeps_the_old_file_and_the_work(opened, photo, tmp_path, qtbot, monkeypatch) -> None:
    folder = tmp_path / "readonly"
    folder.mkdir()
    target = folder / "no" / "such.png"
    document = opened.workspace.document
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 1)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    key(opened.canvas, Qt.Key.Key_S, CTRL | SHIFT)
    qtbot.waitUntil(opened.banner.isVisible)
    assert "cannot be written" in opened.banner.text and document.unexported
    assert stat.S_ISREG(photo.stat().st_mode)


def test_a_project_is_saved_and_opened_from_the_menu(opened, tmp_path, qtbot, monkeypatch) -> None:
    document = opened.workspace.document
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 1)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "work"), ""))
    key(opened.canvas, Qt.Key.Key_S, CTRL | ALT)
    qtbot.waitUntil(lambda: not document.unsaved)
    open_file(opened, tmp_path / "work.pconv", qtbot)
    again = opened.workspace.document
    assert np.array_equal(again.image, document.image) and again.fills == document.fills
    assert not opened.isWindowModified() and "work.pconv" in opened.windowTitle()


def test_a_name_that_only_its_suffix_makes_known_is_asked_about(opened, tmp_path, qtbot, monkeypatch) -> None:
    (tmp_path / "mine.png").write_bytes(b"mine")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    asked = answer("Cancel")
    key(opened.canvas, Qt.Key.Key_S, CTRL | SHIFT)
    assert "mine.png" in asked[0] and (tmp_path / "mine.png").read_bytes() == b"mine"
    answer("Replace")
    key(opened.canvas, Qt.Key.Key_S, CTRL | SHIFT)
    qtbot.waitUntil(lambda: opened.workspace.document.path.name == "mine.png")
    assert read_picture(tmp_path / "mine.png").pixels.shape[:2] == (240, 320)


def test_the_chosen_kind_of_file_names_the_suffix(opened, tmp_path, qtbot, monkeypatch) -> None:
    chosen = (str(tmp_path / "mine"), "JPEG (*.jpg *.jpeg)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: chosen)
    key(opened.canvas, Qt.Key.Key_S, CTRL | SHIFT)
    qtbot.waitUntil(lambda: opened.workspace.document.path == tmp_path / "mine.jpg")
    assert (tmp_path / "mine.jpg").read_bytes().startswith(b"\xff\xd8")


def test_closing_a_project_asks_for_its_mask_too(opened, tmp_path, qtbot, monkeypatch) -> None:
    document = opened.workspace.document
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "work"), ""))
    key(opened.canvas, Qt.Key.Key_S, CTRL | ALT)
    qtbot.waitUntil(lambda: document.project is not None)
    stroke(opened.canvas, (60, 60), (90, 60))
    asked = answer("Save…")
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    assert asked
    qtbot.waitUntil(lambda: opened.workspace.document is None)
    open_file(opened, tmp_path / "work.pconv", qtbot)
    assert np.array_equal(opened.workspace.document.mask, document.mask) and document.mask.any()


def test_export_writes_a_copy_in_the_chosen_quality(opened, photo, tmp_path, qtbot, monkeypatch) -> None:
    from desktop_ui.ui.dialogs.export import ExportDialog

    sizes = []
    for quality in (30, 95):
        target = tmp_path / f"q{quality}.jpg"
        monkeypatch.setattr(
            ExportDialog, "exec", lambda self, quality=quality: self._quality.set_value(quality) or True
        )
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, target=target: (str(target), ""))
        key(opened.canvas, Qt.Key.Key_E, CTRL)
        qtbot.waitUntil(target.exists)
        sizes.append(target.stat().st_size)
    assert sizes[0] < sizes[1] / 2
    assert opened.workspace.document.path == photo


def test_closing_with_unsaved_fills_asks(opened, qtbot) -> None:
    document = opened.workspace.document
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 1)
    asked = answer("Cancel")
    opened.close()
    assert asked and opened.isVisible()
    answer("Discard")
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    assert opened.workspace.document is None and opened.pages.currentWidget() is opened.welcome


def test_a_closed_picture_is_let_go(opened, qtbot) -> None:
    stroke(opened.canvas, (60, 60), (90, 60))
    key(opened.canvas, Qt.Key.Key_R)
    stroke(opened.canvas, (60, 60), (90, 90))
    gone = weakref.ref(opened.workspace.document)
    opened.workspace.document.mark_saved()
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    gc.collect()
    assert gone() is None


def test_the_question_before_leaving_names_the_file(opened, qtbot) -> None:
    mark(opened.workspace.document, Box(5, 5, 50, 50))
    fill_with(opened.workspace.document, 1)
    asked = answer("Cancel")
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    assert "photo.png" in asked[0]


def test_what_cannot_be_written_offers_a_copy_elsewhere_and_then_goes_on(
    opened, photo, tmp_path, qtbot, monkeypatch
) -> None:
    def refuse(path, *_, **__):
        if path == photo:
            raise PconvError("unwritable", f"{path} cannot be written here: the folder is read-only.")
        return write(path, *_, **__)

    write = files.write_picture
    monkeypatch.setattr(files, "write_picture", refuse)
    document = opened.workspace.document
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 1)
    answer("Save…")
    QTimer.singleShot(0, lambda: answer("Replace"))
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    qtbot.waitUntil(opened.banner.isVisible)
    assert "photo.png" in opened.banner.text and str(photo.parent) not in opened.banner.text
    assert opened.banner.button.text() == "Save a Copy…" and opened.workspace.document is document
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "copy.png"), ""))
    QTest.mouseClick(opened.banner.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.workspace.document is None)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "copy.png")), document.image)


def test_dialogs_begin_where_the_last_file_was(window, photo, tmp_path, qtbot, monkeypatch) -> None:
    began: list[str] = []
    for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *given: began.append(given[2]) or ("", ""))
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda *_: str(pictures))
    key(window, Qt.Key.Key_O, CTRL)
    assert began.pop() == str(pictures)
    open_file(window, photo, qtbot)
    key(window.canvas, Qt.Key.Key_W, CTRL)
    key(window, Qt.Key.Key_O, CTRL)
    assert began.pop() == str(photo.parent)
    QGuiApplication.clipboard().setImage(QImage(30, 20, QImage.Format.Format_RGB32))
    key(window, Qt.Key.Key_V, CTRL)
    for letter, modifier in (
        (Qt.Key.Key_O, CTRL | SHIFT),
        (Qt.Key.Key_E, CTRL | SHIFT),
        (Qt.Key.Key_S, CTRL | SHIFT),
        (Qt.Key.Key_S, CTRL | ALT),
    ):
        key(window.canvas, letter, modifier)
        assert str(began.pop()).startswith(str(photo.parent)), letter


def test_what_a_format_cannot_keep_is_said(window, tmp_path, qtbot, monkeypatch) -> None:
    text = PngInfo()
    text.add_text("Comment", "by hand")
    Image.new("RGB", (120, 90), "gray").save(tmp_path / "in.png", pnginfo=text)
    open_file(window, tmp_path / "in.png", qtbot)
    said: list[str] = []
    window.workspace.said.connect(lambda *words: said.append(words[1]))
    for name in ("out.webp", "out.png"):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, name=name: (str(tmp_path / name), ""))
        key(window.canvas, Qt.Key.Key_S, CTRL | SHIFT)
        qtbot.waitUntil(lambda: bool(said))
        expected = {"out.webp": "Saved as out.webp. Left out of this WebP: text.", "out.png": "Saved as out.png."}
        assert said.pop() == expected[name]
    assert window.workspace.document.path == tmp_path / "out.png"


def test_light_of_a_float_picture_is_kept_in_projects_and_files(window, tmp_path, qtbot, monkeypatch) -> None:
    light = np.random.default_rng(0).uniform(-1, 30, (90, 120, 3)).astype(np.float32)
    write_picture(tmp_path / "in.tif", Picture(light))
    open_file(window, tmp_path / "in.tif", qtbot)
    document = window.workspace.document
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 1)
    for name in ("work.pconv", "out.tif"):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, name=name: (str(tmp_path / name), ""))
        key(window.canvas, Qt.Key.Key_S, CTRL | (ALT if name == "work.pconv" else SHIFT))
        qtbot.waitUntil((tmp_path / name).exists)
    again = files.load(tmp_path / "work.pconv")
    assert np.array_equal(again.image, document.image) and again.image.dtype == np.float32
    assert np.array_equal(read_picture(tmp_path / "out.tif").pixels, document.image)
    assert np.array_equal(document.image[60:], light[60:])


def test_a_save_that_ends_late_closes_no_other_picture(opened, photo, tmp_path, qtbot, monkeypatch) -> None:
    go_on, save = threading.Event(), files.save_picture
    monkeypatch.setattr(files, "save_picture", lambda *of: go_on.wait(20) and save(*of))
    document = opened.workspace.document
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 7)
    answer("Save…")
    answer("Replace")
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    Image.new("RGB", (60, 40)).save(tmp_path / "other.png")
    answer("Discard")
    open_file(opened, tmp_path / "other.png", qtbot)
    go_on.set()
    qtbot.waitUntil(lambda: not document.unexported, timeout=20_000)
    qtbot.wait(50)
    assert opened.workspace.document is not None and opened.workspace.document.path == tmp_path / "other.png"
