"""Fills the masks of many pictures, one picture after the other, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import QThread, pyqtSignal

from desktop_ui.jobs.connection import connect
from desktop_ui.jobs.fill import fill
from desktop_ui.jobs.kept_work import KeptWork
from model.errors import PconvError
from model.options import FillOptions

log = logging.getLogger(__name__)


class FolderFill(QThread):
    """One run over some pictures; the fills are kept, and no picture file is written.

    Signals:
        begun(number, Path): of the picture that is being filled, from 0.
        filled_one(Path, FillRequest, list of arrays): its fills are kept.
        failed_one(Path, PconvError): it is as it was.
    After each of the pictures, or after a cancel or a daemon that cannot be reached, the thread ends (`finished`).
    """

    begun = pyqtSignal(int, object)
    filled_one = pyqtSignal(object, object, object)
    failed_one = pyqtSignal(object, object)

    def __init__(
        self, paths: Sequence[Path], options: FillOptions, kept: KeptWork, label: str, address: str | None, parent=None
    ) -> None:
        """Prepare a run.

        Args:
            label: of the undo step in each picture.
            address: None = the local daemon.
        """
        super().__init__(parent)
        self._paths = paths
        self._options = options
        self._kept = kept
        self._label = label
        self._address = address
        self._cancel = threading.Event()

    def cancel(self) -> None:
        self._cancel.set()

    def run(self) -> None:
        client = None
        try:
            for number, path in enumerate(self._paths):
                if self._cancel.is_set():
                    return
                self.begun.emit(number, path)
                try:
                    client = client or connect(self._address)
                    self._fill(client, path)
                except PconvError as error:
                    if error.kind == "cancelled":
                        return
                    self.failed_one.emit(path, error)
                    if error.kind == "daemon":
                        return
                except Exception as error:
                    log.exception("a fill failed")
                    self.failed_one.emit(path, PconvError("internal", f"The fill failed unexpectedly ({error})."))
        finally:
            if client is not None:
                client.close()

    def _fill(self, client, path: Path) -> None:
        document = self._kept.open(path)
        request = document.fill_request(self._options)
        if request is None or document.fills:
            return
        variants = fill(client, request, None, self._cancel)
        document.finish_fill(request, variants[0], self._label, variants[1:])
        self._kept.keep_fills(document)
        self.filled_one.emit(path, request, variants)
