"""From which side of a hole its texture may be taken, as a mask of what is forbidden."""

from __future__ import annotations

from typing import Literal

import numpy as np

from model.geometry.contexts import context_boxes, prepare_hole
from model.options import FillOptions

Direction = Literal["sides", "above-and-below"]
DIRECTIONS: tuple[Direction, ...] = ("sides", "above-and-below")
LEAST_BAND = 16  # pixels, so that whole patches lie in that of a thin hole


def forbid_beyond(hole: np.ndarray, direction: Direction, options: FillOptions) -> np.ndarray:
    """What is forbidden where each hole takes from the band that it lies in, to both sides or upwards and downwards.

    Args:
        hole: (H, W) as `prepare_hole` takes it.
        options: by which it will be grown and feathered.

    Returns:
        (H, W) bool; nothing is forbidden where there is no hole.
    """
    forbidden = np.ones(hole.shape, bool)
    boxes = context_boxes(prepare_hole(hole, options), FillOptions(context=0))
    for box in boxes:
        across = box.shape[0 if direction == "sides" else 1]
        band = box.grown(max(0, LEAST_BAND - across + 1) // 2, hole.shape)
        if direction == "sides":
            forbidden[band.top : band.bottom] = False
        else:
            forbidden[:, band.left : band.right] = False
    return forbidden if boxes else ~forbidden
