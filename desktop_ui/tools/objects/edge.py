"""A coarse mask's edge, found again at the picture's full size."""

from __future__ import annotations

import cv2
import numpy as np

from desktop_ui.document.colour import plain_srgb
from desktop_ui.document.extent import mask_extent
from desktop_ui.tools.objects.marks import Found
from model.geometry.boxes import Box

_TILE = 96  # pixels, at least: the edge is looked at piece by piece
_AT_ONCE = 6.0  # times that a mask is enlarged in one step, at most
_CALM = 1e-2  # of the squared distance between inside and outside: steps below it are no edge
_STEEP = 2.4  # how much harder the edge gets than the filter leaves it


def at_full_size(image: np.ndarray, box: Box, coarse: np.ndarray) -> Found:
    """A thing's mask in the picture's own pixels.

    Along the edge, within the coarse mask's uncertainty, a guided filter moves it to where the colours go over from
    those inside to those outside.

    Args:
        image: H×W×C of uint8, uint16 or float32 0..1.
        box: the part of the picture that `coarse` shows.
        coarse: h×w bool, not larger than the box.
    """
    enlarged = box.width / coarse.shape[1]
    if enlarged > _AT_ONCE:  # a step between costs less than a wide band
        between = max(coarse.shape[1], round(box.width / enlarged**0.5))
        size = (between, max(1, round(box.height * between / box.width)))
        rgb = plain_srgb(cv2.resize(image[box.slices], size, interpolation=cv2.INTER_AREA).reshape(*size[::-1], -1))
        coarse = _enlarged(rgb, coarse) > 127
    coverage = _enlarged(image[box.slices], coarse)
    inside = mask_extent(coverage)
    if inside.empty:
        return Found()
    return Found(inside.moved(box.top, box.left), np.ascontiguousarray(coverage[inside.slices]))


def _enlarged(image: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    """→ the mask of the image's size (H×W uint8), its edge where the image's colours change."""
    bounds, enlarged = Box.of(image.shape[:2]), image.shape[1] / coarse.shape[1]
    flags = cv2.INTER_LINEAR if enlarged > 1 else cv2.INTER_NEAREST
    soft = cv2.resize(coarse.astype(np.uint8) * 255, (bounds.width, bounds.height), interpolation=flags)
    hard = cv2.threshold(soft, 127, 255, cv2.THRESH_BINARY)[1]
    coverage = hard.copy()
    reach = int(np.ceil(1.5 * max(1.0, enlarged)))
    for tile in _edge_tiles(coarse, bounds, max(_TILE, 4 * reach)):
        wide = tile.grown(2 * reach).clipped(bounds)
        inside = (hard[wide.slices] > 0).astype(np.float32)
        inner = tile.moved(-wide.top, -wide.left).slices
        coverage[tile.slices] = _refined(plain_srgb(image[wide.slices]), inside, reach)[inner]
    return coverage


def _edge_tiles(coarse: np.ndarray, bounds: Box, side: int) -> list[Box]:
    """The tiles of the full size that the edge runs through."""
    inside = coarse.astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    rows, columns = (cv2.dilate(inside, kernel) != cv2.erode(inside, kernel)).nonzero()
    down, across = bounds.height / coarse.shape[0], bounds.width / coarse.shape[1]
    hits = np.stack([(rows + 0.5) * down // side, (columns + 0.5) * across // side], axis=1).astype(int)
    return [
        Box(row * side, column * side, (row + 1) * side, (column + 1) * side).clipped(bounds)
        for row, column in np.unique(hits, axis=0).tolist()
    ]


def _refined(rgb: np.ndarray, inside: np.ndarray, reach: int) -> np.ndarray:
    """→ h×w uint8."""
    guide = _told_apart(rgb.astype(np.float32), inside, reach)
    side = (2 * reach + 1, 2 * reach + 1)
    mean, mean_inside = cv2.blur(guide, side), cv2.blur(inside, side)
    variance = cv2.blur(guide * guide, side) - mean * mean
    slope = (cv2.blur(guide * inside, side) - mean * mean_inside) / (variance + _CALM)
    level = mean_inside - slope * mean
    filtered = cv2.blur(slope, side) * guide + cv2.blur(level, side)
    return np.rint(np.clip((filtered - 0.5) * _STEEP + 0.5, 0, 1) * 255).astype(np.uint8)


def _told_apart(rgb: np.ndarray, inside: np.ndarray, reach: int) -> np.ndarray:
    """One value for each pixel, about 1 inside and 0 outside: along what tells the two best apart by colour."""
    kernel = np.ones((reach + 1, reach + 1), np.uint8)
    sure, none = cv2.erode(inside, kernel) > 0, cv2.dilate(inside, kernel) == 0
    if sure.sum() < 12 or none.sum() < 12:
        sure, none = inside > 0, inside == 0
    if not sure.any() or not none.any():
        return inside
    ours, theirs = rgb[sure], rgb[none]
    spread = (np.cov(ours.T) * len(ours) + np.cov(theirs.T) * len(theirs)) / (len(ours) + len(theirs))
    apart = ours.mean(axis=0) - theirs.mean(axis=0)
    axis = np.linalg.solve(spread + np.eye(3) * 16, apart)
    length = float(apart @ axis)
    if length < 0.5:  # they look alike: the coarse edge is as good as any
        return inside
    return ((rgb - theirs.mean(axis=0)) @ axis / length).astype(np.float32)
