"""Fills in the window against a real daemon: a second try, as you brush, stopped, and when the daemon is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QToolBar

from daemon.client.client import Client, Progress
from daemon.system.directories import runtime_paths
from daemon.system.locks import FileLock
from desktop_ui.jobs.daemon_state import DaemonState, describe
from desktop_ui.ui.panels.fill_panel import options_from
from model.errors import PconvError
from tests.desktop_ui.hands import key, open_file, start_stroke, stroke

pytestmark = pytest.mark.gui
NOWHERE = "tcp://127.0.0.1:9"
ROOT = Path(__file__).parents[2]


def wait_for_fill(window, qtbot) -> None:
    qtbot.waitUntil(lambda: not window.fill.busy, timeout=60_000)


@pytest.fixture
def ready(opened, private_daemon, qtbot):
    """A window with the photo and a stroke, and a daemon that has loaded its network."""
    with Client() as client:
        client.fill(np.zeros((64, 64, 3), np.uint8), np.eye(64, dtype=bool))
    stroke(opened.canvas, (100, 100), (140, 120))
    return opened


def test_other_parameters_give_a_second_candidate_and_a_click_goes_back(ready, qtbot) -> None:
    document, results = ready.workspace.document, ready.filmstrip.results
    key(ready.canvas, Qt.Key.Key_F)
    wait_for_fill(ready, qtbot)
    first = document.image.copy()
    ready.settings["fill/grow"] = 15
    key(ready.canvas, Qt.Key.Key_F)
    wait_for_fill(ready, qtbot)
    assert len(document.fills) == 1 and len(document.fills[0].candidates) == 2
    assert not np.array_equal(document.image, first)
    assert results.count() == 2
    item = results.visualItemRect(results.item(0)).center()
    QTest.mouseClick(results.viewport(), Qt.MouseButton.LeftButton, pos=item)
    assert np.array_equal(document.image, first)
    key(ready.canvas, Qt.Key.Key_Period)
    assert not np.array_equal(document.image, first)
    key(ready.canvas, Qt.Key.Key_F)
    assert not ready.fill.busy, "the same again is shown and not computed"


def test_filling_as_you_brush_fills_each_stroke_alone(ready, qtbot) -> None:
    document = ready.workspace.document
    key(ready.canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
    stroke(ready.canvas, (200, 60), (220, 70))
    wait_for_fill(ready, qtbot)
    stroke(ready.canvas, (60, 200), (80, 210))
    wait_for_fill(ready, qtbot)
    assert len(document.fills) == 2
    assert document.mask[205, 70] == 255 and document.mask[65, 210] == 0


def test_the_tint_makes_way_for_the_result_and_comes_back_with_the_next_stroke(ready, qtbot) -> None:
    key(ready.canvas, Qt.Key.Key_F)
    wait_for_fill(ready, qtbot)
    assert ready.canvas.overlay.opacity == 0 and ready.canvas.overlay.outline
    stroke(ready.canvas, (200, 60), (220, 70))
    assert ready.canvas.overlay.opacity > 0 and not ready.canvas.overlay.outline


def test_what_is_marked_while_a_fill_runs_is_kept(ready, qtbot) -> None:
    key(ready.canvas, Qt.Key.Key_F)
    assert ready.fill.busy
    stroke(ready.canvas, (200, 60), (220, 70))
    wait_for_fill(ready, qtbot)
    assert ready.canvas.overlay.opacity > 0
    stroke(ready.canvas, (60, 200), (80, 210))
    assert ready.workspace.document.mask[65, 210] == 255


def test_a_fill_taken_back_leaves_a_mask_to_go_on_with(ready, qtbot) -> None:
    key(ready.canvas, Qt.Key.Key_F)
    wait_for_fill(ready, qtbot)
    key(ready.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ready.canvas.overlay.opacity > 0
    stroke(ready.canvas, (140, 120), (160, 130))
    assert ready.workspace.document.mask[100, 100] == 255
    key(ready.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    key(ready.canvas, Qt.Key.Key_F)
    wait_for_fill(ready, qtbot)
    start_stroke(ready.canvas, (200, 60), (220, 70))
    key(ready.canvas, Qt.Key.Key_Escape)
    assert ready.canvas.overlay.opacity == 0
    QTest.mouseRelease(ready.canvas, Qt.MouseButton.LeftButton)
    stroke(ready.canvas, (60, 200), (80, 210))
    assert ready.workspace.document.mask[100, 100] == 0, "a stroke after a fill starts a new mask"


def test_transparent_pixels_are_no_context(opened, private_daemon, tmp_path, qtbot) -> None:
    pixels = np.full((240, 320, 4), 90, np.uint8)
    pixels[..., 3] = 255
    pixels[:, 130:] = (255, 0, 0, 0)  # hidden red
    Image.fromarray(pixels).save(tmp_path / "cut-out.png")
    open_file(opened, tmp_path / "cut-out.png", qtbot)
    stroke(opened.canvas, (110, 120), (120, 120))
    hole = opened.workspace.document.mask.copy()
    key(opened.canvas, Qt.Key.Key_F)
    wait_for_fill(opened, qtbot)
    with Client() as client:
        expected = client.fill(pixels, hole, options_from(opened.settings))
    document = opened.workspace.document
    shown = pixels[..., 3] > 0
    assert np.array_equal(document.image[shown], expected[..., :3][shown]) and document.fills


def test_closing_does_not_wait_for_a_daemon_that_somebody_starts(opened, tmp_path, qtbot) -> None:
    lock = FileLock(runtime_paths().start_lock)
    assert lock.acquire()
    stroke(opened.canvas, (100, 100), (140, 120))
    key(opened.canvas, Qt.Key.Key_F)
    qtbot.wait(100)
    began = time.monotonic()
    opened.worker.stop()
    assert time.monotonic() - began < 5
    lock.release()


def test_escape_stops_a_fill_and_keeps_the_mask(opened, private_daemon, qtbot, monkeypatch) -> None:
    """A worker that is stopped dead cannot finish first: what ends the fill is the cancel."""
    with Client() as client:
        client.fill(np.zeros((64, 64, 3), np.uint8), np.eye(64, dtype=bool))
        pids = [worker["pid"] for worker in client.status()["workers"]]
    document, before = opened.workspace.document, opened.workspace.document.image.copy()
    stroke(opened.canvas, (100, 100), (140, 120))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        key(opened.canvas, Qt.Key.Key_F)
        qtbot.wait(200)
        assert opened.fill.busy and opened.pill.isVisible()
        stroke(opened.canvas, (30, 30), (40, 30), modifier=Qt.KeyboardModifier.ShiftModifier)
        assert document.mask[30, 40], "editing goes on while a fill runs"
        key(opened.canvas, Qt.Key.Key_Escape)
        wait_for_fill(opened, qtbot)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    assert not opened.pill.isVisible()
    assert np.array_equal(document.image, before) and document.mask.any() and not document.fills


def test_no_daemon_at_the_address_is_one_sentence_and_trying_again_works(
    opened, private_daemon, qtbot, monkeypatch
) -> None:
    monkeypatch.setenv("PCONV_CONNECT_TIMEOUT", "0.3")
    document = opened.workspace.document
    stroke(opened.canvas, (100, 100), (140, 120))
    opened.settings["daemon/address"] = NOWHERE
    key(opened.canvas, Qt.Key.Key_F)
    wait_for_fill(opened, qtbot)
    assert opened.banner.isVisible() and opened.banner.text and "\n" not in opened.banner.text
    assert document.mask.any() and not document.fills
    opened.settings["daemon/address"] = ""
    QTest.mouseClick(opened.banner.button, Qt.MouseButton.LeftButton)
    wait_for_fill(opened, qtbot)
    assert len(document.fills) == 1


@pytest.mark.parametrize(
    "code", ["busy", "not_allowed", "version_mismatch", "no_daemon", "out_of_memory", "no_context"]
)
def test_every_refusal_is_shown_in_its_own_words_and_keeps_the_work(opened, qtbot, monkeypatch, code) -> None:
    def refuse(self, *_, progress=None, **__):
        progress(Progress("queued", position=3))
        raise PconvError(code, f"A sentence about {code}.")

    monkeypatch.setattr(Client, "fill_variants", refuse)
    stroke(opened.canvas, (100, 100), (140, 120))
    mask = opened.workspace.document.mask.copy()
    key(opened.canvas, Qt.Key.Key_F)
    wait_for_fill(opened, qtbot)
    assert opened.banner.text == f"A sentence about {code}."
    assert np.array_equal(opened.workspace.document.mask, mask)


def test_what_was_refused_is_not_said_of_the_next_try(opened, qtbot, monkeypatch) -> None:
    def refuse(*_, **__):
        raise PconvError("busy", "A sentence.")

    monkeypatch.setattr(Client, "fill_variants", refuse)
    stroke(opened.canvas, (100, 100), (140, 120))
    key(opened.canvas, Qt.Key.Key_F)
    wait_for_fill(opened, qtbot)
    assert opened.banner.isVisible()
    monkeypatch.setattr(opened.worker, "fill", lambda request: None)
    key(opened.canvas, Qt.Key.Key_F)
    assert opened.pill.isVisible() and not opened.banner.isVisible()


def test_a_mask_over_the_whole_picture_is_refused_in_one_sentence(opened, qtbot) -> None:
    document = opened.workspace.document
    document.replace_mask("all", np.full_like(document.mask, 255))
    key(opened.canvas, Qt.Key.Key_F)
    wait_for_fill(opened, qtbot)
    assert "nothing to fill from" in opened.banner.text and opened.banner.isVisible() and not document.fills


def test_a_result_for_a_picture_that_was_closed_is_dropped(opened, qtbot, monkeypatch, photo) -> None:
    monkeypatch.setattr(Client, "fill_variants", lambda self, image, *_, **__: [255 - image])
    document = opened.workspace.document
    stroke(opened.canvas, (100, 100), (140, 120))
    key(opened.canvas, Qt.Key.Key_F)
    opened.workspace.open(None)
    wait_for_fill(opened, qtbot)
    assert not document.fills and opened.workspace.document is None


def test_the_daemons_state_is_shown(window, private_daemon, qtbot, monkeypatch) -> None:
    monkeypatch.setenv("PCONV_CONNECT_TIMEOUT", "0.3")
    window.settings["daemon/address"] = NOWHERE
    window.watcher.start()
    qtbot.waitUntil(lambda: "Offline" in window.status.daemon.text(), timeout=30_000)
    window.settings["daemon/address"] = ""
    with Client() as client:
        client.fill(np.zeros((64, 64, 3), np.uint8), np.eye(64, dtype=bool))
        qtbot.waitUntil(lambda: "cpu" in window.status.daemon.text(), timeout=30_000)


def test_a_status_with_less_or_more_than_expected_is_read() -> None:
    assert describe({}) == DaemonState(True)
    workers = [{"device": "cuda:0", "state": "ready"}, {"device": "cpu", "state": "failed", "error": "no memory"}]
    assert describe({"workers": workers, "queued": 4, "new": 1}) == DaemonState(True, True, "cpu, cuda:0", 4)


def test_no_torch_in_the_editors_process() -> None:
    code = "import sys, desktop_ui.__main__; print(sorted(m for m in sys.modules if m.split('.')[0] == 'torch'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_fill_as_you_brush_is_ticked_by_mouse(opened, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(Client, "fill_variants", lambda self, image, *_, **__: [255 - image])
    tick = opened.fill_panel.automatic
    QTest.mouseClick(tick, Qt.MouseButton.LeftButton, pos=QPoint(8, tick.height() // 2))
    assert tick.isChecked() and opened.settings["fill/auto"] and opened.actions_by_name["fill.auto"].isChecked()
    stroke(opened.canvas, (200, 60), (220, 70))
    wait_for_fill(opened, qtbot)
    assert opened.workspace.document.fills
    key(opened.canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
    assert not tick.isChecked() and not opened.settings["fill/auto"]


@pytest.fixture
def slow_fill(monkeypatch):
    """Fills that run until they are let go or stopped, and then come whole; → what lets them go."""
    go = threading.Event()

    def fill(self, image, *_, cancel, **__):
        while not go.wait(0.01) and not cancel.is_set():
            pass
        return [255 - image]

    monkeypatch.setattr(Client, "fill_variants", fill)
    yield go
    go.set()


def test_undo_during_a_fill_stops_it_and_keeps_the_mask(opened, slow_fill, qtbot) -> None:
    document = opened.workspace.document
    stroke(opened.canvas, (100, 100), (140, 120))
    key(opened.canvas, Qt.Key.Key_F)
    assert opened.fill.busy
    key(opened.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    key(opened.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait_for_fill(opened, qtbot)
    assert document.mask.any() and not document.fills and document.image is document.original
    key(opened.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not document.mask.any()


def test_undo_during_a_fill_takes_back_first_what_was_drawn_since(opened, slow_fill, qtbot) -> None:
    document = opened.workspace.document
    stroke(opened.canvas, (100, 100), (140, 120))
    key(opened.canvas, Qt.Key.Key_F)
    stroke(opened.canvas, (200, 60), (220, 70))
    QTest.mouseClick(undo_button(opened), Qt.MouseButton.LeftButton)
    assert opened.fill.busy and document.mask[110, 120] and not document.mask[65, 210]
    slow_fill.set()
    wait_for_fill(opened, qtbot)
    assert document.fills


def undo_button(window):
    bar = window.findChild(QToolBar, "main")
    return bar.widgetForAction(window.actions_by_name["edit.undo"])
