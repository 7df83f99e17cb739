"""A project's zip, read with suspicion: nothing is unpacked that is larger than its reader allows."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LARGEST_DIRECTORY = 2 << 20  # of the zip: some 30,000 members
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of the others no piece can be unpacked by itself


class Archive:
    """Members by name, each read up to a limit."""

    def __init__(self, opened: zipfile.ZipFile, length: int) -> None:
        self._zip = opened
        members = opened.infolist()
        if any(member.compress_type not in _READABLE for member in members):
            raise ValueError("it is packed in an unknown way")
        if sum(member.compress_size for member in members) > length:
            raise ValueError("its members overlap")

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def check(self, name: str, limit: int) -> int:
        """The bytes that a member says that it has.

        Raises:
            ValueError: they are more than `limit`.
            KeyError: there is none of this name.
        """
        length = self._zip.getinfo(name).file_size
        if length > limit:
            raise ValueError(f"{name} is too large")
        return length

    def size_in_file(self, name: str) -> int:
        """Bytes that a member takes in the zip."""
        return self._zip.getinfo(name).compress_size

    def read(self, name: str, limit: int) -> bytes:
        """A member's content. Raises as `check`, and whatever zip readers raise on damaged files."""
        length = self.check(name, limit)
        with self._zip.open(name) as member:
            return member.read(length + 1)  # without a length all would be unpacked first, whatever the member said


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Raises OSError, ValueError, or whatever zip readers raise on damaged files."""
    with _Guarded(path) as file, zipfile.ZipFile(file) as opened:
        file.largest_read = None
        yield Archive(opened, path.stat().st_size)


class _Guarded(io.FileIO):
    """The zip's directory is read in one piece as large as the file says, before anything can be looked at."""

    largest_read: int | None = _LARGEST_DIRECTORY

    def read(self, size: int | None = -1) -> bytes:
        if self.largest_read is not None and size is not None and size > self.largest_read:
            raise ValueError("it has too many members")
        return super().read(size)
