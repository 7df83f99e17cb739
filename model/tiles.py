"""Where square tiles of a bucket's size lie so that together they cover a hole.

May know: numpy. Must not know: torch, pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.contexts import Box, hole_box

OVERLAP = 64  # pixels over which neighbouring tiles blend
AROUND = 48  # pixels of surroundings that a lone tile has around what it fills, at least


@dataclass(frozen=True)
class Tiling:
    """Square tiles of one size that together cover a hole; they may reach over the region's border."""

    side: int
    corners: tuple[tuple[int, int], ...]  # (top, left) of each tile


def tile_hole(hole: np.ndarray, buckets: tuple[int, ...]) -> Tiling:
    """Tiles for the hole of a region: one where a bucket can hold it with its surroundings, else a grid of the largest.

    Args:
        hole: (H, W) bool, at least one pixel True.
    """
    box = hole_box(hole).grown(AROUND, hole.shape)
    side = next((b for b in sorted(buckets) if b >= max(box.shape)), None)
    if side is None:
        side, box = max(buckets), hole_box(hole).grown(OVERLAP, hole.shape)
    rows, columns = (
        _starts(a, b, side, n) for a, b, n in zip((box.top, box.left), (box.bottom, box.right), hole.shape, strict=True)
    )
    corners = [(top, left) for top in rows for left in columns]
    if len(corners) > 1:
        corners = [c for c in corners if hole[_core(c, side, box).slices].any()]
    return Tiling(side, tuple(corners))


def overlap(shape: tuple[int, int], corner: tuple[int, int], side: int) -> tuple[tuple, tuple]:
    """Slices of a region (H, W) and of a tile that lie on each other."""
    box = Box(corner[0], corner[1], min(shape[0], corner[0] + side), min(shape[1], corner[1] + side))
    height, width = box.shape
    return box.slices, (slice(0, height), slice(0, width))


def blend_weight(side: int) -> np.ndarray:
    """What each pixel counts against those of overlapping tiles, (S, S) float32 above 0: less towards the border."""
    ramp = np.minimum(np.arange(1, side + 1), OVERLAP).astype(np.float32) / OVERLAP
    edge = np.minimum(ramp, ramp[::-1])
    return np.outer(edge, edge)


def _starts(begin: int, end: int, side: int, length: int) -> list[int]:
    """Where tiles start along one axis so that they cover begin…end with an overlap."""
    span = end - begin
    if span <= side:
        middle = (begin + end - side) // 2
        return [max(0, min(middle, length - side))]
    count = -(-(span - 2 * OVERLAP) // (side - 2 * OVERLAP))
    return [begin + round(i * (span - side) / (count - 1)) for i in range(count)]


def _core(corner: tuple[int, int], side: int, box: Box) -> Box:
    """The part of a tile that no neighbour sees better: all of it towards the border of the tiled box."""
    top, left = corner
    bottom, right = top + side, left + side
    return Box(
        box.top if top <= box.top else top + OVERLAP // 2,
        box.left if left <= box.left else left + OVERLAP // 2,
        box.bottom if bottom >= box.bottom else bottom - OVERLAP // 2,
        box.right if right >= box.right else right - OVERLAP // 2,
    )
