"""The window by mouse and keyboard, without a daemon."""

from __future__ import annotations

import gc
import stat
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PyQt6.QtGui import (
    QDropEvent,
    QGuiApplication,
    QImage,
    QInputDevice,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QDialog, QFileDialog, QInputDialog, QMessageBox

from desktop_ui.document.rect import Rect
from tests.desktop_ui.hands import key, spot, start_stroke, stroke
from tests.desktop_ui.test_document import fill_with, mark

pytestmark = pytest.mark.gui
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def answer(words: str) -> list[str]:
    """Press the button with these words in the next question; → the questions that were asked."""
    asked: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(20, press)
            return
        asked.append(box.text())
        next(button for button in box.buttons() if button.text() == words).click()

    QTimer.singleShot(0, press)
    return asked


def open_file(window, path: Path, qtbot) -> None:
    before = window.session.document
    window.file.open(path)
    qtbot.waitUntil(lambda: window.session.document is not before)


# tools


def test_letters_take_tools_and_each_marks_the_mask(opened) -> None:
    canvas, document = opened.canvas, opened.session.document
    drags = {
        Qt.Key.Key_R: ((40, 40), (100, 90)),
        Qt.Key.Key_O: ((40, 40), (100, 90)),
        Qt.Key.Key_L: ((40, 40), (100, 40), (100, 90), (40, 90)),
        Qt.Key.Key_W: ((60, 60),),
    }
    for letter, points in drags.items():
        key(canvas, letter)
        stroke(canvas, *points)
        assert document.mask[60, 60] == 255, letter
        key(canvas, Qt.Key.Key_D, CTRL)
        assert not document.mask.any()
    key(canvas, Qt.Key.Key_P)
    for corner in ((40, 40), (120, 40), (80, 120)):
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=spot(canvas, *corner))
    key(canvas, Qt.Key.Key_Return)
    assert document.mask[60, 80] == 255


def test_shift_and_ctrl_join_shapes_by_mouse(opened) -> None:
    canvas, document = opened.canvas, opened.session.document
    key(canvas, Qt.Key.Key_R)
    stroke(canvas, (20, 20), (60, 60))
    stroke(canvas, (100, 20), (140, 60), modifier=SHIFT)
    stroke(canvas, (30, 30), (50, 50), modifier=CTRL)
    assert document.mask[25, 25] and document.mask[40, 120] and not document.mask[40, 40]


def test_the_right_button_erases_and_the_eraser_has_its_own_size(opened) -> None:
    canvas, document, settings = opened.canvas, opened.session.document, opened.settings
    stroke(canvas, (100, 100), (200, 100))
    stroke(canvas, (150, 100), button=Qt.MouseButton.RightButton)
    assert document.mask[100, 110] and not document.mask[100, 150]
    key(canvas, Qt.Key.Key_E)
    for _ in range(3):
        key(canvas, Qt.Key.Key_BracketRight)
    assert settings["tool/eraser_size"] > 60 == settings["tool/brush_size"]


def test_the_wheel_zooms_to_the_pointer_and_with_ctrl_sizes_the_brush(opened) -> None:
    canvas = opened.canvas
    at = QPointF(spot(canvas, 200, 100))

    def wheel(modifier) -> None:
        event = QWheelEvent(
            at, canvas.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, modifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(canvas, event)

    zoom, size = canvas.view.zoom, opened.settings["tool/brush_size"]
    wheel(Qt.KeyboardModifier.NoModifier)
    assert canvas.view.zoom > zoom
    assert canvas.view.to_picture(at.x(), at.y()) == pytest.approx((200, 100), abs=1)
    wheel(CTRL)
    assert opened.settings["tool/brush_size"] > size
    assert canvas.tool.brush.size == opened.settings["tool/brush_size"]


def test_space_and_the_middle_button_pan_without_marking(opened) -> None:
    canvas, view = opened.canvas, opened.canvas.view
    key(canvas, Qt.Key.Key_1)
    before = (view.x, view.y)
    start_stroke(canvas, (50, 50), (70, 60), button=Qt.MouseButton.MiddleButton)
    QTest.mouseRelease(canvas, Qt.MouseButton.MiddleButton)
    assert (view.x - before[0], view.y - before[1]) == (20, 10)
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    start_stroke(canvas, (50, 50), (60, 50))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert view.x - before[0] == 30
    assert not opened.session.document.mask.any()


def test_painting_by_keyboard_alone(opened) -> None:
    canvas, document = opened.canvas, opened.session.document
    key(canvas, Qt.Key.Key_Right)
    key(canvas, Qt.Key.Key_Return)
    for _ in range(5):
        key(canvas, Qt.Key.Key_Right)
    key(canvas, Qt.Key.Key_Return)
    assert document.mask.any() and document.history.depth == 1
    width = np.flatnonzero(document.mask.any(axis=0))
    assert width[-1] - width[0] >= 60 + 40 - 4


def test_the_ring_has_the_brushs_true_size(opened) -> None:
    canvas = opened.canvas
    for zoom in (0.5, 1.0, 2.0):
        canvas.zoom_to(zoom)
        assert canvas._input._ring_radius() == pytest.approx(30 * zoom / canvas.ratio)


# the view


def test_the_split_shows_before_left_and_after_right_of_a_divider_that_can_be_dragged(opened) -> None:
    canvas, document = opened.canvas, opened.session.document
    mark(document, Rect(0, 0, 240, 320))
    fill_with(document, 255)
    key(canvas, Qt.Key.Key_S)

    def colour(x: float) -> tuple[int, int, int]:
        return canvas.grab().toImage().pixelColor(spot(canvas, x, 200)).getRgb()[:3]

    assert colour(100) == tuple(document.original[200, 100]) and colour(250) == (255, 255, 255)
    start_stroke(canvas, (160, 120), (300, 120))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton)
    assert canvas.divider == pytest.approx(300 / 320, abs=0.02)
    assert colour(250) == tuple(document.original[200, 250])


def test_a_stroke_repaints_what_it_touched_and_nothing_far_away(opened, qtbot) -> None:
    canvas = opened.canvas
    before = canvas.grab().toImage()
    stroke(canvas, (60, 60), (90, 60))
    after = canvas.grab().toImage()
    assert after.pixelColor(spot(canvas, 75, 60)) != before.pixelColor(spot(canvas, 75, 60))
    assert after.pixelColor(spot(canvas, 250, 200)) == before.pixelColor(spot(canvas, 250, 200))


def test_tint_and_outline_are_switched_by_their_keys(opened) -> None:
    canvas = opened.canvas
    stroke(canvas, (60, 60), (90, 60))
    tinted = canvas.grab().toImage().pixelColor(spot(canvas, 75, 60))
    key(canvas, Qt.Key.Key_M)
    plain = canvas.grab().toImage().pixelColor(spot(canvas, 75, 60))
    assert tinted != plain == canvas.grab().toImage().pixelColor(spot(canvas, 75, 60))
    key(canvas, Qt.Key.Key_M, SHIFT)
    assert canvas.overlay.outline and opened.settings["view/outline"]


# masks


def test_grow_asks_for_pixels_and_masks_go_out_and_in(opened, tmp_path, qtbot, monkeypatch) -> None:
    document = opened.session.document
    mark(document, Rect(50, 50, 60, 60))
    monkeypatch.setattr(QInputDialog, "getInt", lambda *_: (7, True))
    key(opened.canvas, Qt.Key.Key_G, CTRL)
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
    assert "33×44" in opened.banner.text and not opened.session.document.mask.any()


# files


@pytest.mark.parametrize(
    "name, data",
    [("empty.png", b""), ("text.jpg", b"hello"), ("cut.png", None), ("gone.png", "missing"), ("a.pconv", b"PK")],
)
def test_a_file_that_cannot_be_opened_is_one_sentence_and_the_work_stays(opened, photo, tmp_path, qtbot, name, data):
    path = tmp_path / name
    if data != "missing":
        path.write_bytes(photo.read_bytes()[: photo.stat().st_size // 2] if data is None else data)
    document = opened.session.document
    mark(document, Rect(5, 5, 9, 9))
    opened.file.open(path)
    qtbot.waitUntil(opened.banner.isVisible)
    assert name in opened.banner.text and "\n" not in opened.banner.text
    assert opened.session.document is document and document.mask.any()


def test_drop_paste_recent_and_neighbours_open_pictures(window, photo, tmp_path, qtbot) -> None:
    Image.open(photo).rotate(90, expand=True).save(tmp_path / "zebra.png")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo))])
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0)
    )
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.session.document is not None)
    key(window.canvas, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.session.document.path.name == "zebra.png")
    key(window.canvas, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: window.session.document.path.name == photo.name)
    assert window.settings.recent == [photo, tmp_path / "zebra.png"]
    image = QImage(31, 17, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    key(window.canvas, Qt.Key.Key_V, CTRL)
    assert window.session.document.image.shape == (17, 31, 3)
    assert (window.session.document.image == (255, 0, 0)).all() and window.session.document.picture.alpha is None


def test_a_closed_picture_is_let_go(opened, qtbot) -> None:
    stroke(opened.canvas, (60, 60), (90, 60))
    key(opened.canvas, Qt.Key.Key_R)
    stroke(opened.canvas, (60, 60), (90, 90))
    gone = weakref.ref(opened.session.document)
    opened.session.document.mark_saved()
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    gc.collect()
    assert gone() is None


def test_files_given_at_the_start_are_gone_through_instead_of_the_folder(window, photo, tmp_path, qtbot) -> None:
    other = tmp_path / "elsewhere" / "z.png"
    other.parent.mkdir()
    Image.open(photo).save(other)
    Image.open(photo).save(tmp_path / "not-given.png")
    window.file.batch = [photo, other]
    open_file(window, photo, qtbot)
    key(window.canvas, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.session.document.path == other)
    key(window.canvas, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.session.document.path == photo)


def test_a_pen_draws_with_pressure_and_its_other_end_erases(opened) -> None:
    canvas, document = opened.canvas, opened.session.document

    def pen(kind, x: float, pressure: float, eraser: bool = False) -> None:
        tip = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
        device = QPointingDevice("pen", 1, QInputDevice.DeviceType.Stylus, tip, QInputDevice.Capability.Pressure, 1, 3)
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else Qt.MouseButton.LeftButton
        at = QPointF(spot(canvas, x, 100))
        event = QTabletEvent(
            kind,
            device,
            at,
            at,
            pressure,
            0,
            0,
            0,
            0,
            0,
            Qt.KeyboardModifier.NoModifier,
            held,
            Qt.MouseButton.LeftButton,
        )
        QApplication.sendEvent(canvas, event)

    pen(QEvent.Type.TabletPress, 60, 0.2)
    pen(QEvent.Type.TabletMove, 200, 1.0)
    pen(QEvent.Type.TabletRelease, 200, 1.0)
    thin, thick = (document.mask[:, 60] > 0).sum(), (document.mask[:, 195] > 0).sum()
    assert 8 < thin < 20 and 50 < thick < 66
    pen(QEvent.Type.TabletPress, 130, 1.0, eraser=True)
    pen(QEvent.Type.TabletRelease, 130, 1.0, eraser=True)
    assert not document.mask[100, 130] and document.history.depth == 2


def test_save_asks_before_the_original_is_replaced_and_only_once(opened, photo, qtbot) -> None:
    document, raw = opened.session.document, photo.read_bytes()
    mark(document, Rect(5, 5, 50, 50))
    fill_with(document, 1)
    asked = answer("Cancel")
    key(opened.canvas, Qt.Key.Key_S, CTRL)
    assert len(asked) == 1 and photo.read_bytes() == raw
    answer("Replace")
    key(opened.canvas, Qt.Key.Key_S, CTRL)
    qtbot.waitUntil(lambda: not document.unexported)
    assert np.array_equal(np.asarray(Image.open(photo)), document.image)
    mark(document, Rect(60, 60, 90, 90))
    fill_with(document, 99)
    key(opened.canvas, Qt.Key.Key_S, CTRL)
    qtbot.waitUntil(lambda: not document.unexported)


def test_save_asks_when_another_program_wrote_the_file(opened, photo, qtbot) -> None:
    document = opened.session.document
    opened.file._may_overwrite = photo
    mark(document, Rect(5, 5, 50, 50))
    fill_with(document, 1)
    Image.new("RGB", (5, 5)).save(photo)
    asked = answer("Cancel")
    key(opened.canvas, Qt.Key.Key_S, CTRL)
    assert "another program" in asked[0] and Image.open(photo).size == (5, 5) and document.unexported


def test_a_save_that_fails_keeps_the_old_file_and_the_work(opened, photo, tmp_path, qtbot, monkeypatch) -> None:
    folder = tmp_path / "readonly"
    folder.mkdir()
    target = folder / "no" / "such.png"
    document = opened.session.document
    mark(document, Rect(5, 5, 50, 50))
    fill_with(document, 1)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    key(opened.canvas, Qt.Key.Key_S, CTRL | SHIFT)
    qtbot.waitUntil(opened.banner.isVisible)
    assert "cannot be written" in opened.banner.text and document.unexported
    assert stat.S_ISREG(photo.stat().st_mode)


def test_a_project_is_saved_and_opened_from_the_menu(opened, tmp_path, qtbot, monkeypatch) -> None:
    document = opened.session.document
    mark(document, Rect(5, 5, 50, 50))
    fill_with(document, 1)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "work"), ""))
    key(opened.canvas, Qt.Key.Key_S, CTRL | ALT)
    qtbot.waitUntil(lambda: not document.unsaved)
    open_file(opened, tmp_path / "work.pconv", qtbot)
    again = opened.session.document
    assert np.array_equal(again.image, document.image) and again.fills == document.fills
    assert not opened.isWindowModified() and "work.pconv" in opened.windowTitle()


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
    assert opened.session.document.path == photo


def test_closing_with_unsaved_fills_asks(opened, qtbot) -> None:
    document = opened.session.document
    mark(document, Rect(5, 5, 50, 50))
    fill_with(document, 1)
    asked = answer("Cancel")
    opened.close()
    assert asked and opened.isVisible()
    answer("Discard")
    key(opened.canvas, Qt.Key.Key_W, CTRL)
    assert opened.session.document is None and opened.pages.currentWidget() is opened.welcome


# shortcuts, search, settings


def test_a_rebound_key_works_and_is_kept(opened, make_window, qtbot) -> None:
    from desktop_ui.ui.dialogs.shortcuts import ShortcutsModel

    model = ShortcutsModel(opened.settings.shortcuts())
    rows = {model.data(model.index(row, 0)): row for row in range(model.rowCount())}
    model.bind(rows["Eraser"], ["B"])
    assert model.keys(rows["Brush"]) == [], "whoever had the key loses it"
    opened.settings.set_shortcuts(model.rebound)
    key(opened.canvas, Qt.Key.Key_B)
    assert opened.view.tool == "eraser"
    assert make_window().actions_by_name["tool.eraser"].shortcut().toString() == "B"
    model.reset()
    opened.settings.set_shortcuts(model.rebound)
    key(opened.canvas, Qt.Key.Key_B)
    assert opened.view.tool == "brush"


def test_no_two_actions_share_a_default_key_and_every_action_has_one() -> None:
    from desktop_ui.ui.actions import ACTIONS
    from desktop_ui.ui.dialogs.shortcuts import conflicts

    assert conflicts({}) == {}
    assert [spec.name for spec in ACTIONS if not spec.keys] == []


def test_actions_are_found_by_words_and_done_by_enter(opened, qtbot) -> None:
    mark(opened.session.document, Rect(5, 5, 50, 50))
    key(opened.canvas, Qt.Key.Key_K, CTRL)
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible())
    QTest.keyClicks(dialog.field, "mask inv")
    assert dialog.list.count() == 1
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert opened.session.document.mask[0, 0] == 255 and opened.session.document.mask[20, 20] == 0


def test_every_setting_in_the_dialog_writes_itself(window) -> None:
    from PyQt6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox

    from desktop_ui.ui.dialogs.settings import SettingsDialog

    dialog = SettingsDialog(window, window.settings)
    for name, field in dialog.fields.items():
        assert field.accessibleName()
        before = window.settings[name]
        if isinstance(field, QCheckBox):
            field.toggle()
        elif isinstance(field, QSpinBox):
            field.setValue(field.value() + 1)
        elif isinstance(field, QComboBox):
            field.setCurrentIndex(field.count() - 1)
        elif isinstance(field, QLineEdit):
            field.setText("tcp://127.0.0.1:9")
            field.editingFinished.emit()
        else:
            continue
        assert window.settings[name] != before, name


@pytest.mark.parametrize("data", [b"\xff\xfe\x00garbage\x00", b"just some words\nand more"])
def test_a_damaged_settings_file_is_put_aside_and_said(tmp_path, qapp, data) -> None:
    from desktop_ui.ui.settings import Settings

    path = tmp_path / "bad.ini"
    path.write_bytes(data)
    settings = Settings(path)
    assert "damaged" in settings.problem and settings["tool/brush_size"] == 60
    assert (tmp_path / "bad.damaged").read_bytes() == data


def test_nonsense_values_become_defaults(tmp_path, qapp) -> None:
    from desktop_ui.ui.settings import Settings

    path = tmp_path / "odd.ini"
    path.write_text(
        "[tool]\nbrush_size=huge\neraser_size=99999\n[view]\ntheme=pink\ntint=perhaps\n"
        "[General]\nrecent={}\nshortcuts=[1]\n"
    )
    settings = Settings(path)
    assert settings["tool/brush_size"] == 60 and settings["tool/eraser_size"] == 2000
    assert settings["view/theme"] == "system" and settings["view/tint"] is True
    assert settings.recent == [] and settings.shortcuts() == {}


def test_everything_that_can_be_pressed_has_an_accessible_name(opened) -> None:
    from PyQt6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox

    nameless = [
        widget
        for kind in (QAbstractButton, QAbstractSlider, QAbstractSpinBox)
        for widget in opened.side.findChildren(kind)
        if widget.isVisible() and not (widget.accessibleName() or getattr(widget, "text", str)())
        and not widget.objectName().startswith("qt_") and type(widget).__name__ != "QScrollBar"
    ]  # fmt: skip
    assert nameless == []


# crash and recovery


def test_autosave_and_recovery_in_the_window(opened, make_window, qtbot) -> None:
    document = opened.session.document
    mark(document, Rect(5, 5, 50, 50))
    fill_with(document, 1)
    opened.autosave.save()
    qtbot.waitUntil(lambda: any(opened.recovery.root.rglob("work.pconv")))
    qtbot.waitUntil(lambda: not opened.autosave._writing)
    opened.recovery._lock.release()  # as when the process is killed
    heir = make_window()
    answer("Recover")
    heir.start()
    qtbot.waitUntil(lambda: heir.session.document is not None)
    again = heir.session.document
    assert np.array_equal(again.mask, document.mask) and np.array_equal(again.image, document.image)
    assert again.fills == document.fills and again.unexported
    kept = [path.parent for path in heir.recovery.root.rglob("work.pconv")]
    assert kept == [heir.recovery._folder], "the heir keeps the work as its own before the dead one's goes"


def test_an_error_of_the_program_saves_and_shows_a_report(opened, qtbot, monkeypatch) -> None:
    from desktop_ui.ui import crash

    shown = []
    monkeypatch.setattr(crash.CrashDialog, "exec", lambda self: shown.append(self.text.toPlainText()))
    mark(opened.session.document, Rect(5, 5, 50, 50))
    try:
        raise RuntimeError("a fault of ours")
    except RuntimeError as error:
        opened.crash._hook(type(error), error, error.__traceback__)
    qtbot.waitUntil(lambda: bool(shown))
    assert "a fault of ours" in shown[0] and "Python" in shown[0]
    assert any(opened.recovery.root.rglob("work.pconv"))


def test_the_hint_is_ticked_off_and_never_comes_again(opened, make_window, photo, qtbot) -> None:
    assert opened.hint.isVisible()
    stroke(opened.canvas, (60, 60), (90, 60))
    QTest.keyPress(opened.canvas, Qt.Key.Key_Tab)
    QTest.keyRelease(opened.canvas, Qt.Key.Key_Tab)
    assert not opened.hint.isVisible() and opened.settings["view/hint_seen"]
    second = make_window()
    open_file(second, photo, qtbot)
    assert not second.hint.isVisible()
