"""Photoshop's image resources, which carry IPTC captions in JPEG and TIFF."""

from __future__ import annotations

import struct
from collections.abc import Iterator

APP13 = b"Photoshop 3.0\x00"
IPTC, THUMBNAILS, EXIF = 0x0404, {0x0409, 0x040C}, {0x0422, 0x0423}
LONGEST_SEGMENT = 65533


def resources(block: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(number, content, the whole resource byte for byte) of each; ends where the block does."""
    at = 0
    while block[at : at + 4] in {b"8BIM", b"PHUT", b"AgHg", b"DCSR", b"MeSa"} and at + 12 <= len(block):
        (number, name) = struct.unpack_from(">HB", block, at + 4)
        start = at + 6 + (name + 2) // 2 * 2
        if start + 4 > len(block):
            return
        (length,) = struct.unpack_from(">I", block, start)
        end = start + 4 + length + length % 2
        yield number, block[start + 4 : start + 4 + length], block[at:end]
        at = end


def without_thumbnails(block: bytes) -> bytes:
    """The same without the pictures, and the EXIF with pictures, that would show what a fill removed."""
    return b"".join(whole for number, _, whole in resources(block) if number not in THUMBNAILS | EXIF)


def iptc_of(block: bytes) -> bytes | None:
    return next((content for number, content, _ in resources(block) if number == IPTC), None)


def with_iptc(block: bytes, iptc: bytes) -> bytes:
    """The resources, and this IPTC where they have none."""
    if iptc_of(block) is not None:
        return block
    return block + b"8BIM" + struct.pack(">HHI", IPTC, 0, len(iptc)) + iptc + bytes(len(iptc) % 2)


def from_segments(segments: list[tuple[str, bytes]]) -> bytes:
    """The resources in a JPEG's ("APP13", content) segments, over which long ones are spread."""
    parts = [content[len(APP13) :] for name, content in segments if name == "APP13" and content.startswith(APP13)]
    return without_thumbnails(b"".join(parts))


def as_segments(block: bytes) -> list[bytes]:
    """Contents of a JPEG's APP13 segments that hold the resources."""
    size = LONGEST_SEGMENT - len(APP13)
    return [APP13 + block[at : at + size] for at in range(0, len(block), size)]
