"""Where the holes are and how much picture around them a fill looks at.

Clients ask `fill_area`, to send no more than is needed; the fill's plan asks for the contexts one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from model.errors import FillError
from model.geometry.boxes import Box, union
from model.options import FillOptions

LEAST_CONTEXT = 96  # pixels around the smallest hole
STRIP = 256  # rows that are searched for a hole at a time


@dataclass(frozen=True)
class FillArea:
    """What a fill needs of a picture and what it changes there, both as rectangles of the picture.

    Attributes:
        box: of what must travel and be looked at.
        inside: the bounding box of the grown and feathered hole, within `box`.
        alpha: the hole's blend alpha, (h, w) uint8 of `inside`.
    """

    box: Box
    inside: Box
    alpha: np.ndarray

    def hole(self) -> np.ndarray:
        """The blend alpha of all of `box`, (h, w) uint8: a hole that needs neither growing nor feathering any more."""
        hole = np.zeros(self.box.shape, np.uint8)
        hole[self.inside.moved(-self.box.top, -self.box.left).slices] = self.alpha
        return hole


def fill_area(hole: np.ndarray, options: FillOptions) -> FillArea | None:
    """Which rectangle of a picture a fill of this hole needs; None where there is no hole.

    Args:
        hole: (H, W) as `prepare_hole` takes it, of the whole picture.

    Raises:
        FillError: `bad_hole`, the array is no hole; `no_context`, it covers the whole picture.
    """
    check_hole(hole)
    if not holds_any(hole):
        return None
    near = _farthest_seen(hole_box(hole), options, hole.shape)
    alpha = prepare_hole(hole[near.slices], options)
    inside, boxes = hole_box(alpha), context_boxes(alpha, options)
    if alpha.all() and near == Box.of(hole.shape):
        raise no_context()
    if any(alpha[box.slices].all() for box in boxes):  # no context was wanted, so that only the whole picture has any
        box = Box.of(hole.shape)
    else:
        box = union(boxes).moved(near.top, near.left)
    return FillArea(box, inside.moved(near.top, near.left), alpha[inside.slices])


def no_context() -> FillError:
    """What is raised where a hole leaves nothing to fill from."""
    return FillError("no_context", "The hole covers the whole picture: there is nothing to fill from. Keep a part.")


def check_hole(hole: np.ndarray) -> None:
    """Refuse what is no hole.

    Raises:
        FillError: `bad_hole`, the array is not a hole as `prepare_hole` takes it.
    """
    if hole.ndim != 2 or hole.dtype not in (np.bool_, np.uint8):
        raise FillError(
            "bad_hole", f"The hole mask must be H×W of bool or uint8, got {hole.shape} of {hole.dtype}. Convert it."
        )


def check_forbid(forbid: np.ndarray, shape: tuple[int, int]) -> None:
    """Refuse what does not say of each pixel of a picture of `shape` (H, W) whether texture may be taken from it.

    Raises:
        FillError: `bad_forbid`, the array is not (H, W) of bool or uint8.
    """
    if forbid.shape != shape or forbid.dtype not in (np.bool_, np.uint8):
        raise FillError(
            "bad_forbid",
            f"What is forbidden must be {shape[0]}×{shape[1]} (height, width) of bool or uint8, as the picture is, "
            f"got {forbid.shape} of {forbid.dtype}. Convert it.",
        )


def prepare_hole(hole: np.ndarray, options: FillOptions) -> np.ndarray:
    """The blend alpha of a hole after growing and feathering.

    Args:
        hole: (H, W) bool, or uint8 with 0 = keep, 255 = fill, between = blend.
        options: `grow` dilates; `feather` adds a ramp outside the grown hole, so that what was
            selected goes altogether and the blend happens in its surroundings.

    Returns:
        (H, W) uint8 blend alpha; every pixel above 0 is hole for the network.

    Raises:
        FillError: `bad_hole`, the array is not such a hole.
    """
    check_hole(hole)
    alpha = _as_alpha(hole) if hole.dtype == np.bool_ else np.ascontiguousarray(hole)
    if not (options.grow or options.feather) or not holds_any(alpha):
        return alpha
    reach = options.grow + options.feather + 1
    box = hole_box(alpha).grown(reach, alpha.shape)
    part = alpha[box.slices]
    distance = cv2.distanceTransform((part == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    grown = np.where(distance <= options.grow, np.uint8(255), part) if options.grow else part
    if options.feather:
        ramp = 1.0 - (distance - options.grow) / (options.feather + 1)
        grown = np.maximum(grown, np.where(distance > 0, np.rint(ramp.clip(0, 1) * 255), 0).astype(np.uint8))
    result = alpha.copy()
    result[box.slices] = grown
    return result


def _as_alpha(hole: np.ndarray) -> np.ndarray:
    """0 and 255 for an (H, W) bool hole; memory that is all 0 costs nothing until it is looked at."""
    alpha = np.zeros(hole.shape, np.uint8)
    if holds_any(hole):
        box = hole_box(hole).slices
        np.multiply(hole[box].view(np.uint8), np.uint8(255), out=alpha[box])
    return alpha


def holds_any(mask: np.ndarray) -> bool:
    """Whether any pixel of an (H, W) mask of bool or uint8, or of a box of one, is above 0."""
    return cv2.hasNonZero(mask.view(np.uint8))


def hole_box(alpha: np.ndarray) -> Box:
    """The bounding box of the pixels above 0; at least one must be there."""
    mask = alpha.view(np.uint8)
    strips = [top for top in range(0, len(mask), STRIP) if holds_any(mask[top : top + STRIP])]
    left, top, width, height = cv2.boundingRect(mask[strips[0] : strips[-1] + STRIP])
    top += strips[0]
    return Box(top, left, top + height, left + width)


def context_boxes(alpha: np.ndarray, options: FillOptions) -> list[Box]:
    """The contexts of a picture's holes; holes whose contexts touch share one.

    Args:
        alpha: (H, W) uint8 as `prepare_hole` returns it.
        options: `context` in pixels, or None: three times the hole's greatest depth, 96 at least.
    """
    if not holds_any(alpha):
        return []
    outer = hole_box(alpha).grown(1, alpha.shape)
    hole = alpha[outer.slices]
    depth = depth_of(hole) if options.context is None else None
    boxes = []
    for part in _outlines(hole):
        margin = (options.context or 0) if depth is None else max(LEAST_CONTEXT, int(3 * depth[part.slices].max()))
        boxes.append(part.moved(outer.top, outer.left).grown(margin, alpha.shape))
    return _merge(boxes)


def _farthest_seen(marked: Box, options: FillOptions, shape: tuple[int, int]) -> Box:
    """The most of a picture of `shape` (H, W) that is looked at to fill what is marked within a box of any form.

    What `prepare_hole` and `context_boxes` say of this part they say of the whole picture.
    """
    wider = options.grow + options.feather + 2
    reach = max(LEAST_CONTEXT, 3 * (max(marked.shape) + 2 * wider))
    return marked.grown(wider + (reach if options.context is None else options.context), shape)


def _outlines(mask: np.ndarray) -> list[Box]:
    """The bounding boxes of what hangs together in an (H, W) uint8 mask; not of what lies within a ring."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    rectangles = (cv2.boundingRect(contour) for contour in contours)
    return [Box(top, left, top + height, left + width) for left, top, width, height in rectangles]


def depth_of(hole: np.ndarray) -> np.ndarray:
    """The distance of each hole pixel to the nearest kept one, (H, W) float32; without any, the longest side."""
    if hole.all():
        return np.full(hole.shape, max(hole.shape), np.float32)
    return cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, 5)


def put(picture: np.ndarray, values: np.ndarray, where: np.ndarray) -> None:
    """Replace (h, w, C) pixels of a picture, or of a box of it, where an (h, w) mask of bool or uint8 is not 0."""
    cv2.copyTo(values, where.view(np.uint8), picture)


def _merge(boxes: list[Box]) -> list[Box]:
    """Unite boxes until no two overlap: paint them all, take the bounding boxes of what hangs together, repeat."""
    outer = union(boxes)
    while len(boxes) > 1:
        painted = np.zeros(outer.shape, np.uint8)
        for box in boxes:
            painted[box.top - outer.top : box.bottom - outer.top, box.left - outer.left : box.right - outer.left] = 1
        merged = [box.moved(outer.top, outer.left) for box in _outlines(painted)]
        if len(merged) == len(boxes):
            break
        boxes = merged
    return sorted(boxes, key=lambda b: (b.top, b.left))
