"""A bridge for one GIMP session: the plug-in call that started it goes, and later calls find it by loopback.

It ends when GIMP ends, and when nobody has asked for anything for a while.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from typing import Any

from plugin_gimp.bridge.sockets import serve_sockets

LOOK_SECONDS = 0.5
IDLE_SECONDS = 120.0  # without a stream; the next call starts a bridge again


class Session:
    """One GIMP's door to the bridge, on a port of the loopback.

    Args:
        process: GIMP's id.
    """

    def __init__(self, process: int) -> None:
        self._process = process
        self._token = secrets.token_urlsafe(32)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open = 0
        self._last = time.monotonic()
        self._counting = threading.Lock()
        threading.Thread(
            target=serve_sockets, args=(self._server, self._token, self._begun, self._ended), daemon=True
        ).start()

    def greeting(self) -> dict[str, Any]:
        """What a plug-in must know to come back."""
        return {"address": f"127.0.0.1:{self._server.getsockname()[1]}", "session_token": self._token}

    def wait(self) -> None:
        """Return when GIMP is gone, or nobody has asked for anything for IDLE_SECONDS."""
        self._last = time.monotonic()
        while _lives(self._process):
            time.sleep(LOOK_SECONDS)
            with self._counting:
                if not self._open and time.monotonic() - self._last > IDLE_SECONDS:
                    return

    def _begun(self) -> None:
        with self._counting:
            self._open += 1

    def _ended(self) -> None:
        with self._counting:
            self._open -= 1
            self._last = time.monotonic()


def _lives(process: int) -> bool:
    if os.name == "nt":  # there, asking ends the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
