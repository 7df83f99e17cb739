"""The file of an ipc socket: ZeroMQ takes any file's place when it binds, so that somebody must look before."""

from __future__ import annotations

import socket
import stat
from dataclasses import dataclass
from pathlib import Path

from daemon.errors import PconvError


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
