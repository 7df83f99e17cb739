"""What happens when the program itself fails: the work is saved and a report can be copied."""

from __future__ import annotations

import faulthandler
import logging
import os
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs
from PyQt6.QtCore import PYQT_VERSION_STR, QT_VERSION_STR, QObject, pyqtSignal
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from daemon.system.directories import make_folder
from desktop_ui.ui.modal import freed

log = logging.getLogger(__name__)


def program_version() -> str:
    try:
        return version("pconv")
    except PackageNotFoundError:
        return "development"


def report(kind: type[BaseException], error: BaseException, trace) -> str:
    """What a person can send: versions and the trace, nothing of the picture."""
    lines = [
        f"pconv-editor {program_version()}",
        f"Python {platform.python_version()}, Qt {QT_VERSION_STR}, PyQt {PYQT_VERSION_STR}",
        platform.platform(),
        "",
        *traceback.format_exception(kind, error, trace),
    ]
    return "\n".join(line.rstrip("\n") for line in lines)


class CrashHandler(QObject):
    """Takes exceptions that nothing else caught, from any thread."""

    _caught = pyqtSignal(str)

    def __init__(self, window: QWidget, save: Callable[[], None]) -> None:
        super().__init__(window)
        self._window = window
        self._save = save
        self._open = False
        self._caught.connect(self._show)

    def install(self) -> None:
        sys.excepthook = self._hook
        threading.excepthook = lambda args: self._hook(args.exc_type, args.exc_value, args.exc_traceback)

    def _hook(self, kind, error, trace) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        text = report(kind, error, trace)
        log.error("%s", text)
        self._caught.emit(text)

    def _show(self, text: str) -> None:
        if self._open:
            return
        self._open = True
        try:
            self._save()
            kept = self.tr("Your work was saved and is offered again at the next start.")
        except Exception as error:
            log.exception("saving after a crash failed")
            kept = self.tr("Your work could not be saved ({0}).").format(error)
        with freed(CrashDialog(self._window, text, kept)) as dialog:
            dialog.exec()
        self._open = False


class CrashDialog(QDialog):
    def __init__(self, parent: QWidget, text: str, kept: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong"))
        self.resize(640, 420)
        words = QLabel(
            f"<b>{self.tr('pconv met an error of its own.')}</b><br>{kept}<br>"
            + self.tr("Please copy the report and send it to the makers; then save your picture and start anew.")
        )
        words.setWordWrap(True)
        self.text = QPlainTextEdit(text, readOnly=True)
        self.text.setAccessibleName(self.tr("Report"))
        buttons = QDialogButtonBox()
        copy = buttons.addButton(self.tr("Copy Report"), QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.tr("Continue"), QDialogButtonBox.ButtonRole.RejectRole)
        clipboard = QGuiApplication.clipboard()
        assert copy is not None and clipboard is not None
        copy.clicked.connect(lambda: clipboard.setText(text))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(words)
        layout.addWidget(self.text, 1)
        layout.addWidget(buttons)


def start_log() -> Path | None:
    """Log to the user's state folder, also what kills the process; → the file, None when there can be none."""
    folder = platformdirs.user_state_path("pconv", appauthor=False)
    try:
        make_folder(folder)
        path = folder / "editor.log"
        if path.exists() and path.stat().st_size > 1 << 20:
            path.replace(path.with_suffix(".log.1"))
        stream = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")
    except OSError:
        return None
    logging.basicConfig(stream=stream, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    faulthandler.enable(stream)
    return path
