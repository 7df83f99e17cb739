"""What is left after a crash: the work for the next window, and a report."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from model.geometry.boxes import Box
from tests.desktop_ui.hands import CTRL, answer, key
from tests.desktop_ui.test_document import fill_with, mark

pytestmark = pytest.mark.gui


def test_autosave_and_recovery_in_the_window(opened, make_window, qtbot) -> None:
    document = opened.workspace.document
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 1)
    opened.autosave.save()
    qtbot.waitUntil(lambda: any(opened.recovery.root.rglob("work.pconv")))
    qtbot.waitUntil(lambda: not opened.autosave._writing)
    opened.recovery._lock.release()  # as when the process is killed
    heir = make_window()
    answer("Recover")
    heir.start()
    qtbot.waitUntil(lambda: heir.workspace.document is not None)
    again = heir.workspace.document
    assert np.array_equal(again.mask, document.mask) and np.array_equal(again.image, document.image)
    assert again.fills == document.fills and again.unexported
    key(heir.canvas, Qt.Key.Key_Z, CTRL)
    assert again.fills == () and again.mask[20, 20] == 255, "what was done before the crash can be undone"
    key(heir.canvas, Qt.Key.Key_Z, CTRL)
    assert not again.mask.any()
    kept = [path.parent for path in heir.recovery.root.rglob("work.pconv")]
    assert kept == [heir.recovery._folder], "the heir keeps the work as its own before the dead one's goes"


def test_after_the_original_is_replaced_a_crash_still_loses_nothing(opened, photo, make_window, qtbot) -> None:
    document = opened.workspace.document
    mark(document, Box(5, 5, 50, 50))
    fill_with(document, 1)
    opened.autosave.save()
    qtbot.waitUntil(lambda: opened.autosave._kept[0] is document)
    answer("Replace")
    opened.file.save()
    qtbot.waitUntil(lambda: not document.unexported and opened.autosave._kept[0] is document)
    opened.recovery._lock.release()
    heir = make_window()
    answer("Recover")
    heir.start()
    qtbot.waitUntil(lambda: heir.workspace.document is not None)
    assert np.array_equal(heir.workspace.document.original, document.original)
    assert heir.workspace.document.fills == document.fills


def test_recovered_work_on_a_project_is_still_that_project(opened, tmp_path, make_window, qtbot) -> None:
    document = opened.workspace.document
    opened.file._write_project(tmp_path / "mine.pconv", None)
    qtbot.waitUntil(lambda: document.project is not None)
    mark(document, Box(5, 5, 50, 50))
    opened.autosave.save()
    qtbot.waitUntil(lambda: any(opened.recovery.root.rglob("work.pconv")))
    qtbot.waitUntil(lambda: not opened.autosave._writing)
    opened.recovery._lock.release()
    heir = make_window()
    answer("Recover")
    heir.start()
    qtbot.waitUntil(lambda: heir.workspace.document is not None)
    assert heir.workspace.document.project == tmp_path / "mine.pconv" and heir.workspace.document.modified


def test_an_error_of_the_program_saves_and_shows_a_report(opened, qtbot, monkeypatch) -> None:
    from desktop_ui.ui import crash

    shown = []
    monkeypatch.setattr(crash.CrashDialog, "exec", lambda self: shown.append(self.text.toPlainText()))
    mark(opened.workspace.document, Box(5, 5, 50, 50))
    try:
        raise RuntimeError("a fault of ours")
    except RuntimeError as error:
        opened.crash._hook(type(error), error, error.__traceback__)
    qtbot.waitUntil(lambda: bool(shown))
    assert "a fault of ours" in shown[0] and "Python" in shown[0]
    assert any(opened.recovery.root.rglob("work.pconv"))
