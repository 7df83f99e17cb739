"""Colour-managed display: an embedded ICC profile → sRGB bytes, where Pillow's ImageCms can."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms

from desktop_ui.view.render import plain_srgb


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
