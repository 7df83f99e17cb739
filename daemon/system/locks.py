"""Locks that processes hold on files."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


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
        """Make this the text of the file, for others to read. The lock must be held."""
        assert self._fd is not None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, text.encode(), 0) if hasattr(os, "pwrite") else os.write(self._fd, text.encode())

    def release(self) -> None:
        if self._fd is not None:
            _unlock(self._fd)  # closing is not enough where a child forked meanwhile has the file open too
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

    def _unlock(fd: int) -> None:
        os.lseek(fd, 1 << 20, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

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

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)

    def _is_free(fd: int) -> bool:
        return _lock(fd, fcntl.LOCK_SH)
