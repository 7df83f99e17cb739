"""Where the front listens, and the file that tells where.

May know: sockets, the daemon's paths, who guards TCP. Must not know: messages, requests.
"""

from __future__ import annotations

import os
import socket as sockets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from daemon.access import Access
from daemon.address import LOCAL, Address, is_loopback, parse
from daemon.door import Listening
from daemon.errors import PconvError
from daemon.paths import RuntimePaths
from daemon.socketfile import SocketFile, check_free

BACKLOG = 256
IPC = "ipc://"


@dataclass(frozen=True)
class Listener:
    """Sockets that listen, and their addresses, this user's own first."""

    sockets: tuple[Listening, ...]
    addresses: tuple[Address, ...]
    files: tuple[SocketFile, ...]

    def clean_up(self) -> None:
        """Remove from the file system what is ours."""
        for file in self.files:
            file.remove()


def listen(
    listen: Sequence[str],
    paths: RuntimePaths,
    access: Access | None = None,
    inherited: Mapping[str, int] | None = None,
) -> Listener:
    """Bind, and write the first address to the address file.

    Args:
        listen: addresses as in the configuration.
        access: guards what is reached by TCP; without it TCP is for loopback only, and open to all on this computer.
        inherited: listening descriptors that somebody else made for us, by endpoint; they are listened at as well.

    Raises:
        PconvError: "bad_address".
    """
    inherited = inherited or {}
    wanted = [parse(paths.endpoint("daemon") if text == LOCAL else text) for text in listen]
    wanted += [Address(endpoint) for endpoint in inherited if Address(endpoint) not in wanted]
    for address in wanted:
        _check(address, access)
        if not address.is_tcp and address.endpoint not in inherited:
            check_free(address.endpoint)
    wanted.sort(key=lambda address: address.is_tcp)
    bound, listening = [], []
    key = access.pair.public if access is not None else None
    for address in wanted:
        socket, named = _open(address, inherited)
        socket.setblocking(False)
        listening.append(Listening(socket, not address.is_tcp))
        bound.append(replace(named, key=key) if address.is_tcp else named)
    files = tuple(
        SocketFile.of(address.endpoint) for address in bound if not address.is_tcp and address.endpoint not in inherited
    )
    text = paths.address_file.with_suffix(".new")
    text.write_text(str(bound[0]))
    text.replace(paths.address_file)
    return Listener(tuple(listening), tuple(bound), files)


def _check(address: Address, access: Access | None) -> None:
    if address.key is not None:
        raise PconvError("bad_address", f"{address} has a key; that is for clients: listen at {address.endpoint}.")
    if address.is_tcp and access is None and not is_loopback(address.endpoint):
        raise PconvError(
            "bad_address",
            f"{address} can be reached by others and would carry pictures unencrypted; "
            "run `pconv-daemon keys init` first, or use tcp://127.0.0.1:PORT and an ssh tunnel to it.",
        )


def _open(address: Address, inherited: Mapping[str, int]) -> tuple[sockets.socket, Address]:
    """A socket that listens, and its address with the port that it got."""
    if address.endpoint in inherited:
        return sockets.socket(fileno=os.dup(inherited[address.endpoint])), address
    try:
        if not address.is_tcp:
            return _open_ipc(Path(address.endpoint.removeprefix(IPC))), address
        socket = _open_tcp(*_host_and_port(address))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PconvError("bad_address", f"Cannot listen at {address}: {reason}; choose another address.") from error
    host, port = socket.getsockname()[:2]
    return socket, Address(f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}")


def _open_ipc(path: Path) -> sockets.socket:
    """For this user alone."""
    path.unlink(missing_ok=True)
    socket = sockets.socket(sockets.AF_UNIX)
    socket.bind(str(path))
    path.chmod(0o600)  # nobody can connect before `listen`
    socket.listen(BACKLOG)
    return socket


def _open_tcp(host: str, port: int) -> sockets.socket:
    family, _, _, _, place = sockets.getaddrinfo(
        host, port, type=sockets.SOCK_STREAM, flags=sockets.AI_PASSIVE | sockets.AI_NUMERICSERV
    )[0]
    return sockets.create_server(place, family=family, backlog=BACKLOG)


def _host_and_port(address: Address) -> tuple[str, int]:
    """`*` is any."""
    host, _, port = address.endpoint.removeprefix("tcp://").rpartition(":")
    return "0.0.0.0" if host == "*" else host.strip("[]"), 0 if port == "*" else int(port)
