"""Cutting a region into tiles of a bucket's size and putting the filled tiles together again.

May know: numpy, OpenCV. Must not know: torch, where the pixels come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.contexts import Box, hole_box

OVERLAP = 64  # pixels of surroundings a tile has around what it fills, and over which tiles blend


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
    box = hole_box(hole).grown(OVERLAP, hole.shape)
    height, width = box.shape
    side = next((b for b in sorted(buckets) if b >= max(height, width)), max(buckets))
    rows, columns = (
        _starts(a, b, side, n) for a, b, n in zip((box.top, box.left), (box.bottom, box.right), hole.shape, strict=True)
    )
    corners = [(top, left) for top in rows for left in columns]
    if len(corners) > 1:
        corners = [c for c in corners if hole[_core(c, side, box).slices].any()]
    return Tiling(side, tuple(corners))


def cut(array: np.ndarray, corner: tuple[int, int], side: int, outside: float | bool) -> np.ndarray:
    """One tile of an array (H, W, …), maybe a view; what lies outside the region gets the value `outside`."""
    source, target = _overlap(array.shape[:2], corner, side)
    if array[source].shape[:2] == (side, side):
        return array[source]
    tile = np.full((side, side, *array.shape[2:]), outside, array.dtype)
    tile[target] = array[source]
    return tile


def join(tiles: np.ndarray, tiling: Tiling, shape: tuple[int, int]) -> np.ndarray:
    """Filled (B, S, S, 3) tiles as one (H, W, 3) float32; anything where no tile lies."""
    if len(tiling.corners) == 1:
        source, target = _overlap(shape, tiling.corners[0], tiling.side)
        whole = np.zeros((*shape, 3), np.float32)
        whole[source] = tiles[0][target]
        return whole
    mosaic = Mosaic(shape)
    for tile, corner in zip(tiles, tiling.corners, strict=True):
        mosaic.add(tile, corner)
    return mosaic.mean()


class Mosaic:
    """Weighted mean of overlapping tiles over a region: a tile counts less towards its own border."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._sum = np.zeros((*shape, 3), np.float32)
        self._weight = np.zeros((*shape, 1), np.float32)

    def add(self, tile: np.ndarray, corner: tuple[int, int]) -> None:
        """Lay a filled (S, S, 3) tile down with its top left at `corner`."""
        side = len(tile)
        source, target = _overlap(self._sum.shape[:2], corner, side)
        ramp = np.minimum(np.arange(1, side + 1), OVERLAP).astype(np.float32) / OVERLAP
        edge = np.minimum(ramp, ramp[::-1])
        weight = (edge[:, None] * edge[None, :])[..., None][target]
        self._sum[source] += tile[target] * weight
        self._weight[source] += weight

    def mean(self) -> np.ndarray:
        """(H, W, 3) float32; 0 where no tile lay."""
        return self._sum / np.maximum(self._weight, 1e-6)


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


def _overlap(shape: tuple[int, int], corner: tuple[int, int], side: int) -> tuple[tuple, tuple]:
    """Slices of the region and of the tile that lie on each other."""
    box = Box(corner[0], corner[1], min(shape[0], corner[0] + side), min(shape[1], corner[1] + side))
    height, width = box.shape
    return box.slices, (slice(0, height), slice(0, width))
