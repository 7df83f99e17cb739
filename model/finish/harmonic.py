"""A membrane over a hole: the smoothest surface through given values (Laplace's equation), solved coarse to fine."""

from __future__ import annotations

import cv2
import numpy as np

from model.geometry.resampling import shrink

SWEEPS = 2  # of relaxation at each scale
CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)


class HarmonicFill:
    """Made for the shape of one hole; then many surfaces can be put over it.

    Args:
        known: (H, W) bool, where values will be given; must lie inside.
        inside: (H, W) bool, where the surface is wanted.
        halvings: None, or after how many halvings the surface is given to `through` and not solved any smaller.
    """

    def __init__(self, known: np.ndarray, inside: np.ndarray, halvings: int | None = None) -> None:
        free = inside & ~known
        self._is_known = not free.any()
        if self._is_known:
            return
        small_weight = shrink(_even(known.astype(np.float32)))
        small_inside = shrink(_even(inside.astype(np.float32))) > 0
        self._to_small = 1 / np.maximum(small_weight, 1e-6)
        left = None if halvings is None else halvings - 1
        goes_on = min(known.shape) > 2 and left != 0
        self._coarser = HarmonicFill(small_weight > 0, small_inside, left) if goes_on else None
        height, width = known.shape
        self._from_small = free / np.maximum(_double(small_inside.astype(np.float32))[:height, :width], 1e-6)
        self._to_mean = free / np.maximum(sum_of_neighbours(inside.astype(np.float32)), 1)

    def through(self, values: np.ndarray, small_surface: np.ndarray | None = None) -> np.ndarray:
        """The surface through values (H, W) float32 that are 0 but where `known`; like them, and 0 outside.

        Args:
            small_surface: float32, what `halvings` asks for, of the size that those leave (rounded up).
        """
        if self._is_known:
            return values
        if self._coarser is None and small_surface is not None:
            small = small_surface
        else:
            small = shrink(_even(values)) * self._to_small
        if self._coarser:
            small = self._coarser.through(small, small_surface)
        height, width = values.shape
        surface = _double(small)[:height, :width] * self._from_small
        surface += values
        for _ in range(SWEEPS):
            surface = sum_of_neighbours(surface)
            surface *= self._to_mean
            surface += values
        return surface


def sum_of_neighbours(values: np.ndarray) -> np.ndarray:
    """Of the four beside each pixel of an (H, W) or (H, W, C) float32 array."""
    return cv2.filter2D(values, -1, CROSS, borderType=cv2.BORDER_CONSTANT)


def _even(values: np.ndarray) -> np.ndarray:
    height, width = values.shape
    if height % 2 or width % 2:
        return cv2.copyMakeBorder(values, 0, height % 2, 0, width % 2, cv2.BORDER_CONSTANT)
    return values


def _double(values: np.ndarray) -> np.ndarray:
    return cv2.resize(values, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
