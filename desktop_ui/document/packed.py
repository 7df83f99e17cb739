"""Pixels as a project packs them with zlib, measured without ever holding more than a piece of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

_PIECE = 1 << 20
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)  # in each byte


def largest_packed(length: int) -> int:
    """Bytes that zlib makes of so many, at most; of none it need not be called."""
    return length + length // 1000 + 64 if length else 0


def ones_in(packed: bytes, area: int) -> int:
    """How many of so many bits are 1; those that fill up the last byte must be 0."""
    count, last = 0, 0
    for piece in unpacked(packed, -(-area // 8)):
        count, last = count + int(_ONES[np.frombuffer(piece, np.uint8)].sum()), piece[-1]
    if last & (0xFF >> (area - 1) % 8 + 1):
        raise ValueError("a fill has another length")
    return count


def unpacked(packed: bytes, length: int) -> Iterator[bytes]:
    """zlib's output piece by piece; all of it must have exactly this length."""
    opened, left = zlib.decompressobj(), length
    while piece := opened.decompress(packed, min(_PIECE, left + 1)):
        left -= len(piece)
        if left < 0:
            break
        yield piece
        packed = opened.unconsumed_tail
    if left or not opened.eof:
        raise ValueError("a fill has another length")
