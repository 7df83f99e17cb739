"""Fills in their own thread: one client, one fill at a time, cancellable."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QThread, pyqtSignal

from daemon.client.client import Client, Progress
from desktop_ui.document.document import FillRequest
from desktop_ui.jobs.connection import connect
from model.errors import PconvError

log = logging.getLogger(__name__)


class FillWorker(QThread):
    """A thread that fills one request after the other.

    Signals:
        progressed(Progress), then exactly one of finished_fill(FillRequest, arrays like request.image)
        and failed(FillRequest, PconvError); a cancelled fill fails with code "cancelled".
    """

    progressed = pyqtSignal(object)
    finished_fill = pyqtSignal(object, object)
    failed = pyqtSignal(object, object)

    def __init__(self, address: str | None = None, parent=None) -> None:
        super().__init__(parent)
        self._address = address
        self._requests: queue.SimpleQueue[FillRequest | None] = queue.SimpleQueue()
        self._cancel = threading.Event()
        self.busy = False  # set and read in the window's thread

    def set_address(self, address: str | None) -> None:
        """From the next fill on; None = the local daemon."""
        self._address = address

    def fill(self, request: FillRequest) -> None:
        """Begin; `busy` must be False."""
        if self.busy:
            raise RuntimeError("a fill is running")
        self.busy = True
        self._cancel.clear()
        self._requests.put(request)
        if not self.isRunning():
            self.start()

    def cancel(self) -> None:
        self._cancel.set()

    def stop(self) -> None:
        """Cancel what runs and end the thread."""
        self._cancel.set()
        self._requests.put(None)
        self.wait()

    def run(self) -> None:
        client, address = None, None
        while (request := self._requests.get()) is not None:
            try:
                if client is None or address != self._address:
                    if client is not None:
                        client.close()
                    address = self._address
                    client = connect(address)
                filled = fill(client, request, self.progressed.emit, self._cancel)
            except PconvError as error:
                self.failed.emit(request, error)
            except Exception as error:
                log.exception("a fill failed")
                self.failed.emit(request, PconvError("internal", f"The fill failed unexpectedly ({error}); try again."))
            else:
                self.finished_fill.emit(request, filled)
        if client is not None:
            client.close()


def fill(
    client: Client, request: FillRequest, progress: Callable[[Progress], None] | None, cancel: threading.Event
) -> list[np.ndarray]:
    """→ the variants, like request.image, the best first. Raises as `Client.fill_variants`."""
    image = request.image if request.alpha is None else np.dstack([request.image, request.alpha])
    variants = client.fill_variants(
        image, request.hole, request.options, forbid=request.forbidden, progress=progress, cancel=cancel, timeout=None
    )
    return [filled[..., : request.image.shape[2]] for filled in variants]
