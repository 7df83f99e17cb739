"""Writes the open document to the recovery folder every few seconds in which it changed."""

from __future__ import annotations

from PyQt6.QtCore import QObject, QTimer

from desktop_ui.document.document import Document
from desktop_ui.document.project import Snapshot
from desktop_ui.jobs import background
from desktop_ui.jobs.recovery import Leftover, Recovery
from desktop_ui.ui.workspace import Workspace
from model.errors import PconvError


class Autosave(QObject):
    def __init__(self, workspace: Workspace, recovery: Recovery) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._recovery = recovery
        self._kept: tuple[Document | None, int] = (None, 0)
        self._writing = False
        self._failed = False
        self._timer = QTimer(self, timeout=self.save)
        workspace.document_changed.connect(self._document_changed)
        workspace.renamed.connect(self._renamed)
        workspace.settings.changed.connect(lambda key: self._start() if key == "editing/autosave_seconds" else None)
        self._start()

    def _start(self) -> None:
        self._timer.start(1000 * self._workspace.settings["editing/autosave_seconds"])

    def stop(self) -> None:
        self._timer.stop()

    def save(self) -> None:
        """Now, if there is anything new and no stroke is open."""
        document = self._workspace.document
        if document is None or self._writing or document.editing or not document.unsaved:
            return
        if self._kept == (document, document.history.state):
            return
        snapshot = Snapshot.of(document)
        self._writing = True
        background.start(
            lambda: self._recovery.save(snapshot), lambda _: self._saved(document, snapshot.state), self._not_saved
        )

    def take_over(self, leftover: Leftover) -> None:
        """Keep recovered work as this editor's own, then let the dead editor's go.

        Raises:
            PconvError: it cannot be written; the leftover stays.
        """
        self.save_now()
        leftover.discard()

    def save_now(self) -> None:
        """In this thread, for a program that is about to end.

        Raises:
            PconvError: it cannot be written.
        """
        document = self._workspace.document
        if document is not None and document.unsaved:
            self._recovery.save(Snapshot.of(document))

    def _saved(self, document: Document, state: int) -> None:
        self._writing = self._failed = False
        self._kept = (document, state)
        if document is not self._workspace.document:
            self._recovery.forget()

    def _not_saved(self, error: PconvError) -> None:
        self._writing = False
        if not self._failed:
            self._failed = True
            self._workspace.say(self.tr("Autosave does not work: {0}").format(error.message), "warn")

    def _renamed(self) -> None:
        """What was kept may refer to a file that was written over just now."""
        self._kept = (None, 0)
        self.save()

    def _document_changed(self) -> None:
        self._kept = (None, 0)
        if not self._writing:
            self._recovery.forget()
