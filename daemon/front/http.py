"""/metrics, /live and /ready over HTTP on loopback, from an event loop in a thread of its own.

The front pins its status to the board from time to time; what is asked is answered from there, so that no busy device
holds it up. Who connects and dawdles is cut: the thread, its connections and the time of each are bounded.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from daemon.front.metrics import render
from model.errors import DaemonError

STALE_SECONDS = 10.0  # a front that pinned nothing for so long hangs


REQUEST_SECONDS = 5.0  # from the connection to the last byte of the answer
MOST_CONNECTIONS = 32  # at a time; the oldest goes for a new one
REQUEST_BYTES = 8 << 10
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


class StatusBoard:
    """The last status, and when it was."""

    def __init__(self) -> None:
        self._pinned: tuple[dict[str, Any], float] | None = None

    def pin(self, status: dict[str, Any], now: float) -> None:
        self._pinned = (status, now)

    def read(self, now: float) -> dict[str, Any] | None:
        """None when the front does not move any more, or not yet."""
        pinned = self._pinned
        return pinned[0] if pinned and now - pinned[1] < STALE_SECONDS else None


class HttpServer:
    """A server on loopback, in a thread of its own.

    Args:
        port: on 127.0.0.1; 0 takes any, see `port`.
        board: where the front pins its status.
        names_users: whether the metrics tell of each user; all who have an account here can read them.

    Raises:
        PconvError: "bad_address", the port cannot be had.
    """

    def __init__(self, port: int, board: StatusBoard, names_users: bool = False) -> None:
        try:
            self._socket = socket.create_server(("127.0.0.1", port), backlog=MOST_CONNECTIONS)
        except OSError as error:
            raise DaemonError(
                "bad_address", f"Cannot serve metrics at port {port}: {error.strerror}; choose another one."
            ) from error
        self.port = self._socket.getsockname()[1]
        self._board = board
        self._names_users = names_users
        self._rendered: tuple[dict[str, Any], bytes] | None = None
        self._writers: dict[asyncio.StreamWriter, None] = {}  # the oldest first
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._talk, sock=self._socket, limit=REQUEST_BYTES)
        await self._over.wait()
        with suppress(NotImplementedError):  # of Windows's loop
            self._loop.remove_reader(self._socket)
        await asyncio.sleep(0)  # what was accepted becomes a task before the server closes: asyncio would lose it else
        server.close()
        while talks := asyncio.all_tasks() - {asyncio.current_task()}:
            for writer in tuple(self._writers):
                writer.transport.abort()
            await asyncio.wait(talks, timeout=0.05)  # those that were accepted just now are to be aborted as well
        await asyncio.sleep(0)  # for sockets to be closed

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer, and whatever a peer does instead."""
        self._writers[writer] = None
        if len(self._writers) > MOST_CONNECTIONS:
            oldest = next(iter(self._writers))
            del self._writers[oldest]
            oldest.transport.abort()
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(request))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.transport.abort()
            self._writers.pop(writer, None)

    def _answer(self, request: bytes) -> bytes:
        method, _, rest = request.partition(b"\r\n")[0].partition(b" ")
        if not rest:
            return _http(400, b"no HTTP\n")
        if method not in (b"GET", b"HEAD"):
            return _http(405, b"only GET\n")
        code, body = self._page(rest.split(b" ")[0].partition(b"?")[0])
        return _http(code, body, method == b"HEAD")

    def _page(self, path: bytes) -> tuple[int, bytes]:
        if path not in (b"/metrics", b"/live", b"/ready"):
            return 404, b"there are /metrics, /live and /ready\n"
        status = self._board.read(time.monotonic())
        if status is None:
            return 503, b"hangs\n"
        if path == b"/live":
            return 200, b"live\n"
        if path == b"/ready":
            reason = _not_ready(status)
            return (503, f"{reason}\n".encode()) if reason else (200, b"ready\n")
        if self._rendered is None or self._rendered[0] is not status:
            self._rendered = status, render(status, self._names_users)
        return 200, self._rendered[1]


def _http(code: int, body: bytes, only_head: bool = False) -> bytes:
    head = (
        f"HTTP/1.1 {code} {REASONS[code]}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (b"" if only_head else body)


def _not_ready(status: dict[str, Any]) -> str | None:
    """Why requests would not be served now."""
    if status["draining"]:
        return "leaves"
    if not any(worker["state"] == "ready" for worker in status["workers"]):
        return "no worker is ready"
    return None
