"""What a file says of its picture's size and place, brought in line with a picture that was turned or cropped."""

from __future__ import annotations

import re
import struct
from dataclasses import replace

from PIL import Image

from pconv.images.metadata import TURNS, Extras

_EXIF_DIRECTORY = 34665
_WIDTHS, _HEIGHTS = (256, 40962), (257, 40963)  # of the first directory, of the EXIF one
_PLACES = (33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113)  # GeoTIFF's
_XMP_WIDTHS, _XMP_HEIGHTS = rb"tiff:ImageWidth|exif:PixelXDimension", rb"tiff:ImageLength|exif:PixelYDimension"
_FORMS = {3: "H", 4: "I"}  # EXIF's types of whole numbers


def reshaped(extras: Extras, shape: tuple[int, int], sideways: bool) -> Extras:
    """The extras of a picture that has another shape now.

    Args:
        shape: (H, W) as displayed.
        sideways: what was across is down now.
    """
    height, width = shape[::-1] if TURNS[extras.orientation][0] else shape  # as stored
    left_out, exif = extras.left_out, extras.exif
    if exif and (without := _without_places(exif)) is not None:
        exif, left_out = without, tuple(dict.fromkeys([*left_out, "place on the map"]))
    return replace(
        extras,
        exif=exif and _sized(exif, width, height),
        xmp=extras.xmp and _sized_xmp(extras.xmp, width, height),
        dpi=extras.dpi[::-1] if extras.dpi and sideways else extras.dpi,
        left_out=left_out,
    )


def _sized(exif: bytes, width: int, height: int) -> bytes:
    """The width and height that it speaks of, replaced in their places; all else byte for byte."""
    blob = bytearray(exif)
    try:
        order = {b"II": "<", b"MM": ">"}[bytes(blob[:2])]
        (first,) = struct.unpack_from(f"{order}I", blob, 4)
        below = _put(blob, first, order, width, height)
        if below:
            _put(blob, below, order, width, height)
    except (KeyError, struct.error):
        return exif
    return bytes(blob)


def _put(blob: bytearray, directory: int, order: str, width: int, height: int) -> int:
    """→ where the EXIF directory is that this one names, or 0."""
    (count,) = struct.unpack_from(f"{order}H", blob, directory)
    below = 0
    for at in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from(f"{order}HHI", blob, at)
        if number != 1 or kind not in _FORMS:
            continue
        if tag == _EXIF_DIRECTORY:
            (below,) = struct.unpack_from(f"{order}{_FORMS[kind]}", blob, at + 8)
        elif tag in (*_WIDTHS, *_HEIGHTS):
            value = width if tag in _WIDTHS else height
            if value >> 16:
                kind = 4
                struct.pack_into(f"{order}H", blob, at + 2, kind)
            struct.pack_into(
                f"{order}I" if kind == 4 else f"{order}HH", blob, at + 8, *([value] if kind == 4 else [value, 0])
            )
    return below


def _sized_xmp(xmp: bytes, width: int, height: int) -> bytes:
    for names, value in ((_XMP_WIDTHS, width), (_XMP_HEIGHTS, height)):
        xmp = re.sub(rb"((?:%s)\s*=\s*[\"'])\d+" % names, rb"\g<1>%d" % value, xmp)
        xmp = re.sub(rb"(<(?:%s)>)\s*\d+" % names, rb"\g<1>%d" % value, xmp)
    return xmp


def _without_places(exif: bytes) -> bytes | None:
    """EXIF without what ties pixels to the ground; None where it has none of it."""
    tags = Image.Exif()
    try:
        tags.load(exif)
        found = [tag for tag in _PLACES if tag in tags]
        for tag in found:
            del tags[tag]
        return tags.tobytes().removeprefix(b"Exif\x00\x00") if found else None
    except Exception:  # a block that Pillow cannot read has nothing that Pillow would write
        return None
