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
from functools import partial
from typing import Any

from daemon.system.directories import config_directory, config_file, make_folder, usual_config_directory
from daemon.system.files import create_private, write_atomically
from model.errors import DaemonError

DEFAULT_PORT = 47133
LARGEST_PORT = 65535
TOKEN, PORT = "bridge-token", "bridge-port"  # files among the user's settings


def add_options(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--listen", action="store_true", help="serve on 127.0.0.1, for a GIMP in Flatpak or Snap")
    text = "with --listen; 0 takes a free one; default: the one at which the installed plug-in looks for it"
    parser.add_argument("--port", type=partial(port_number, least=0), metavar="NUMBER", help=text)
    parser.set_defaults(run=run_bridge)
    return parser


def run_bridge(given: argparse.Namespace) -> int:
    if given.listen:
        port = bridge_port() if given.port is None else given.port
        listen(port, bridge_token(), lambda port: print(f"Listening on 127.0.0.1:{port}.", flush=True))
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


def port_number(text: str, least: int = 1) -> int:
    """The value of an option.

    Raises:
        argparse.ArgumentTypeError: it is no TCP port.
    """
    if not text.isdecimal() or not least <= int(text) <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port; name one from {least} to {LARGEST_PORT}")
    return int(text)


def bridge_port() -> int:
    """Where a listening bridge of this user is looked for: what `choose_port` kept, else DEFAULT_PORT.

    Raises:
        PconvError: "bad_config", what was kept is no port.
    """
    path = config_file(PORT)
    try:
        return port_number(path.read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return DEFAULT_PORT
    except (argparse.ArgumentTypeError, UnicodeDecodeError) as error:
        raise DaemonError("bad_config", f"{path} holds no port; run `pconv gimp install --port NUMBER`.") from error


def choose_port(port: int) -> None:
    """Keep it for `bridge_port`."""
    path = config_directory() / PORT
    make_folder(path.parent)
    write_atomically(path, f"{port}\n".encode(), mode=0o600)


def forget() -> None:
    """Remove the secret and the port, and their folder where nothing else is in it; `bridge_token` makes a new one."""
    for folder in (config_directory(), usual_config_directory()):
        for name in (TOKEN, PORT):
            (folder / name).unlink(missing_ok=True)
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
