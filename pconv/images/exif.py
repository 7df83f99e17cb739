"""EXIF blocks: their thumbnails blanked."""

from __future__ import annotations

import struct

THUMBNAILS = ((0x0201, 0x0202), (0x0111, 0x0117))  # tags of where and how long: of a JPEG, of strips of pixels
WHOLE_NUMBERS = {3: "H", 4: "I"}


def without_thumbnail(exif: bytes | None) -> bytes | None:
    """EXIF with its thumbnail unlinked and overwritten by zeros, all else byte for byte as it was.

    A structure that cannot be followed is dropped whole, as a thumbnail in it cannot be ruled out.
    """
    if not exif:
        return None
    blob = bytearray(exif.removeprefix(b"Exif\x00\x00"))
    try:
        order = {b"II": "<", b"MM": ">"}[bytes(blob[:2])]
        (first,) = struct.unpack_from(f"{order}I", blob, 4)
        (count,) = struct.unpack_from(f"{order}H", blob, first)
        link = first + 2 + 12 * count
        if link + 4 > len(blob):
            return bytes(blob)
        (second,) = struct.unpack_from(f"{order}I", blob, link)
        struct.pack_into(f"{order}I", blob, link, 0)
        if second:
            _blank(blob, second, order)
    except (KeyError, struct.error):
        return None
    return bytes(blob)


def _blank(blob: bytearray, directory: int, order: str) -> None:
    (count,) = struct.unpack_from(f"{order}H", blob, directory)
    entries = {}
    for i in range(count):
        tag, kind, number = struct.unpack_from(f"{order}HHI", blob, directory + 2 + 12 * i)
        entries[tag] = _numbers(blob, directory + 10 + 12 * i, kind, number, order)
    for starts, lengths in THUMBNAILS:
        for start, length in zip(entries.get(starts, ()), entries.get(lengths, ()), strict=False):
            end = min(start + length, len(blob))
            blob[start:end] = bytes(max(0, end - start))


def _numbers(blob: bytearray, at: int, kind: int, number: int, order: str) -> tuple[int, ...]:
    """Of an EXIF entry of whole numbers: where they stand, or where that place points to; none of other kinds."""
    if kind not in WHOLE_NUMBERS or number > len(blob):
        return ()
    form = f"{order}{number}{WHOLE_NUMBERS[kind]}"
    if struct.calcsize(form) > 4:
        (at,) = struct.unpack_from(f"{order}I", blob, at)
    return struct.unpack_from(form, blob, at)
