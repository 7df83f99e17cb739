"""Where a thing ends, by GrabCut in a reduced picture."""

from __future__ import annotations

import cv2
import numpy as np

from desktop_ui.document.extent import mask_extent
from desktop_ui.tools.objects.marks import Mark
from desktop_ui.tools.shapes import Points, polygon
from model.geometry.boxes import Box

_BAND = 0.12  # of the thing's size: how far its edge may lie from where the regions say
_LEAST_BAND = 3.0
_CLICK = 2  # pixels around a click that are certain
_ROUNDS, _LOOP_ROUNDS = 2, 3


def cut(rgb: np.ndarray, rough: np.ndarray, marks: tuple[Mark, ...]) -> np.ndarray:
    """The thing that `rough` (H×W bool) says, with its edge where colours change; → H×W bool.

    Parts that no click and no loop is in are left out.
    """
    if not rough.any():
        return rough
    inner = cv2.distanceTransform(np.pad(rough.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    outer = cv2.distanceTransform((~rough).astype(np.uint8), cv2.DIST_L2, 3)
    band = max(_LEAST_BAND, _BAND * float(np.sqrt(rough.sum())))
    labels = np.where(rough, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[inner > band] = cv2.GC_FGD
    labels[outer > band] = cv2.GC_BGD
    for mark in marks:
        if not mark.loop:
            side = cv2.GC_FGD if mark.adds else cv2.GC_BGD
            cv2.circle(labels, (int(mark.x), int(mark.y)), _CLICK, side, -1)
        elif not mark.adds:
            labels[enclosed_by(mark.loop, rough.shape)] = cv2.GC_BGD
    return _meant(_grabbed(rgb, labels, rough, _ROUNDS), marks)


def cut_in_loop(rgb: np.ndarray, enclosed: np.ndarray) -> np.ndarray:
    """What a line was drawn around: within `enclosed` (H×W bool) all that is unlike its surroundings."""
    around = mask_extent(enclosed)
    if around.empty:
        return enclosed
    part = around.grown(max(around.shape) // 3 + 4).clipped(Box.of(enclosed.shape))
    labels = np.where(enclosed[part.slices], cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    found = np.zeros_like(enclosed)
    found[part.slices] = _grabbed(rgb[part.slices], labels, enclosed[part.slices], _LOOP_ROUNDS)
    return found if found.sum() > 0.05 * enclosed.sum() else enclosed


def _grabbed(rgb: np.ndarray, labels: np.ndarray, otherwise: np.ndarray, rounds: int) -> np.ndarray:
    inside = labels & 1
    if not inside.any() or inside.all():
        return otherwise
    smooth = cv2.GaussianBlur(np.ascontiguousarray(rgb), (0, 0), 0.7)
    try:
        cv2.grabCut(smooth, labels, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), rounds, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # too few pixels of one side for its colours
        return otherwise
    return (labels & 1) > 0


def _meant(found: np.ndarray, marks: tuple[Mark, ...]) -> np.ndarray:
    count, parts = cv2.connectedComponents(found.astype(np.uint8), connectivity=4)
    keep = np.zeros(count, bool)
    height, width = found.shape
    for mark in marks:
        if mark.loop and mark.adds:
            keep[np.unique(parts[enclosed_by(mark.loop, found.shape)])] = True
        elif mark.adds and 0 <= int(mark.y) < height and 0 <= int(mark.x) < width:
            keep[parts[int(mark.y), int(mark.x)]] = True
    keep[0] = False
    return keep[parts]


def enclosed_by(loop: Points, shape: tuple[int, ...]) -> np.ndarray:
    """→ bool of this shape: what the line goes around."""
    inside = np.zeros(shape, bool)
    rect, coverage = polygon(loop, Box.of(shape))
    if not rect.empty:
        inside[rect.slices] = coverage > 127
    return inside
