"""What the window's parts share: the open document, the settings, and words to the user."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from desktop_ui.document.change import Change
from desktop_ui.document.document import Document
from desktop_ui.ui.settings import Settings
from model.errors import PconvError


class Workspace(QObject):
    """The open document and what its parts tell each other.

    Signals:
        settling(): the open document is about to be used as it is, or left; what is shown and not yet in it goes in.
        leaving(Document): it is still open, another or none comes in its place.
        document_changed(): another document is open, or none.
        changed(Change): the open document changed.
        renamed(): the open document has another path.
        said(level, text, button, act): for the banner; level is "info", "warn" or "bad"; a button, "" = none, and
            the function that it calls.
    """

    settling = pyqtSignal()
    leaving = pyqtSignal(object)
    document_changed = pyqtSignal()
    changed = pyqtSignal(object)
    said = pyqtSignal(str, str, str, object)
    renamed = pyqtSignal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.document: Document | None = None

    @property
    def opened(self) -> Document:
        """The open document, for what can only be done while one is open."""
        assert self.document is not None
        return self.document

    def open(self, document: Document | None) -> None:
        if self.document is not None:
            self.leaving.emit(self.document)
            self.document.forget_listeners()
        self.document = document
        if document is not None:
            document.listen(lambda change: self._tell(document, change))
        self.document_changed.emit()

    def document_renamed(self) -> None:
        """The open document has another path now."""
        self.renamed.emit()

    @property
    def name(self) -> str:
        """The open document's, for titles and questions; "" when none is open."""
        if self.document is None:
            return ""
        path = self.document.project or self.document.path
        return path.name if path else self.tr("Pasted picture")

    def say(self, text: str, level: str = "info", button: str = "", act: Callable[[], None] | None = None) -> None:
        self.said.emit(level, text, button, act)

    def say_error(self, error: PconvError, path: Path, button: str = "", act: Callable[[], None] | None = None) -> None:
        """What went wrong with this file, which is named without its folders."""
        self.say(error.message.replace(str(path), path.name), "bad", button, act)

    def _tell(self, document: Document, change: Change) -> None:
        if document is self.document:
            self.changed.emit(change)
