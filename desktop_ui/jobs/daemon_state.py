"""What the daemon is doing, asked every few seconds in a thread of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from PyQt6.QtCore import QThread, pyqtSignal

from daemon.client.client import Client
from desktop_ui.jobs.connection import connect
from model.errors import PconvError

POLL_SECONDS = 2.0
STOP_MS = 1000


@dataclass(frozen=True)
class DaemonState:
    """What the editor knows of its daemon.

    Args:
        online: it answered.
        ready: a worker of it can fill now; False while it loads its network.
        device: what it computes on, as it says; "" when unknown.
        waiting: requests waiting, of all its users.
        problem: why it is offline or cannot fill, one sentence.
    """

    online: bool
    ready: bool = False
    device: str = ""
    waiting: int = 0
    problem: str = ""


class StateWatcher(QThread):
    """Asks the daemon again and again what it does.

    Signals:
        state_changed(DaemonState): after every answer that differs from the one before.
    """

    state_changed = pyqtSignal(object)

    def __init__(self, address: str | None, start_local: bool = True, parent=None) -> None:
        super().__init__(parent)
        self._address = address
        self._start_local = start_local
        self._wake = threading.Event()
        self._stopping = False
        self._last: DaemonState | None = None

    def set_address(self, address: str | None) -> None:
        self._address = address
        self._last = None
        self.ask_now()

    def ask_now(self) -> None:
        self._wake.set()

    def stop(self) -> bool:
        """→ False when it still waits for a daemon that does not answer; only the process's end stops it then."""
        self._stopping = True
        self._wake.set()
        return self.wait(STOP_MS)

    def run(self) -> None:
        client: Client | None = None
        address: str | None = None
        autostart = self._start_local
        while not self._stopping:
            self._wake.clear()
            try:
                if client is None or address != self._address:
                    _close(client)
                    client, address = None, self._address
                    client = connect(address, autostart)
                state = describe(client.status())
                autostart = False  # it ran once: if someone stops it, only a fill starts it again
            except PconvError as error:
                state = DaemonState(False, problem=error.message)
                _close(client)
                client = None
            if state != self._last:
                self._last = state
                self.state_changed.emit(state)
            self._wake.wait(POLL_SECONDS)
        _close(client)


def _close(client: Client | None) -> None:
    if client is not None:
        client.close()


def describe(status: dict) -> DaemonState:
    """A daemon's status as the editor shows it; fields that it lacks are left out."""
    workers = [worker for worker in status.get("workers") or [] if isinstance(worker, dict)]
    devices = sorted({str(worker.get("device")) for worker in workers if worker.get("device")})
    ready = any(worker.get("state") == "ready" for worker in workers)
    problem = next((str(worker["error"]) for worker in workers if worker.get("error")), "")
    return DaemonState(True, ready, ", ".join(devices), int(status.get("queued") or 0), "" if ready else problem)
