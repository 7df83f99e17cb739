"""Choosing a file to write."""

from __future__ import annotations

import re
from pathlib import Path

from PyQt6.QtCore import QCoreApplication, QStandardPaths
from PyQt6.QtWidgets import QFileDialog, QWidget

from desktop_ui.ui.dialogs.ask import ask
from desktop_ui.ui.workspace import Workspace


def start_folder(workspace: Workspace) -> Path:
    """Where a file dialog begins: the open picture's folder, else the last file's, else that of the user's pictures."""
    document = workspace.document
    place = (document.project or document.path) if document else None
    if place is not None:
        return place.parent
    for path in workspace.settings.recent:
        return path.parent
    pictures = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation))
    return pictures if pictures.is_dir() else Path.home()


def choose_target(
    parent: QWidget, title: str, suggestion: str, filters: str, suffix: str, known: tuple[str, ...] = ()
) -> Path | None:
    """Ask for a file to write; a name without a suffix (or one of `known`) gets that of the chosen filter, or `suffix`.

    → None when the user thought better of it, also of replacing a file that only the suffix made known.
    """
    name, chosen = QFileDialog.getSaveFileName(parent, title, suggestion, filters)
    if not name:
        return None
    path = Path(name)
    if (path.suffix.lower() in known) if known else path.suffix:
        return path
    own = re.search(r"\*(\.\w+)", chosen)
    path = path.with_name(path.name + (own[1] if own else suffix))
    if path.exists() and not _may_replace(parent, path):
        return None
    return path


def _may_replace(parent: QWidget, path: Path) -> bool:
    answers = [
        ("cancel", QCoreApplication.translate("Target", "Cancel"), "no"),
        ("replace", QCoreApplication.translate("Target", "Replace"), "danger"),
    ]
    title = QCoreApplication.translate("Target", "Replace {0}?").format(path.name)
    text = QCoreApplication.translate("Target", "There is a file of this name already.")
    return ask(parent, title, text, answers) == "replace"
