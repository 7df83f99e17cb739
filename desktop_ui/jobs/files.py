"""Reading and writing pictures for the editor: plain functions that a task runs.

May know: daemon.imagefile, documents' data. Must not know: Qt, windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from daemon.imagefile import FORMATS, Picture, read_hole, read_picture, write_picture

PICTURE_SUFFIXES = tuple(FORMATS)


@dataclass(frozen=True)
class Stamp:
    """What a file looked like on disk; unequal stamps mean that another program wrote it."""

    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> Stamp | None:
        try:
            info = path.stat()
        except OSError:
            return None
        return cls(info.st_size, info.st_mtime_ns)


@dataclass(frozen=True)
class Loaded:
    path: Path
    picture: Picture
    stamp: Stamp | None


def load_picture(path: Path) -> Loaded:
    """
    Raises:
        ImageFileError: it cannot be read.
    """
    stamp = Stamp.of(path)
    return Loaded(path, read_picture(path), stamp)


def save_picture(path: Path, picture: Picture, quality: int | None = None) -> Stamp | None:
    """
    Raises:
        ImageFileError: it cannot be written; an old file is still whole.
    """
    write_picture(path, picture, quality=quality)
    return Stamp.of(path)


def load_mask(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """
    Raises:
        ImageFileError: it cannot be read or has another size.
    """
    return read_hole(path, shape)


def save_mask(path: Path, mask: np.ndarray) -> None:
    """Write a mask as a gray picture, 255 = fill.

    Raises:
        ImageFileError: it cannot be written.
    """
    write_picture(path, Picture(mask[..., None]))


def neighbours(path: Path) -> list[Path]:
    """The pictures in the same folder, by name; [] when the folder cannot be listed."""
    try:
        found = [one for one in path.parent.iterdir() if one.suffix.lower() in PICTURE_SUFFIXES and one.is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda one: one.name.casefold())
