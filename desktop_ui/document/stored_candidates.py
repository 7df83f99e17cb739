"""One result of a fill as a project's file holds it: two members of the zip, measured before they are taken."""

from __future__ import annotations

import zipfile
from dataclasses import asdict

import numpy as np

from desktop_ui.document.archive import Archive
from desktop_ui.document.fills import Candidate
from desktop_ui.document.packed import largest_packed, ones_in, unpacked
from model.geometry.boxes import EMPTY, Box
from model.options import FillOptions

LEAST_PIXELS = 1 << 20  # of a picture, where its size bounds what a project may hold
_MOST_PICTURES = 64  # that all fills' pixels together may make up


class Room:
    """For the pixels of all fills together, those that can be brought back by undo included."""

    def __init__(self, picture_pixels: int) -> None:
        self._left = _MOST_PICTURES * max(picture_pixels, LEAST_PIXELS)

    def has(self, pixels: int) -> bool:
        return pixels <= self._left

    def take(self, pixels: int) -> None:
        self._left -= pixels
        if self._left < 0:
            raise ValueError("it has more fills than its picture can need")


def write_candidate(archive: zipfile.ZipFile, name: str, candidate: Candidate) -> None:
    archive.writestr(f"{name}.changed", candidate.changed)
    archive.writestr(f"{name}.values", candidate.values)


def entry_of(candidate: Candidate) -> dict:
    """What the manifest says of a candidate."""
    return {
        "options": asdict(candidate.options),
        "rect": candidate.rect,
        "dtype": candidate.dtype,
        "avoids": candidate.avoids,
    }


def read_candidate(archive: Archive, name: str, entry: dict, original: np.ndarray, room: Room) -> Candidate:
    """A candidate whose pixels are as many as it says. One that changed nothing has none."""
    rect, options, dtype = rect_of(entry), FillOptions(**entry["options"]), str(original.dtype)
    avoids = str(entry.get("avoids", ""))
    if entry["dtype"] != dtype:
        raise ValueError("a fill does not fit the picture")
    changed = archive.read(f"{name}.changed", largest_packed(bits_length(rect)))
    values = archive.read(f"{name}.values", largest_packed(rect.area * original.shape[2] * original.dtype.itemsize))
    if rect.empty:
        if changed or values:
            raise ValueError("a fill without a place has pixels")
        return Candidate(options, EMPTY, b"", b"", dtype, avoids)
    count = ones_in(changed, rect.area)
    room.take(count)
    for _ in unpacked(values, count * original.shape[2] * original.dtype.itemsize):
        pass  # its length is all that is to be known here
    return Candidate(options, rect, changed, values, dtype, avoids)


def rect_of(entry: dict) -> Box:
    return Box(*(int(side) for side in entry["rect"]))


def bits_length(rect: Box) -> int:
    """Bytes of one bit for each pixel."""
    return -(-rect.area // 8)
