"""Animations, written by Pillow."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from pconv.images.codecs import as_image, lossy_settings, png_settings, with_kept_chunks
from pconv.images.metadata import Extras
from pconv.images.palette import as_indexed


def encode_animation(frames: list[tuple[np.ndarray, Extras]], format: str, quality: int | None) -> bytes:
    """The bytes of an animation.

    Args:
        frames: (H, W, 1..4) uint8 each, as stored, with its extras; those of the first are the file's.
        format: "GIF", "WEBP", "PNG" or "AVIF".
    """
    extras = frames[0][1]
    settings: dict[str, Any] = {"save_all": True, "duration": [round(one.duration or 0) for _, one in frames]}
    plays = extras.plays or 0
    if format == "GIF":
        images = [as_indexed(array) for array, _ in frames]
        clear = any("transparency" in image.info for image in images)
        settings |= {"disposal": 2} if clear else {}
        settings |= {} if plays == 1 else {"loop": max(plays - 1, 0)}
    else:
        images = [as_image(array) for array, _ in frames]
        settings |= png_settings(extras) if format == "PNG" else lossy_settings(extras, format, quality)
        settings |= {"loop": plays} if format != "AVIF" else {}
    buffer = io.BytesIO()
    images[0].save(buffer, format, append_images=images[1:], **settings)
    return with_kept_chunks(buffer.getvalue(), extras) if format == "PNG" else buffer.getvalue()
