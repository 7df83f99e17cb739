"""The front's socket: its limits, where it listens, and the file that tells where."""

from __future__ import annotations

import socket
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import zmq

from daemon.errors import PconvError
from daemon.front.access import Access
from daemon.protocol import Limits
from daemon.system.directories import RuntimePaths
from daemon.transport.address import LOCAL, Address, is_loopback, parse
from daemon.transport.sockets import widen

WAITING_MESSAGES = 64  # per peer, in ZeroMQ's own queue
HANDSHAKE_MS = 3000


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
        raise PconvError(
            "bad_address", f"Cannot listen at {endpoint}: a file is there; move it away or choose another address."
        )
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return
    raise PconvError("bad_address", f"Cannot listen at {endpoint}: somebody does already; choose another address.")


def _path(endpoint: str) -> Path:
    return Path(endpoint.removeprefix("ipc://"))


def _identity(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_dev, status.st_ino


@dataclass(frozen=True)
class Listener:
    """A bound ROUTER and its addresses, this user's own first."""

    socket: zmq.Socket
    addresses: tuple[Address, ...]
    files: tuple[SocketFile, ...]

    def clean_up(self) -> None:
        """Remove from the file system what is ours."""
        for file in self.files:
            file.remove()


def listen(
    context: zmq.Context,
    listen: Sequence[str],
    limits: Limits,
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
    socket = context.socket(zmq.ROUTER)
    socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
    socket.setsockopt(zmq.MAXMSGSIZE, limits.max_frame_bytes)
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    socket.setsockopt(zmq.SNDHWM, WAITING_MESSAGES)
    socket.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
    # ZeroMQ copies a socket's options at each bind: ipc comes first, and what is set then holds for TCP alone
    bound = [_bind(socket, address, inherited) for address in wanted if not address.is_tcp]
    files = tuple(SocketFile.of(address.endpoint) for address in bound if address.endpoint not in inherited)
    if access is not None:
        access.protect(socket)
    key = access.public_key if access is not None else None
    bound += [replace(_bind(socket, address, inherited), key=key) for address in wanted if address.is_tcp]
    text = paths.address_file.with_suffix(".new")
    text.write_text(str(bound[0]))
    text.replace(paths.address_file)
    return Listener(socket, tuple(bound), files)


def _check(address: Address, access: Access | None) -> None:
    if address.key is not None:
        raise PconvError("bad_address", f"{address} has a key; that is for clients: listen at {address.endpoint}.")
    if address.is_tcp and access is None and not is_loopback(address.endpoint):
        raise PconvError(
            "bad_address",
            f"{address} can be reached by others and would carry pictures unencrypted; "
            "run `pconv-daemon keys init` first, or use tcp://127.0.0.1:PORT and an ssh tunnel to it.",
        )


def _bind(socket: zmq.Socket, address: Address, inherited: Mapping[str, int]) -> Address:
    socket.setsockopt(zmq.IPV6, int("[" in address.endpoint))
    widen(socket, address.endpoint)
    socket.setsockopt(zmq.USE_FD, inherited.get(address.endpoint, -1))
    try:
        socket.bind(address.endpoint)
    except zmq.ZMQError as error:
        raise PconvError(
            "bad_address", f"Cannot listen at {address}: {error.strerror}; choose another address."
        ) from error
    if address.endpoint in inherited:
        return address
    return Address(socket.getsockopt_string(zmq.LAST_ENDPOINT))
