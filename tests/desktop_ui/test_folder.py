"""Many pictures: the folder's strip by mouse and keyboard, one mask on all, all masks filled, all fills saved."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QMimeData, Qt, QUrl
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QFileDialog, QToolButton

from desktop_ui.document.stamp import Stamp
from desktop_ui.jobs import files
from desktop_ui.jobs.kept_work import Work
from desktop_ui.ui.folder_model import FolderModel, State
from tests.desktop_ui.hands import ALT, CTRL, SHIFT, answer, key, open_file, stroke
from tests.desktop_ui.test_document import fill_with

pytestmark = pytest.mark.gui


@pytest.fixture
def folder(tmp_path):
    """Three pictures of one shape, the third at half the size, a tall one, and one that is none."""
    place = tmp_path / "photos"
    place.mkdir()
    rng = np.random.default_rng(3)
    for name, size in (("a", (240, 320)), ("b", (240, 320)), ("c", (120, 160)), ("tall", (320, 240))):
        Image.fromarray(rng.integers(60, 200, (*size, 3), np.uint8)).save(place / f"{name}.jpg", quality=95)
    (place / "broken.jpg").write_bytes(b"no picture")
    return place


@pytest.fixture
def strip(window, folder, qtbot):
    """A window with the first picture open and the strip beside it."""
    open_file(window, folder / "a.jpg", qtbot)
    key(window.canvas, Qt.Key.Key_F7)
    qtbot.waitUntil(lambda: len(window.folder_strip.model.paths) == 5)
    return window.folder_strip


def state(strip, name: str) -> State:
    return strip.model.state(next(path for path in strip.model.paths if path.name == name))


def click(strip, name: str) -> None:
    row = [path.name for path in strip.model.paths].index(name)
    at = strip.list.visualRect(strip.model.index(row)).center()
    QTest.mouseClick(strip.list.viewport(), Qt.MouseButton.LeftButton, pos=at)


def button(strip, words: str) -> QToolButton:
    return next(one for one in strip.findChildren(QToolButton) if one.text() == words)


def go(window, strip, name: str, qtbot) -> None:
    click(strip, name)
    qtbot.waitUntil(lambda: window.workspace.document.source.name == name)


def test_the_strip_shows_the_folder_and_a_click_opens(window, strip, qtbot) -> None:
    assert strip.isVisible() and strip.list.currentIndex().data() == "a.jpg"
    assert [path.name for path in strip.model.paths] == ["a.jpg", "b.jpg", "broken.jpg", "c.jpg", "tall.jpg"]
    go(window, strip, "b.jpg", qtbot)
    assert strip.list.currentIndex().data() == "b.jpg"
    key(window.canvas, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: strip.list.currentIndex().data() == "a.jpg")
    strip.list.setFocus()
    QTest.keyClick(strip.list, Qt.Key.Key_Down)
    QTest.keyClick(strip.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.workspace.document.source.name == "b.jpg")
    key(window.canvas, Qt.Key.Key_F7)
    assert not strip.isVisible() and not window.settings["view/folder"]


def test_small_pictures_are_made_of_what_is_seen(window, strip, folder, qtbot) -> None:
    strip.grab()
    qtbot.waitUntil(lambda: folder / "a.jpg" in strip.model._pixmaps)
    small = strip.model._pixmaps[folder / "a.jpg"]
    assert max(small.width(), small.height()) <= 240
    qtbot.waitUntil(lambda: len(strip.model._pixmaps) == 5)
    assert strip.model._pixmaps[folder / "broken.jpg"].isNull()
    many = [folder / f"none-{number}.jpg" for number in range(1000)]
    strip.model.show_paths([*strip.model.paths, *many])
    strip.grab()
    assert len(strip.model._wanted) < 40, "what is not seen is not made"


@pytest.mark.parametrize("kind, suffix", [("RGB", ".png"), ("L", ".png"), ("I;16", ".png"), ("RGBA", ".png"),
                                          ("RGB", ".tif"), ("RGB", ".webp"), ("P", ".gif")])  # fmt: skip
def test_every_kind_of_picture_has_a_small_one(tmp_path, kind, suffix) -> None:
    image = Image.new("RGB", (900, 300), (200, 200, 200)).convert("I" if kind == "I;16" else kind)
    if kind == "I;16":
        image = Image.fromarray(np.full((300, 900), 51400, np.uint16))
    image.save(tmp_path / f"one{suffix}")
    small = files.thumbnail(tmp_path / f"one{suffix}", 240)
    assert small.shape == (80, 240, 3) and abs(int(small[40, 120, 0]) - 200) < 4
    assert files.size_of(tmp_path / f"one{suffix}") == (300, 900)


def test_a_turned_photo_is_small_as_displayed(tmp_path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (900, 300)).save(tmp_path / "turned.jpg", exif=exif)
    assert files.thumbnail(tmp_path / "turned.jpg", 240).shape == (240, 80, 3)
    assert files.size_of(tmp_path / "turned.jpg") == (900, 300)


def test_how_far_each_picture_is_can_be_seen(window, strip, folder, qtbot) -> None:
    assert state(strip, "a.jpg") is State.UNTOUCHED
    stroke(window.canvas, (60, 60), (90, 60))
    assert state(strip, "a.jpg") is State.MASKED
    go(window, strip, "b.jpg", qtbot)
    assert state(strip, "a.jpg") is State.MASKED, "kept"
    go(window, strip, "a.jpg", qtbot)
    fill_with(window.workspace.document, 7)
    assert state(strip, "a.jpg") is State.FILLED
    words = strip.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert words == "a.jpg, changed, not saved"
    answer("Replace")
    key(window.canvas, Qt.Key.Key_S, CTRL)
    qtbot.waitUntil(lambda: state(strip, "a.jpg") is State.SAVED)
    go(window, strip, "b.jpg", qtbot)
    assert state(strip, "a.jpg") is State.SAVED and state(strip, "b.jpg") is State.UNTOUCHED
    plain = strip.grab().toImage()
    strip.model._states[folder / "a.jpg"] = State.UNTOUCHED
    assert strip.grab().toImage() != plain, "the badge is painted"


def test_one_mask_on_all_fits_each_size_and_spares_other_work(window, strip, folder, qtbot) -> None:
    go(window, strip, "b.jpg", qtbot)
    stroke(window.canvas, (200, 200), (220, 200))
    go(window, strip, "a.jpg", qtbot)
    key(window.canvas, Qt.Key.Key_A, CTRL | ALT)
    assert "Nothing is marked" in window.banner.text
    stroke(window.canvas, (60, 60), (120, 60))
    QTest.mouseClick(button(strip, "Same Mask on All"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Pictures with this mask now" in window.banner.text)
    assert window.banner.text == (
        "Pictures with this mask now: 1. With work of their own, which they keep: 1. "
        "Of another shape and left alone: 1. Not readable: 1."
    )
    mask = window.workspace.document.mask
    assert [state(strip, f"{name}.jpg") for name in ("b", "c", "tall")] == [
        State.MASKED, State.MASKED, State.UNTOUCHED,
    ]  # fmt: skip
    go(window, strip, "c.jpg", qtbot)
    assert window.workspace.document.mask.shape == (120, 160)
    assert np.abs(window.workspace.document.mask[::1].astype(int) - mask[::2, ::2]).mean() < 3
    go(window, strip, "a.jpg", qtbot)
    stroke(window.canvas, (60, 120), (120, 120))
    key(window.canvas, Qt.Key.Key_A, CTRL | ALT)
    qtbot.waitUntil(lambda: window.kept.on(folder / "c.jpg") is Work.MASK and "now: 1" in window.banner.text)
    go(window, strip, "c.jpg", qtbot)
    assert window.workspace.document.mask[60, 45] == 255, "a mask that was put there may be put there again"


def test_all_masked_are_filled_looked_at_and_saved(window, strip, folder, private_daemon, qtbot, monkeypatch) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    stroke(window.canvas, (60, 60), (90, 60))
    key(window.canvas, Qt.Key.Key_A, CTRL | ALT)
    qtbot.waitUntil(lambda: state(strip, "c.jpg") is State.MASKED)
    key(window.canvas, Qt.Key.Key_F, CTRL | SHIFT)
    qtbot.waitUntil(lambda: "Pictures filled: 2" in window.banner.text and not window.fill.busy, timeout=180_000)
    assert not strip.progress.isVisible()
    assert [state(strip, f"{name}.jpg") for name in ("a", "b", "c", "tall")] == [
        State.FILLED, State.FILLED, State.FILLED, State.UNTOUCHED,
    ]  # fmt: skip
    assert before == {path: path.read_bytes() for path in folder.iterdir()}, "no file is written"
    window.workspace.document.mark_exported()  # of the one that was open the window asks
    go(window, strip, "b.jpg", qtbot)
    document = window.workspace.document
    assert len(document.fills) == 1 and (document.image != document.original).any() and not window.isWindowModified()
    assert "in no file yet" in window.banner.text
    go(window, strip, "c.jpg", qtbot)
    assert state(strip, "b.jpg") is State.FILLED, "left without a question, and nothing is lost"
    (folder / "out").mkdir()
    (folder / "out" / "c.jpg").write_bytes(b"there before")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder / "out"))
    QTest.mouseClick(button(strip, "Save All Filled…"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Pictures saved to out: 2" in window.banner.text, timeout=30_000)
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["b.jpg", "c-filled.jpg", "c.jpg"]
    assert (folder / "out" / "c.jpg").read_bytes() == b"there before"
    assert state(strip, "b.jpg") is State.SAVED and state(strip, "c.jpg") is State.SAVED
    assert window.kept.on(folder / "b.jpg") is Work.NOTHING
    saved, plain = (np.asarray(Image.open(path)).astype(int) for path in (folder / "out/b.jpg", folder / "b.jpg"))
    assert np.abs(saved - plain)[50:70, 60:90].max() > 20


def test_fills_that_are_thrown_away_by_hand_come_back_as_they_were_kept(window, strip, folder, qtbot) -> None:
    document = window.workspace.document
    stroke(window.canvas, (60, 60), (90, 60))
    fill_with(document, 7)
    window.kept.keep_fills(document)
    document.mark_kept()
    go(window, strip, "b.jpg", qtbot)
    go(window, strip, "a.jpg", qtbot)
    assert window.workspace.document.image[60, 75, 0] == 7
    fill_with(window.workspace.document, 90)
    answer("Discard")
    go(window, strip, "b.jpg", qtbot)
    go(window, strip, "a.jpg", qtbot)
    assert window.workspace.document.image[60, 75, 0] == 7
    key(window.canvas, Qt.Key.Key_Z, CTRL)
    assert not window.workspace.document.fills
    go(window, strip, "b.jpg", qtbot)
    assert state(strip, "a.jpg") is State.MASKED, "what was undone stays undone"


def test_without_a_daemon_one_sentence_says_so_and_the_masks_stay(window, strip, folder, qtbot) -> None:
    window.settings["daemon/address"] = "tcp://127.0.0.1:9"
    stroke(window.canvas, (60, 60), (90, 60))
    key(window.canvas, Qt.Key.Key_A, CTRL | ALT)
    qtbot.waitUntil(lambda: state(strip, "b.jpg") is State.MASKED)
    go(window, strip, "tall.jpg", qtbot)
    said = []
    window.workspace.said.connect(lambda *words: said.append(words[1]))
    key(window.canvas, Qt.Key.Key_F, CTRL | SHIFT)
    qtbot.waitUntil(lambda: any(one.startswith("Not filled: 1.") for one in said), timeout=60_000)
    assert state(strip, "b.jpg") is State.MASKED and window.kept.on(folder / "c.jpg") is Work.MASK


def test_a_run_is_stopped_by_its_button_and_by_closing(window, strip, folder, qtbot, monkeypatch) -> None:
    import threading

    from desktop_ui.jobs import folder_fill

    begun = threading.Event()

    def waits(client, request, progress, cancel):
        begun.set()
        cancel.wait(20)
        raise folder_fill.PconvError("internal", "It was stopped.")

    monkeypatch.setattr(folder_fill, "connect", lambda address: type("Client", (), {"close": lambda self: None})())
    monkeypatch.setattr(folder_fill, "fill", waits)
    stroke(window.canvas, (60, 60), (90, 60))
    key(window.canvas, Qt.Key.Key_A, CTRL | ALT)
    qtbot.waitUntil(lambda: state(strip, "b.jpg") is State.MASKED)
    go(window, strip, "tall.jpg", qtbot)
    key(window.canvas, Qt.Key.Key_F, CTRL | SHIFT)
    qtbot.waitUntil(lambda: begun.is_set() and strip.progress.isVisible(), timeout=20_000)
    QTest.mouseClick(strip.progress.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not strip.progress.isVisible(), timeout=20_000)
    begun.clear()
    key(window.canvas, Qt.Key.Key_F, CTRL | SHIFT)
    qtbot.waitUntil(begun.is_set, timeout=20_000)
    assert window.close()


def test_files_dropped_together_are_shown_in_the_strip(window, folder, qtbot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder / f"{name}.jpg")) for name in ("tall", "a")])
    assert window.file.take(data)
    strip = window.folder_strip
    qtbot.waitUntil(lambda: [path.name for path in strip.model.paths] == ["tall.jpg", "a.jpg"])
    assert strip.isVisible()


def test_the_strip_forgets_small_pictures_in_time(qapp, tmp_path, monkeypatch) -> None:
    from desktop_ui.ui import folder_model

    monkeypatch.setattr(folder_model, "_MOST", 3)
    model = FolderModel(lambda path: State.UNTOUCHED)
    paths = [tmp_path / f"{number}.jpg" for number in range(9)]
    model.show_paths(paths)
    for path in paths:
        model._made(path, np.zeros((4, 4, 3), np.uint8))
    assert list(model._pixmaps) == paths[-3:]


def test_kept_fills_of_a_file_that_was_changed_do_not_come_back(window, folder, qtbot) -> None:
    open_file(window, folder / "a.jpg", qtbot)
    stroke(window.canvas, (60, 60), (90, 60))
    fill_with(window.workspace.document, 7)
    window.kept.keep_fills(window.workspace.document)
    Image.new("RGB", (50, 40)).save(folder / "a.jpg")
    again = window.kept.open(folder / "a.jpg")
    assert again.fills == () and again.bounds.shape == (40, 50) and again.stamp == Stamp.of(folder / "a.jpg")
