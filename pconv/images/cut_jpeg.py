"""JPEGs that end too early, as cards that fail and copies that break off leave them."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

END = b"\xff\xd9"
NOISE = b"\x55\xa3\x39" * 2**14  # bits that decode to anything but nothing
MOST_MISSING = 8  # at most one in so many rows
BLOCK_PIXELS = 64
SOF = {0xC0, 0xC1, 0xC2}
SOS, EOI = 0xDA, 0xD9
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length


@dataclass(frozen=True)
class CutJpeg:
    """A JPEG that ends too early, with an end.

    Args:
        data: of a file that ends rightly; the rows that are missing are gray.
        missing: how many they are, the lowest as stored.
    """

    data: bytes
    missing: int


def refuse_hollow(size: tuple[int, int], held: int) -> None:
    """Refuse a JPEG that cannot hold what it claims, before it is decoded to gray; each block takes a bit at least.

    Args:
        size: width and height that it claims.
        held: bytes that it has.

    Raises:
        EOFError: it has fewer bits than blocks.
    """
    if held * 8 < size[0] * size[1] // BLOCK_PIXELS:
        raise EOFError("its pixels end too early")


def completed(data: bytes) -> CutJpeg | None:
    """The file with an end; None where more is missing than its end or its last rows."""
    data = data.removesuffix(b"\xff")
    if not _holds_all_scans(data):
        return None
    plain, noisy = (_decoded(data + tail + END) for tail in (b"", NOISE))
    if plain is None or noisy is None or plain.shape != noisy.shape:
        return None
    unsure = np.flatnonzero((plain != noisy).any(axis=(1, 2)))  # what follows the file decides on these
    missing = len(plain) - int(unsure[0]) if len(unsure) else 0
    return CutJpeg(data + END, missing) if missing * MOST_MISSING <= len(plain) else None


def _decoded(data: bytes) -> np.ndarray | None:
    try:
        with Image.open(io.BytesIO(data)) as image:
            array = np.asarray(image)
    except (OSError, SyntaxError, ValueError):
        return None
    return array if array.ndim == 3 else array[..., None]


def _holds_all_scans(data: bytes) -> bool:
    """True when a scan of the last bit of each coefficient of each component has begun."""
    wanted: set[tuple[int, int]] | None = None
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF or data[at + 1] == 0:  # within a scan
            at = data.find(b"\xff", at + 1 + (data[at] == 0xFF))
            if at < 0:
                break
            continue
        kind = data[at + 1]
        if kind == 0xFF or kind in ALONE:
            at += 1 if kind == 0xFF else 2
            continue
        if kind == EOI:
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        content = data[at + 4 : at + 2 + length]
        if len(content) + 2 < length:
            break
        if kind in SOF:
            wanted = {(content[6 + 3 * i], k) for i in range(content[5]) for k in range(64)}
        elif kind == SOS and wanted is not None:
            count = content[0]
            first, last, bits = content[1 + 2 * count : 4 + 2 * count]
            if not bits & 15:
                wanted -= {(content[1 + 2 * i], k) for i in range(count) for k in range(first, last + 1)}
        at += 2 + length
    return wanted is not None and not wanted
