"""HEIC pictures, as phones make them, where pillow-heif is installed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from pconv.images.codecs import PixelError, chosen, split
from pconv.images.exif import without_thumbnail
from pconv.images.kinds import HEIC, kind_of
from pconv.images.metadata import Extras
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
    try:
        import pillow_heif
    except ImportError as error:
        raise PixelError(f"it is {HEIC}; install pconv[heif], or convert it to PNG, JPEG or TIFF.") from error
    file = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    index = file.primary_index if page is None else chosen(page, len(file), "picture")
    return Heif(file[index], len(file) - 1)


def decode_heif(heif: Heif) -> tuple[np.ndarray, np.ndarray | None, Extras]:
    """Decode a HEIF picture.

    Returns:
        (H, W, 1|3) pixels as displayed, (H, W) alpha or None, both uint8, or uint16 for pictures of 10 or 12 bits, and
        the extras. The library turns the picture upright, so its EXIF says 1.
    """
    from pillow_heif.misc import set_orientation

    pixels, alpha = split(np.asarray(heif.image))
    info = dict(heif.image.info)
    set_orientation(info)
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
