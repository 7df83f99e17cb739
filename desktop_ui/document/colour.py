"""Colour-managed display: an embedded ICC profile → sRGB bytes, where Pillow's ImageCms can."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms


def to_srgb(icc: bytes | None, channels: int) -> Callable[[np.ndarray], np.ndarray]:
    """→ a function from H×W×C pixels to H×W×3 sRGB bytes.

    A missing, damaged or unsuitable profile (and sRGB itself) means that the values are shown as they are.
    """
    if not icc or channels != 3:
        return plain_srgb
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        if "srgb" in ImageCms.getProfileDescription(profile).lower():
            return plain_srgb
        transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return plain_srgb

    def convert(values: np.ndarray) -> np.ndarray:
        picture = Image.fromarray(np.ascontiguousarray(plain_srgb(values)))
        return np.asarray(ImageCms.applyTransform(picture, transform))

    return convert


def as_bytes(values: np.ndarray) -> np.ndarray:
    """8 bits of display-encoded values; floats are cut to 0..1."""
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.uint16:
        return (values >> 8).astype(np.uint8)
    return np.rint(np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8)


def plain_srgb(values: np.ndarray) -> np.ndarray:
    """H×W×(1|3) of any dtype, already display-encoded → H×W×3 bytes."""
    shown = as_bytes(values)
    return np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown
