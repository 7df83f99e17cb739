"""From which sides of a hole its texture may be taken, as a mask of what is forbidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import cv2
import numpy as np

from model.geometry.boxes import Box, union
from model.geometry.contexts import context_boxes, prepare_hole
from model.options import FillOptions

Direction = Literal["sides", "above-and-below", "above", "below", "left", "right"]
DIRECTIONS: tuple[Direction, ...] = ("sides", "above-and-below")  # bands
ONE_SIDED: tuple[Direction, ...] = ("above", "below", "left", "right")
LEAST_BAND = 16  # pixels, so that whole patches lie in that of a thin hole


def forbid_beyond(hole: np.ndarray, direction: Direction, options: FillOptions) -> np.ndarray:
    """What is forbidden where each hole takes from some sides only.

    By "sides" and "above-and-below" it is from the band that the hole lies in; by the others from all that lies on that
    side of it and nearer to it than to another hole.

    Args:
        hole: (H, W) as `prepare_hole` takes it.
        options: by which it will be grown and feathered.

    Returns:
        (H, W) bool; nothing is forbidden where there is no hole.
    """
    boxes = context_boxes(prepare_hole(hole, options), FillOptions(context=0))
    if boxes and direction in ONE_SIDED:
        return ~_on_one_side(boxes, hole.shape, direction)
    forbidden = np.ones(hole.shape, bool)
    for box in boxes:
        across = box.shape[0 if direction == "sides" else 1]
        band = box.grown(max(0, LEAST_BAND - across + 1) // 2, hole.shape)
        if direction == "sides":
            forbidden[band.top : band.bottom] = False
        else:
            forbidden[:, band.left : band.right] = False
    return forbidden if boxes else ~forbidden


def _on_one_side(boxes: Sequence[Box], shape: tuple[int, ...], direction: Direction) -> np.ndarray:
    """What lies on that side of the nearest of the boxes, (H, W) bool."""
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    side: Callable[[Box], np.ndarray] = {
        "above": lambda box: rows < box.top,
        "below": lambda box: rows >= box.bottom,
        "left": lambda box: columns < box.left,
        "right": lambda box: columns >= box.right,
    }[direction]
    if len(boxes) == 1:
        return np.broadcast_to(side(boxes[0]), shape).copy()
    beside = np.ones(shape[:2], np.uint8)
    for box in boxes:
        beside[box.slices] = 0
    _, nearest = cv2.distanceTransformWithLabels(beside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_CCOMP)
    allowed = np.zeros(shape[:2], bool)
    for label in {int(nearest[box.top, box.left]) for box in boxes}:
        around = union(box for box in boxes if nearest[box.top, box.left] == label)
        allowed |= (nearest == label) & side(around)
    return allowed
