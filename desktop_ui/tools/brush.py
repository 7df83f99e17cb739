"""The brush rasteriser: a stroke is a chain of capsules with a soft edge.

Exact distance to each segment, so there is no spacing to tune and no ripple in a soft stroke.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from model.geometry.boxes import Box

SMALLEST, LARGEST = 1.0, 2000.0
_STEPS = np.arange(256) / 255
_SMOOTH = np.rint(255 * _STEPS * _STEPS * (3 - 2 * _STEPS)).astype(np.uint8)  # no corner at either end


@dataclass(frozen=True)
class Brush:
    """The form of a stroke.

    Args:
        size: diameter in picture pixels, 1..2000.
        hardness: 1 = hard edge (one pixel of smoothing), 0 = soft from the centre outwards.
    """

    size: float = 60.0
    hardness: float = 0.85

    def __post_init__(self) -> None:
        if not SMALLEST <= self.size <= LARGEST:
            raise ValueError(f"size must be {SMALLEST:g}..{LARGEST:g} pixels, got {self.size}")
        if not 0.0 <= self.hardness <= 1.0:
            raise ValueError(f"hardness must be 0..1, got {self.hardness}")


@dataclass(frozen=True)
class Dab:
    """A point of a stroke in picture coordinates: (0, 0) is the corner of the first pixel."""

    x: float
    y: float
    pressure: float = 1.0  # 0..1, scales the diameter


def capsule(brush: Brush, start: Dab, end: Dab, bounds: Box) -> tuple[Box, np.ndarray]:
    """The coverage of one segment.

    → (rect inside bounds, rect.height × rect.width uint8); the rect is empty when the segment misses the picture.
    """
    r0 = max(0.5, brush.size / 2 * start.pressure)
    r1 = max(0.5, brush.size / 2 * end.pressure)
    reach = max(r0, r1) + 1
    rect = Box(
        int(np.floor(min(start.y, end.y) - reach)),
        int(np.floor(min(start.x, end.x) - reach)),
        int(np.ceil(max(start.y, end.y) + reach)),
        int(np.ceil(max(start.x, end.x) + reach)),
    ).clipped(bounds)
    if rect.empty:
        return rect, np.zeros((0, 0), np.uint8)
    y = np.arange(rect.top, rect.bottom, dtype=np.float32)[:, None] + np.float32(0.5 - start.y)
    x = np.arange(rect.left, rect.right, dtype=np.float32)[None, :] + np.float32(0.5 - start.x)
    dx, dy = np.float32(end.x - start.x), np.float32(end.y - start.y)
    length2 = dx * dx + dy * dy
    if length2 > 0:
        along = x * (dx / length2) + y * (dy / length2)
        np.clip(along, 0, 1, out=along)
        distance = cv2.magnitude(x - along * dx, y - along * dy)
        radius = r0 + along * np.float32(r1 - r0) if r0 != r1 else np.float32(r0)
    else:
        distance = np.sqrt(x * x + y * y)
        radius = np.float32(max(r0, r1))
    return rect, _falloff(distance, radius, brush.hardness)


def _falloff(distance: np.ndarray, radius: np.ndarray | np.float32, hardness: float) -> np.ndarray:
    """255 inside radius·hardness, smoothly down to 0 at the radius, never sharper than one pixel."""
    width = np.maximum(radius * np.float32(1 - hardness), np.float32(1))
    edge = radius + np.float32(0.5) * (width <= 1)
    ramp = np.subtract(edge, distance, out=distance)
    ramp *= np.float32(255) / width
    np.clip(ramp, 0, 255, out=ramp)
    ramp += np.float32(0.5)
    coverage = ramp.astype(np.uint8)
    return coverage if hardness == 1 else cv2.LUT(coverage, _SMOOTH)


def stroke_over(under: np.ndarray, coverage: np.ndarray, erase: bool) -> np.ndarray:
    """Lay a coverage over a mask: painting never lowers it, erasing never raises it."""
    return np.minimum(under, 255 - coverage) if erase else np.maximum(under, coverage)
