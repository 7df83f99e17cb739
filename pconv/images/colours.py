"""Colours that are neither gray nor RGB, or gray where a format wants RGB, as sRGB."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from PIL import Image, ImageCms

from pconv.images.metadata import Extras

SPACES = {"L": b"GRAY", "CMYK": b"CMYK"}  # in the header of a profile for pictures of this mode
SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
SRGB = SRGB_PROFILE.tobytes()
LAB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))


def has_profile(icc: bytes | None, mode: str) -> bool:
    """True when there is a profile for pictures of this mode of Pillow's."""
    return icc is not None and icc[16:20] == SPACES[mode]


def in_srgb(image: Image.Image, icc: bytes | None) -> tuple[np.ndarray, bool]:
    """Convert a picture to sRGB, by its profile where that can be used.

    Args:
        image: "L", "CMYK" or "LAB".
        icc: profile that came with it.

    Returns:
        (H, W, 3) uint8, and False where no profile was of use and a plain formula stood in.
    """
    try:
        if image.mode == "LAB":
            profile = LAB_PROFILE
        elif has_profile(icc, image.mode):
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc or b""))
        else:
            return np.asarray(image.convert("RGB")), False
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        rgb = ImageCms.profileToProfile(image, profile, SRGB_PROFILE, intent, "RGB")
        return np.asarray(rgb), True
    except (ImageCms.PyCMSError, OSError):  # a damaged profile
        return np.asarray(image.convert("RGB")), False


def converted(extras: Extras, name: str, by_profile: bool) -> Extras:
    """The extras of a picture whose colours were converted; how a JPEG was pressed belonged to the old ones."""
    comment = {"comment": extras.jpeg["comment"]} if extras.jpeg and "comment" in extras.jpeg else {}
    how = "by their profile" if by_profile else "by a plain formula, as they have no profile"
    return replace(extras, icc=SRGB, jpeg=comment or None, converted=f"{name} colours became sRGB {how}")
