"""HEIC pictures, as phones make them, read and written where pillow-heif is installed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from pconv.images.exif import without_thumbnail
from pconv.images.kinds import HEIC, kind_of
from pconv.images.metadata import Extras, upright
from pconv.images.pixels import PixelError, chosen, split
from pconv.images.xmp import without_pointers


@dataclass(frozen=True)
class Heif:
    """The chosen picture of a HEIF file.

    Args:
        image: pillow-heif's, not yet decoded.
        others: how many pictures stand beside it.
    """

    image: Any
    others: int


def is_heif(data: bytes) -> bool:
    return kind_of(data) == HEIC


def open_heif(data: bytes, page: int | None) -> Heif:
    """Find the main picture, or the one of this number from 1, without decoding it.

    Raises:
        PixelError: the library is not installed, or there is no such picture; anything else: the file is damaged.
    """
    file = _library(f"it is {HEIC}; install pconv[heif], or convert it to PNG, JPEG or TIFF.").open_heif(
        io.BytesIO(data), convert_hdr_to_8bit=False
    )
    index = file.primary_index if page is None else chosen(page, len(file), "picture")
    return Heif(file[index], len(file) - 1)


def decode_heif(heif: Heif) -> tuple[np.ndarray, np.ndarray | None, Extras]:
    """Decode a HEIF picture.

    Returns:
        (H, W, 1|3) pixels as displayed, (H, W) alpha or None, both uint8, or uint16 for pictures of 10 or 12 bits, and
        the extras. The library turns the picture upright, so its EXIF says 1.
    """
    pixels, alpha = split(np.asarray(heif.image))
    info = dict(heif.image.info)
    _library("").misc.set_orientation(info)
    xmp, left_out = without_pointers(info.get("xmp") or b"")
    left_out += ["gain map"] if any("gainmap" in kind.lower() for kind in info.get("aux", {})) else []
    left_out += ["depth map"] if info.get("depth_images") else []
    left_out += ["the other pictures"] if heif.others else []
    extras = Extras(
        format="HEIF",
        exif=without_thumbnail(info.get("exif")),
        icc=info.get("icc_profile"),
        xmp=xmp or None,
        lossy=True,
        left_out=tuple(dict.fromkeys(left_out)),
    )
    return pixels, alpha, extras


def may_be_written() -> bool:
    """False where the library is not installed."""
    return find_spec("pillow_heif") is not None


def refuse_unwritten() -> None:
    """Find out before a fill whether HEIC can be written.

    Raises:
        PixelError: no library that writes HEIC is installed.
    """
    library = _library("HEIC is written where pconv[heif] is installed; install it, or save as AVIF, PNG or JPEG.")
    if not library.libheif_info()["HEIF"]:
        raise PixelError("the installed pillow-heif only reads HEIC; save as AVIF, PNG or JPEG.")


def encode_heif(array: np.ndarray, extras: Extras, quality: int) -> bytes:
    """The bytes of a HEIC file.

    Args:
        array: (H, W, 1..4) uint8 or uint16, of which 10 bits are kept; as stored. The file holds them upright.

    Raises:
        PixelError: as `refuse_unwritten`.
    """
    refuse_unwritten()
    library = _library("")
    array = upright(array, extras.orientation)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[array.shape[2]] + (";16" if array.dtype == np.uint16 else "")
    info = {"exif": b"Exif\x00\x00" + extras.exif} if extras.exif else {}
    library.misc.set_orientation(info)
    file = library.from_bytes(mode, array.shape[1::-1], array.tobytes())
    buffer = io.BytesIO()
    file.save(buffer, quality=quality, chroma=444, icc_profile=extras.icc, xmp=extras.xmp, **info)
    return buffer.getvalue()


def _library(absent: str) -> Any:
    try:
        import pillow_heif.misc
    except ImportError as error:
        raise PixelError(absent) from error
    return pillow_heif
