"""Whole-mask operations: grow, shrink, feather, invert, fill holes.

Each takes and gives H×W uint8 (0 = keep, 255 = fill) and works only around what is marked.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from desktop_ui.document.extent import mask_extent
from model.geometry.boxes import Box

_LEAST_SPREAD = 4.0  # pixels of a reduced mask that a blur's deviation has at least


def grow(mask: np.ndarray, pixels: int) -> np.ndarray:
    """Widen what is marked by `pixels` ≥ 0 in every direction."""
    return _around(mask, pixels, lambda part: np.maximum(part, _reach(part, pixels)))


def shrink(mask: np.ndarray, pixels: int) -> np.ndarray:
    """Narrow what is marked by `pixels` ≥ 0; the picture's border does not count as an edge."""
    return _around(mask, 0, lambda part: np.minimum(part, 255 - _reach(255 - part, pixels)))


def soften(mask: np.ndarray, pixels: int) -> np.ndarray:
    """Blur the edge over `pixels` ≥ 0 to both sides."""
    if pixels == 0:
        return mask.copy()
    return _around(mask, 2 * pixels, lambda part: _blurred(part, pixels / 2))


def invert(mask: np.ndarray) -> np.ndarray:
    return 255 - mask


def fill_holes(mask: np.ndarray) -> np.ndarray:
    """Mark every unmarked island that is enclosed by marked pixels."""

    def close(part: np.ndarray) -> np.ndarray:
        framed = np.pad(part, 1)
        outside = np.where(framed > 127, 255, 0).astype(np.uint8)
        cv2.floodFill(outside, None, (0, 0), 128)
        return np.where(outside[1:-1, 1:-1] == 0, 255, part).astype(np.uint8)

    return _around(mask, 0, close)


def _reach(part: np.ndarray, pixels: int) -> np.ndarray:
    """255 within `pixels` of a pixel above 127, falling to 0 over one pixel more."""
    distance = cv2.distanceTransform((part <= 127).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.rint(np.clip(pixels + 1 - distance, 0, 1) * 255).astype(np.uint8)


def _blurred(part: np.ndarray, spread: float) -> np.ndarray:
    """Of a wide blur's result little is lost in a reduced mask, where it takes milliseconds in place of seconds."""
    by = int(spread / _LEAST_SPREAD)
    if by < 2:
        return cv2.GaussianBlur(part, (0, 0), spread, borderType=cv2.BORDER_REFLECT)
    rows, columns = part.shape
    small = cv2.resize(part, (-(-columns // by), -(-rows // by)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), spread / by, borderType=cv2.BORDER_REFLECT)
    return cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR)


def _around(mask: np.ndarray, margin: int, operation: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    result = np.zeros_like(mask)
    marked = mask_extent(mask)
    if not marked.empty:
        part = marked.grown(margin + 1).clipped(Box.of(mask.shape)).slices
        result[part] = operation(np.ascontiguousarray(mask[part]))
    return result
