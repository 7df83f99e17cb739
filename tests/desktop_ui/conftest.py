"""Offscreen windows, pictures made by code, and a private daemon for the editor's tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def no_daemon_of_the_users(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A test without a daemon of its own sees none."""
    if "private_daemon" not in request.fixturenames:
        monkeypatch.delenv("PCONV_ADDRESS", raising=False)
        monkeypatch.setenv("PCONV_RUNTIME_DIR", str(tmp_path / "run"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A 320×240 RGB picture with smooth colour and some texture, with a resolution to keep."""
    y, x = np.mgrid[0:240, 0:320]
    pixels = np.stack([x * 255 // 319, y * 255 // 239, (x ^ y) % 256], axis=2).astype(np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).save(path, dpi=(144, 144))
    return path


@pytest.fixture
def settings(tmp_path: Path, qapp):
    from desktop_ui.ui.settings import Settings

    chosen = Settings(tmp_path / "editor.ini")
    chosen["daemon/start"] = False
    return chosen


@pytest.fixture
def make_window(qtbot, settings, tmp_path: Path) -> Callable:
    """Makes shown windows that are closed without questions at the end."""
    from desktop_ui.jobs.recovery import Recovery
    from desktop_ui.ui.window import MainWindow

    def make():
        window = MainWindow(settings, Recovery(tmp_path / "recovery"))
        qtbot.addWidget(window, before_close_func=_forget)
        window.show()
        qtbot.waitExposed(window)
        return window

    return make


def _forget(window) -> None:
    if window.workspace.document is not None:
        window.workspace.document.mark_saved()
    window.shut_down()
    window.recovery.close()


@pytest.fixture
def window(make_window):
    return make_window()


@pytest.fixture
def opened(window, photo: Path, qtbot):
    """A window with the photo open."""
    window.file.open(photo)
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    return window
