"""What `pconv bridge` does: lets a plug-in that has nothing but a standard library fill pictures through the client.

On stdin/stdout for one plug-in that could start us; on loopback TCP, with a token, for those that a sandbox keeps
from it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Callable

from daemon.system.directories import config_directory, config_file, make_folder, usual_config_directory
from daemon.system.files import create_private
from model.errors import DaemonError

DEFAULT_PORT = 47133
TOKEN = "bridge-token"
GREETING_SECONDS = 5.0
MOST_STREAMS = 16


def add_options(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--listen", action="store_true", help="serve on 127.0.0.1, for a GIMP in Flatpak or Snap")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="with --listen (default: %(default)s)")
    parser.set_defaults(run=run_bridge)
    return parser


def run_bridge(given: argparse.Namespace) -> int:
    if given.listen:
        listen(given.port, bridge_token(), lambda port: print(f"Listening on 127.0.0.1:{port}.", flush=True))
    else:
        serve_pipes()
    return 0


def bridge_token() -> str:
    """The secret that a plug-in must know to use a listening bridge; made at the first call, readable by its user."""
    path = config_file(TOKEN)
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    make_folder(path.parent)
    create_private(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="ascii").strip()


def forget_token() -> None:
    """Remove the secret, and its folder where nothing else is in it; the next `bridge_token` makes a new one."""
    for folder in (config_directory(), usual_config_directory()):
        (folder / TOKEN).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # it holds something else, or never was
            folder.rmdir()


class _Unbuffered:
    """stdin by `os.read`: a thread that waits in a buffered reader would abort the interpreter at its end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, size: int) -> bytes:
        return os.read(self._descriptor, size)


def serve_pipes() -> None:
    """One stream on stdin and stdout; nothing else can get at that stdout."""
    from plugin_gimp.bridge.stream import Stream

    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    Stream(_Unbuffered(0), sink).serve()


def listen(port: int, token: str, ready: Callable[[int], None]) -> None:
    """Serve streams on 127.0.0.1 until interrupted; `ready` is called with the port.

    Raises:
        PconvError: "bad_address", the port is taken.
    """
    places = threading.BoundedSemaphore(MOST_STREAMS)
    try:
        server = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise DaemonError(
            "bad_address", f"Port {port} cannot be used ({error.strerror}); a bridge may be running already."
        ) from error
    with server:
        ready(server.getsockname()[1])
        while True:
            connection, _ = server.accept()
            if not places.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=_serve_socket, args=(connection, token, places), daemon=True).start()


def _serve_socket(connection: socket.socket, token: str, places: threading.BoundedSemaphore) -> None:
    from plugin_gimp.bridge.stream import Stream

    try:
        with connection, connection.makefile("rb", 0) as source, connection.makefile("wb") as sink:
            connection.settimeout(GREETING_SECONDS)
            Stream(source, sink, token).serve(greeted=lambda: connection.settimeout(None))
    except OSError:
        pass  # flushing to a plug-in that is gone
    finally:
        places.release()
