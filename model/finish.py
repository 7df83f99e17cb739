"""From what the network filled to what is shown: it meets the picture, is calm where that is calm, and has its texture.

Holes that lie apart are finished apart, each within its own surroundings, so that memory follows the holes.

May know: numpy, OpenCV, model.contexts, model.blending, model.texture. Must not know: torch, tiles, the engine.
"""

from __future__ import annotations

import cv2
import numpy as np

from model.blending import calm, close_seam
from model.contexts import Box, context_boxes
from model.options import FillOptions
from model.texture import add_detail

TOGETHER = 24  # pixels around each of two holes that must meet for them to be treated as one
LEAST_SURROUNDINGS = 96  # pixels around a hole to take from; else as many as the hole is deep
MOST_SURROUNDINGS = 512


def finish(filled: np.ndarray, hole: np.ndarray, detail: float) -> None:
    """Blend the filled pixels in and lay kept texture over them, in place.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes.
        hole: (H, W) bool, which pixels were filled; some must be.
        detail: 0..1 as in `FillOptions`.
    """
    for near in context_boxes(hole.astype(np.uint8), FillOptions(context=TOGETHER)):
        box = near.grown(_surroundings(hole[near.slices]), hole.shape)
        part, missing = filled[box.slices].copy(), hole[box.slices]
        close_seam(part, missing)
        calm(part, missing)
        if detail:
            add_detail(part, missing, detail)
            close_seam(part, missing)
        inner = Box(near.top - box.top, near.left - box.left, near.bottom - box.top, near.right - box.left)
        filled[near.slices] = part[inner.slices]


def _surroundings(hole: np.ndarray) -> int:
    depth = min(float(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5).max()), max(hole.shape))
    return int(np.clip(depth, LEAST_SURROUNDINGS, MOST_SURROUNDINGS))
