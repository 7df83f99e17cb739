"""Streams that come by loopback TCP, each let in by a token and served in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

from plugin_gimp.bridge.stream import Stream

GREETING_SECONDS = 5.0
MOST_STREAMS = 16


def serve_sockets(
    server: socket.socket,
    token: str,
    begun: Callable[[], None] = lambda: None,
    ended: Callable[[], None] = lambda: None,
) -> None:
    """Serve the streams that come to a listening socket, each in a thread, MOST_STREAMS at once; never returns.

    `begun` and `ended` are called in these threads.
    """
    places = threading.BoundedSemaphore(MOST_STREAMS)
    while True:
        connection, _ = server.accept()
        if not places.acquire(blocking=False):
            connection.close()
            continue
        threading.Thread(target=_serve_socket, args=(connection, token, places, begun, ended), daemon=True).start()


def _serve_socket(
    connection: socket.socket,
    token: str,
    places: threading.BoundedSemaphore,
    begun: Callable[[], None],
    ended: Callable[[], None],
) -> None:
    def greeted(_hello: dict[str, Any]) -> dict[str, Any]:
        connection.settimeout(None)
        return {}

    begun()
    try:
        with connection, connection.makefile("rb", 0) as source, connection.makefile("wb") as sink:
            connection.settimeout(GREETING_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or a short frame waits for the next
            Stream(source, sink, token).serve(greeted)
    except OSError:
        pass  # flushing to a plug-in that is gone
    finally:
        ended()
        places.release()
