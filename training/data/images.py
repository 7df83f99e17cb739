"""Image files as the training sees them: upright, three or one channel of 8 bits."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for files that it cannot decode."""


def read_rgb(source: bytes | Path) -> np.ndarray:
    """H×W×3 uint8 RGB, turned as its EXIF orientation says.

    Raises:
        OSError, ValueError, SyntaxError, Image.DecompressionBombError: see UNREADABLE.
    """
    with _open(source) as image:
        return np.asarray(_eight_bits(ImageOps.exif_transpose(image)).convert("RGB"))


def read_gray(source: bytes | Path) -> np.ndarray:
    """H×W uint8, turned as its EXIF orientation says.

    Raises:
        OSError, ValueError, SyntaxError, Image.DecompressionBombError: see UNREADABLE.
    """
    with _open(source) as image:
        return np.asarray(_eight_bits(ImageOps.exif_transpose(image)).convert("L"))


def _open(source: bytes | Path) -> Image.Image:
    return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Gray of 16 bits, whole numbers and floats brought to 0..255; Pillow alone would cut them off at 255."""
    if image.mode not in ("I", "F") and not image.mode.startswith("I;16"):
        return image
    values = np.asarray(image).astype(np.float64)
    most = 65535.0 if image.mode != "F" else 1.0
    if image.mode == "I" and values.max(initial=0) <= 255:
        most = 255.0
    return Image.fromarray((values.clip(0, most) * (255 / most)).round().astype(np.uint8))
