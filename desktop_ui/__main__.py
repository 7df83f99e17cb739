"""`pconv-editor [FILE…]`: starts the editor."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from desktop_ui.jobs.recovery import Recovery
from desktop_ui.ui import theme
from desktop_ui.ui.crash import start_log
from desktop_ui.ui.language import install_language
from desktop_ui.ui.settings import Settings
from desktop_ui.ui.window import MainWindow


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("pconv-editor")
    app.setApplicationDisplayName("pconv")
    app.setDesktopFileName("pconv-editor")
    theme.start(app)
    start_log()
    settings = Settings()
    install_language(app, settings["view/language"])
    window = MainWindow(settings, Recovery())
    window.crash.install()
    window.show()
    if arguments.files:
        window.file.open_all(arguments.files)
    QTimer.singleShot(0, window.start)
    code = app.exec()
    if window.watcher.isRunning():  # a call that nobody answers cannot be taken back
        logging.shutdown()
        os._exit(code)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pconv-editor", description="Take things out of photos.")
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="picture or .pconv project; Page Down goes to the next"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
