"""Shapes to coverage: polygon, rectangle, ellipse, and how a coverage joins a mask."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import cv2
import numpy as np

from model.geometry.boxes import EMPTY, Box

Points = Sequence[tuple[float, float]]  # (x, y) in picture coordinates
_SUBPIXEL_BITS = 4


class Join(Enum):
    """How a new shape meets the mask that is there."""

    REPLACE = "replace"
    ADD = "add"
    SUBTRACT = "subtract"


def rectangle_points(x0: float, y0: float, x1: float, y1: float) -> Points:
    """Corners snapped to whole pixels, in any order of the two given ones."""
    left, right = sorted((x0, x1))
    top, bottom = sorted((y0, y1))
    left, top, right, bottom = np.floor(left), np.floor(top), np.ceil(right), np.ceil(bottom)
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def ellipse_points(x0: float, y0: float, x1: float, y1: float) -> Points:
    """The ellipse inside the two corners, as a polygon fine enough for its size."""
    rx, ry = abs(x1 - x0) / 2, abs(y1 - y0) / 2
    steps = int(np.clip(4 * np.sqrt(max(rx, ry)), 24, 720))
    angles = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    return tuple((cx + rx * np.cos(a), cy + ry * np.sin(a)) for a in angles)


def polygon(points: Points, bounds: Box) -> tuple[Box, np.ndarray]:
    """Fill a polygon with a smooth edge; the pixels that the edge runs through belong to it.

    → (rect inside bounds, coverage uint8 of that size); empty for fewer than three points.
    """
    if len(points) < 3:
        return EMPTY, np.zeros((0, 0), np.uint8)
    corners = np.asarray(points, np.float64)
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    rect = Box(int(low[1]) - 1, int(low[0]) - 1, int(high[1]) + 1, int(high[0]) + 1).clipped(bounds)
    if rect.empty:
        return EMPTY, np.zeros((0, 0), np.uint8)
    coverage = np.zeros((rect.height, rect.width), np.uint8)
    if (corners == np.rint(corners)).all() and len(points) == 4 and _upright(corners):
        inner = Box(int(low[1]), int(low[0]), int(high[1]), int(high[0])).clipped(rect)
        coverage[inner.moved(-rect.top, -rect.left).slices] = 255
        return rect, coverage
    local = (corners - (rect.left + 0.5, rect.top + 0.5)) * (1 << _SUBPIXEL_BITS)
    cv2.fillPoly(coverage, [np.rint(local).astype(np.int32)], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    return rect, coverage


def _upright(corners: np.ndarray) -> bool:
    return len(np.unique(corners[:, 0])) <= 2 and len(np.unique(corners[:, 1])) <= 2


def joined(mask: np.ndarray, rect: Box, coverage: np.ndarray, how: Join) -> np.ndarray:
    """→ a new mask (H×W uint8): the coverage at `rect` joined with `mask`."""
    result = np.zeros_like(mask) if how is Join.REPLACE else mask.copy()
    target = result[rect.slices]
    if how is Join.SUBTRACT:
        np.minimum(target, 255 - coverage, out=target)
    else:
        np.maximum(target, coverage, out=target)
    return result
