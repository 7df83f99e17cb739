"""Closes the seam of a drawing: what patches would change of the kept pixels beside the hole, the drawing is spared."""

from __future__ import annotations

import cv2
import numpy as np

from model.geometry.contexts import hole_box, put

BESIDE = 3  # pixels around the hole where patches on it lie on kept ones
SIGMA = 2.0  # pixels along the border, over which the difference is averaged
FALL = 4.0  # pixels into the hole, in which the change falls to a third
FAR = 16  # pixels around the hole, farther than what is averaged
LEAST_SEEN = 0.02  # of the surroundings; what sees less of the border is changed less


def beside(hole: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which known pixels, (H, W) bool, lie right beside the hole."""
    size = 2 * BESIDE + 1
    return (cv2.dilate(hole.view(np.uint8), np.ones((size, size), np.uint8)) > 0) & ~hole & known


def close_seam(drawn: np.ndarray, kept: np.ndarray, ring: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """The drawing, changed near its border by what it lacks there; around it what is kept.

    Args:
        drawn: (H, W, 3) float32, in the ring as well.
        kept: (H, W, 3) float32, the picture.
        ring: (H, W) bool, kept pixels beside the hole.
        depth: (H, W) float32, pixels into the hole, 0 and less outside.
    """
    box = hole_box(depth > 0).grown(FAR, depth.shape).slices
    ring, deep, result = ring[box], depth[box], kept.copy()
    lacking = np.where(ring[..., None], kept[box] - drawn[box], np.float32(0))
    seen = cv2.GaussianBlur(ring.astype(np.float32), (0, 0), SIGMA)
    change = cv2.GaussianBlur(lacking, (0, 0), SIGMA) / np.maximum(seen, 1e-3)[..., None]
    share = np.exp(-np.maximum(deep, 0) / FALL) * np.minimum(1, seen / LEAST_SEEN)
    changed = drawn[box] + change * share[..., None].astype(np.float32)
    put(result[box], changed, deep > 0)
    return result
