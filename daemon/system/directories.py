"""Where the daemon lives: its private directory, its addresses, its locks."""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from daemon.system.files import write_atomically
from model.errors import DaemonError, PconvError

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
        import zmq  # not where only folders are asked for, as beside GIMP

        if not zmq.has("ipc"):
            return "tcp://127.0.0.1:*"
        path = self.directory / f"{name}.sock"
        if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
            raise DaemonError(
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
        make_folder(directory)
        info = directory.lstat()
    except OSError as error:
        raise DaemonError(
            "unsafe_directory", f"The directory {directory} cannot be used: {error.strerror}; set PCONV_RUNTIME_DIR."
        ) from error
    if not stat.S_ISDIR(info.st_mode):
        raise DaemonError("unsafe_directory", f"{directory} is not a directory; remove it or set PCONV_RUNTIME_DIR.")
    if hasattr(os, "getuid") and (info.st_uid != os.getuid() or info.st_mode & 0o077):
        raise DaemonError(
            "unsafe_directory",
            f"Other users can enter {directory}; run `chmod 700 {directory}` as its owner or set PCONV_RUNTIME_DIR.",
        )
    if hasattr(os, "getuid") and not _is_safe_parent(directory.parent.stat()):
        raise DaemonError(
            "unsafe_directory", f"Other users could replace {directory}; set PCONV_RUNTIME_DIR to a place of your own."
        )
    return RuntimePaths(directory)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a directory and those above it that are missing, all with this mode at most, whatever the umask.

    One that is there already stays as it is.
    """
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            folder.mkdir(mode=mode, exist_ok=True)


def config_directory() -> Path:
    """What the user set and the user's keys: $PCONV_CONFIG_DIR or the platform's place. It need not exist."""
    chosen = os.environ.get("PCONV_CONFIG_DIR")
    return Path(chosen).absolute() if chosen else usual_config_directory()


def usual_config_directory() -> Path:
    """The platform's place for what the user set, whatever $PCONV_CONFIG_DIR says."""
    return platformdirs.user_config_path("pconv", appauthor=False)


def config_file(name: str) -> Path:
    """A file in the config directory; where it is missing there, the one in the platform's place is copied to it.

    The bridge's token and the editor's settings were always in the platform's place once.
    """
    path, old = config_directory() / name, usual_config_directory() / name
    if path != old and not path.exists():
        with contextlib.suppress(OSError, PconvError):  # there is none, or it cannot be had: as if there had been none
            data = old.read_bytes()
            make_folder(path.parent)
            write_atomically(path, data, mode=0o600)
    return path


def _is_safe_parent(info: os.stat_result) -> bool:
    """Owned by the user or root, and where all may write, as in /tmp, sticky."""
    return info.st_uid in (0, os.getuid()) and not (info.st_mode & stat.S_IWOTH and not info.st_mode & stat.S_ISVTX)
