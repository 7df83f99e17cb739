"""Where the daemon lives: its private directory, its addresses, its locks."""

from __future__ import annotations

import os
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import zmq

from daemon.errors import PconvError

LONGEST_SOCKET_PATH = 103  # bytes; macOS has the smallest sun_path


@dataclass(frozen=True)
class RuntimePaths:
    """Files of one local daemon, all in one directory that only its user can enter."""

    directory: Path

    @property
    def daemon_lock(self) -> Path:
        """Held by the front as long as it lives; contains its pid."""
        return self.directory / "daemon.lock"

    @property
    def start_lock(self) -> Path:
        """Held by a client while it starts a daemon."""
        return self.directory / "start.lock"

    @property
    def address_file(self) -> Path:
        """The front's address, written once it listens."""
        return self.directory / "address"

    @property
    def log(self) -> Path:
        return self.directory / "daemon.log"

    @property
    def errors(self) -> Path:
        """What an auto-started daemon and its workers print."""
        return self.directory / "daemon.err"

    def endpoint(self, name: str) -> str:
        """Address to bind for `name`: an ipc socket here, or a loopback port where ipc is missing."""
        if not zmq.has("ipc"):
            return "tcp://127.0.0.1:*"
        path = self.directory / f"{name}.sock"
        if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
            raise PconvError(
                "bad_address",
                f"The socket path {path} is longer than {LONGEST_SOCKET_PATH} bytes; "
                "set PCONV_RUNTIME_DIR to a shorter directory.",
            )
        return f"ipc://{path}"


def remove_endpoint(address: str) -> None:
    """Remove what an ipc endpoint leaves in the file system."""
    if address.startswith("ipc://"):
        Path(address.removeprefix("ipc://")).unlink(missing_ok=True)


def runtime_paths() -> RuntimePaths:
    """The user's runtime directory ($PCONV_RUNTIME_DIR or the platform's), made private if it is new.

    Raises:
        PconvError: "unsafe_directory" when others could enter it or it cannot be made.
    """
    chosen = os.environ.get("PCONV_RUNTIME_DIR") or platformdirs.user_runtime_dir("pconv", appauthor=False)
    directory = Path(chosen).absolute()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = directory.lstat()
    except OSError as error:
        raise PconvError(
            "unsafe_directory", f"The directory {directory} cannot be used: {error.strerror}; set PCONV_RUNTIME_DIR."
        ) from error
    if not stat.S_ISDIR(info.st_mode):
        raise PconvError("unsafe_directory", f"{directory} is not a directory; remove it or set PCONV_RUNTIME_DIR.")
    if hasattr(os, "getuid") and (info.st_uid != os.getuid() or info.st_mode & 0o077):
        raise PconvError(
            "unsafe_directory",
            f"Other users can enter {directory}; run `chmod 700 {directory}` as its owner or set PCONV_RUNTIME_DIR.",
        )
    if hasattr(os, "getuid") and not _is_safe_parent(directory.parent.stat()):
        raise PconvError(
            "unsafe_directory", f"Other users could replace {directory}; set PCONV_RUNTIME_DIR to a place of your own."
        )
    return RuntimePaths(directory)


def config_directory() -> Path:
    """What the user set and the user's keys: $PCONV_CONFIG_DIR or the platform's place. It need not exist."""
    chosen = os.environ.get("PCONV_CONFIG_DIR")
    return Path(chosen).absolute() if chosen else platformdirs.user_config_path("pconv", appauthor=False)


def _is_safe_parent(info: os.stat_result) -> bool:
    """Owned by the user or root, and where all may write, as in /tmp, sticky."""
    return info.st_uid in (0, os.getuid()) and not (info.st_mode & stat.S_IWOTH and not info.st_mode & stat.S_ISVTX)


class FileLock:
    """An advisory lock that dies with its process. Not re-entrant."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def acquire(self, timeout: float = 0.0) -> bool:
        """Take the lock, waiting up to `timeout` seconds. True when it is ours."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        limit = time.monotonic() + timeout
        while not _lock(fd):
            if time.monotonic() >= limit:
                os.close(fd)
                return False
            time.sleep(0.02)
        self._fd = fd
        return True

    def write(self, text: str) -> None:
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, text.encode(), 0) if hasattr(os, "pwrite") else os.write(self._fd, text.encode())

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def is_held(path: Path) -> bool:
    """True when some process holds the lock at `path`; who else looks at the same time does not."""
    try:
        fd = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        return False
    try:
        return not _is_free(fd)
    finally:
        os.close(fd)


if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> bool:
        try:
            os.lseek(fd, 1 << 20, os.SEEK_SET)  # beyond the text, which stays readable
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(fd, 0, os.SEEK_SET)
        return True

    def _is_free(fd: int) -> bool:
        """Locks are exclusive here: what is held for longer than somebody else's look is held."""
        for _ in range(5):
            if _lock(fd):
                return True
            time.sleep(0.002)
        return False
else:
    import fcntl

    def _lock(fd: int, kind: int = fcntl.LOCK_EX) -> bool:
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _is_free(fd: int) -> bool:
        return _lock(fd, fcntl.LOCK_SH)
