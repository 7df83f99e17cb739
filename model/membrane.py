"""No step of colour at a hole's border: the fill is bent to meet the kept pixels, and its gradients stay.

What is missing at the border between fill and kept neighbours is spread over the hole by a membrane (Laplace's
equation with these values at the border, solved coarse to fine) and added: gradient-domain blending
(Pérez et al. 2003) with the fill's own gradients as its guidance.

May know: numpy, OpenCV. Must not know: torch, tiles, the engine.
"""

from __future__ import annotations

import cv2
import numpy as np

from model.contexts import hole_box

SWEEPS = 4  # of relaxation at each scale
CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)


def close_seam(filled: np.ndarray, hole: np.ndarray) -> None:
    """Add the membrane to the filled pixels, in place.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes.
        hole: (H, W) bool, which pixels were filled; some must be.
    """
    box = hole_box(hole).grown(1, hole.shape)
    part, missing = filled[box.slices], hole[box.slices]
    kept = (~missing).astype(np.float32)
    neighbours = _sum_of_neighbours(kept)
    border = missing & (neighbours > 0)
    if not border.any():
        return
    around = _sum_of_neighbours(part * kept[..., None])
    step = np.where(border[..., None], around / np.maximum(neighbours, 1)[..., None] - part, 0)
    bent = part + _membrane(step, border, missing)
    np.copyto(part, bent.clip(0.0, 1.0), where=missing[..., None])


def _membrane(values: np.ndarray, known: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Values (H, W, 3) that are given where `known`, and the mean of their neighbours elsewhere `inside`."""
    height, width = known.shape
    if known[inside].all():
        return values
    padding = ((0, height % 2), (0, width % 2))
    weight = np.pad(known, padding).astype(np.float32)
    small_weight = _halve(weight)
    small = _halve(np.pad(values, (*padding, (0, 0)))) / np.maximum(small_weight, 1e-6)[..., None]
    small_inside = _halve(np.pad(inside, padding).astype(np.float32)) > 0
    if min(height, width) > 2:
        small = _membrane(small, small_weight > 0, small_inside)
    guess = cv2.resize(small, (weight.shape[1], weight.shape[0]), interpolation=cv2.INTER_LINEAR)[:height, :width]
    result = np.where(known[..., None], values, guess * inside[..., None])
    free = (inside & ~known)[..., None]
    count = np.maximum(_sum_of_neighbours(inside.astype(np.float32)), 1)[..., None]
    for _ in range(SWEEPS):
        np.copyto(result, _sum_of_neighbours(result) / count, where=free)
    return result


def _sum_of_neighbours(values: np.ndarray) -> np.ndarray:
    return cv2.filter2D(values, -1, CROSS, borderType=cv2.BORDER_CONSTANT)


def _halve(values: np.ndarray) -> np.ndarray:
    return cv2.resize(values, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
