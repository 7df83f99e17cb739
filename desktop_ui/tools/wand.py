"""The magic wand: which pixels are like this one."""

from __future__ import annotations

import cv2
import numpy as np

from desktop_ui.document.extent import mask_extent
from model.geometry.boxes import Box


def similar(image: np.ndarray, row: int, column: int, tolerance: int, contiguous: bool) -> tuple[Box, np.ndarray]:
    """Pixels whose every channel is within `tolerance` (0..255 of the range) of the one at row, column.

    Args:
        image: H×W×C of uint8, uint16 or float32 0..1.
        contiguous: only those connected with it.

    → (rect around them, coverage uint8 of that size).
    """
    pixels = _as_bytes(image)
    seed = pixels[row, column].astype(int)
    low, high = np.clip(seed - tolerance, 0, 255), np.clip(seed + tolerance, 0, 255)
    alike = cv2.inRange(pixels, low.astype(np.float64), high.astype(np.float64))
    if contiguous:
        reached = np.zeros((alike.shape[0] + 2, alike.shape[1] + 2), np.uint8)
        flags = 8 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (255 << 8)
        cv2.floodFill(alike, reached, (column, row), 255, 0, 0, flags)
        alike = np.ascontiguousarray(reached[1:-1, 1:-1])
    rect = mask_extent(alike)
    return rect, alike[rect.slices]


def _as_bytes(image: np.ndarray) -> np.ndarray:
    if image.dtype == np.uint8:
        return image
    if image.dtype == np.uint16:
        return (image >> 8).astype(np.uint8)
    return np.rint(np.clip(np.nan_to_num(image), 0, 1) * 255).astype(np.uint8)
