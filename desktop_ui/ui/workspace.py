"""What the window's parts share: the open document, the settings, and words to the user."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from desktop_ui.document.document import Change, Document
from desktop_ui.ui.settings import Settings


class Session(QObject):
    """
    Signals:
        document_changed(): another document is open, or none.
        changed(Change): the open document changed.
        renamed(): the open document has another path.
        said(level, text): for the banner; level is "info", "warn" or "bad".
    """

    document_changed = pyqtSignal()
    changed = pyqtSignal(object)
    said = pyqtSignal(str, str)
    renamed = pyqtSignal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.document: Document | None = None

    def open(self, document: Document | None) -> None:
        self.document = document
        if document is not None:
            document.listen(lambda change: self._tell(document, change))
        self.document_changed.emit()

    def document_renamed(self) -> None:
        """The open document has another path now."""
        self.renamed.emit()

    def say(self, text: str, level: str = "info") -> None:
        self.said.emit(level, text)

    def _tell(self, document: Document, change: Change) -> None:
        if document is self.document:
            self.changed.emit(change)
