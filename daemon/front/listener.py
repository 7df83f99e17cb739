"""Where the front listens, and the file that tells where."""

from __future__ import annotations

import os
import socket as sockets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from daemon.front.access import Access
from daemon.front.reception import Listening
from daemon.system.directories import RuntimePaths
from daemon.transport.address import LOCAL, Address, is_loopback, parse
from model.errors import DaemonError

BACKLOG = 256
IPC = "ipc://"


@dataclass(frozen=True)
class SocketFile:
    """Of an endpoint `ipc://PATH` that is bound, as it was then."""

    path: Path
    identity: tuple[int, int]

    @classmethod
    def of(cls, endpoint: str) -> SocketFile:
        path = _path(endpoint)
        return cls(path, _identity(path))

    def remove(self) -> None:
        """Unless it is another's by now."""
        try:
            if _identity(self.path) == self.identity:
                self.path.unlink()
        except FileNotFoundError:
            return


def check_free(endpoint: str) -> None:
    """Whether an `ipc://PATH` may be taken: nothing is there, or a socket at which nobody listens any more.

    Raises:
        PconvError: "bad_address".
    """
    path = _path(endpoint)
    try:
        mode = path.lstat().st_mode
    except OSError:
        return  # it is not there, or the bind will tell why not
    if not stat.S_ISSOCK(mode):
        raise DaemonError(
            "bad_address", f"Cannot listen at {endpoint}: a file is there; move it away or choose another address."
        )
    with sockets.socket(sockets.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return
    raise DaemonError("bad_address", f"Cannot listen at {endpoint}: somebody does already; choose another address.")


def _path(endpoint: str) -> Path:
    return Path(endpoint.removeprefix(IPC))


def _identity(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_dev, status.st_ino


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
        raise DaemonError("bad_address", f"{address} has a key; that is for clients: listen at {address.endpoint}.")
    if address.is_tcp and access is None and not is_loopback(address.endpoint):
        raise DaemonError(
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
            return _open_ipc(_path(address.endpoint)), address
        socket = _open_tcp(*_host_and_port(address))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DaemonError("bad_address", f"Cannot listen at {address}: {reason}; choose another address.") from error
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
