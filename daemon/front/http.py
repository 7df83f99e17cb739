"""/metrics, /live and /ready over HTTP on loopback, from a thread of its own, so that no busy device holds them up.

The front pins its status to the board from time to time; what is asked is answered from there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from daemon.errors import PconvError
from daemon.front.metrics import render

STALE_SECONDS = 10.0  # a front that pinned nothing for so long hangs


CLIENT_SECONDS = 5.0


class Board:
    """The last status, and when it was."""

    def __init__(self) -> None:
        self._pinned: tuple[dict[str, Any], float] | None = None

    def pin(self, status: dict[str, Any], now: float) -> None:
        self._pinned = (status, now)

    def read(self, now: float) -> dict[str, Any] | None:
        """None when the front does not move any more, or not yet."""
        pinned = self._pinned
        return pinned[0] if pinned and now - pinned[1] < STALE_SECONDS else None


class Monitor:
    """
    Args:
        port: on 127.0.0.1; 0 takes any, see `port`.
        board: where the front pins its status.

    Raises:
        PconvError: "bad_address", the port cannot be had.
    """

    def __init__(self, port: int, board: Board) -> None:
        class Handler(_Handler):
            read = staticmethod(lambda: board.read(time.monotonic()))
            text = staticmethod(render)

        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        except OSError as error:
            raise PconvError(
                "bad_address", f"Cannot serve metrics at port {port}: {error.strerror}; choose another one."
            ) from error
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="monitor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    read: Callable[[], dict[str, Any] | None]
    text: Callable[[dict[str, Any]], bytes]
    timeout = CLIENT_SECONDS

    def do_GET(self) -> None:
        status = self.read()
        if self.path == "/metrics":
            self._say(503, "hangs") if status is None else self._send(200, self.text(status))
        elif self.path == "/live":
            self._say(503, "hangs") if status is None else self._say(200, "live")
        elif self.path == "/ready":
            reason = _not_ready(status)
            self._say(503, reason) if reason else self._say(200, "ready")
        else:
            self._say(404, "there are /metrics, /live and /ready")

    def log_message(self, *_: object) -> None:
        """Not a line a scrape."""

    def _say(self, code: int, text: str) -> None:
        self._send(code, f"{text}\n".encode())

    def _send(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _not_ready(status: dict[str, Any] | None) -> str | None:
    """Why requests would not be served now."""
    if status is None:
        return "hangs"
    if status["draining"]:
        return "leaves"
    if not any(worker["state"] == "ready" for worker in status["workers"]):
        return "no worker is ready"
    return None
