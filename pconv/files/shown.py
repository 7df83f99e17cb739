"""A fill as the format of its file can show it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pconv.images.files import Picture, format_of
from pconv.images.palette import within_palette


def shown_in(output: Path, picture: Picture, filled: np.ndarray) -> Picture:
    """The picture with the pixels of a fill, (H, W, C), in colours that the format of `output` has room for."""
    pixels = np.ascontiguousarray(filled[..., : picture.pixels.shape[2]])
    if format_of(output) == "GIF" and pixels.shape[2] == 3 and pixels.dtype == np.uint8:
        changed = (pixels != picture.pixels).any(axis=2)
        pixels = within_palette(pixels, changed, picture.alpha) if changed.any() else pixels
    return picture.with_pixels(pixels)
