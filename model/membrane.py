"""A membrane over a hole: the smoothest surface through given values (Laplace's equation), solved coarse to fine.

May know: numpy, OpenCV. Must not know: torch, what the surface is for.
"""

from __future__ import annotations

import cv2
import numpy as np

SWEEPS = 2  # of relaxation at each scale
CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)


def membrane(values: np.ndarray, known: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Values (H, W, C) float32 as given where `known`, and the mean of their neighbours elsewhere `inside`.

    Args:
        known, inside: (H, W) bool; what is known must lie inside.
    """
    height, width = known.shape
    if known[inside].all():
        return values
    padding = ((0, height % 2), (0, width % 2))
    weight = np.pad(known, padding).astype(np.float32)
    small_weight = _halve(weight)
    small = _halve(np.pad(values, (*padding, (0, 0)))) / np.maximum(small_weight, 1e-6)[..., None]
    small_inside = _halve(np.pad(inside, padding).astype(np.float32)) > 0
    if min(height, width) > 2:
        small = membrane(small, small_weight > 0, small_inside)
    small_inside = small_inside.astype(np.float32)
    guess = _double(small * small_inside[..., None]) / np.maximum(_double(small_inside), 1e-6)[..., None]
    result = np.where(known[..., None], values, guess[:height, :width] * inside[..., None])
    free = (inside & ~known)[..., None]
    count = np.maximum(_sum_of_neighbours(inside.astype(np.float32)), 1)[..., None]
    for _ in range(SWEEPS):
        np.copyto(result, _sum_of_neighbours(result) / count, where=free)
    return result


def border_means(picture: np.ndarray, hole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each hole pixel beside kept ones their mean, (H, W, C) and 0 elsewhere; and which pixels these are."""
    kept = (~hole).astype(np.float32)
    neighbours = _sum_of_neighbours(kept)
    border = hole & (neighbours > 0)
    total = _sum_of_neighbours(picture * kept[..., None])
    return total / np.maximum(neighbours, 1)[..., None] * border[..., None], border


def _sum_of_neighbours(values: np.ndarray) -> np.ndarray:
    return cv2.filter2D(values, -1, CROSS, borderType=cv2.BORDER_CONSTANT)


def _halve(values: np.ndarray) -> np.ndarray:
    return cv2.resize(values, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _double(values: np.ndarray) -> np.ndarray:
    return cv2.resize(values, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
