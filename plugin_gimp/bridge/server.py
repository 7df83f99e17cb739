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
from collections.abc import Callable
from typing import Any

from daemon.system.directories import config_directory, config_file, make_folder, usual_config_directory
from daemon.system.files import create_private
from model.errors import DaemonError

DEFAULT_PORT = 47133
TOKEN = "bridge-token"


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
    """One stream on stdin and stdout; nothing else can get at that stdout. For a plug-in that names its GIMP's process,
    the bridge then stays for the later calls of that session."""
    from plugin_gimp.bridge.session import Session
    from plugin_gimp.bridge.stream import Stream

    sessions = []

    def stay(hello: dict[str, Any]) -> dict[str, Any]:
        process = hello.get("session")
        if type(process) is not int or process <= 1:
            return {}
        sessions.append(Session(process))
        return sessions[0].greeting()

    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    Stream(_Unbuffered(0), sink).serve(stay)
    for session in sessions:
        session.wait()


def listen(port: int, token: str, ready: Callable[[int], None]) -> None:
    """Serve streams on 127.0.0.1 until interrupted; `ready` is called with the port.

    Raises:
        PconvError: "bad_address", the port is taken.
    """
    from plugin_gimp.bridge.sockets import serve_sockets

    try:
        server = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise DaemonError(
            "bad_address", f"Port {port} cannot be used ({error.strerror}); a bridge may be running already."
        ) from error
    with server:
        ready(server.getsockname()[1])
        serve_sockets(server, token)
