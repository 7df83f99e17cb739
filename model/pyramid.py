"""Filling one region coarse to fine, so that structure comes from far and detail from near.

The network fills well what lies within `REACH` pixels of something known. So the region is halved until
no hole pixel lies deeper, filled there, and enlarged again step by step; at each finer scale the network
fills once more only the ring within `REACH` of the kept pixels, with the coarse fill behind it as support.
A thin hole, however long, never leaves its native scale.

May know: numpy, OpenCV, model.tiles. Must not know: torch, dtypes of pictures.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from model.contexts import hole_box
from model.tiles import Tiling, cut, join, tile_hole

REACH = 16  # pixels


@dataclass(frozen=True)
class Tiles:
    """Work for the engine: (B, S, S, 3) float32 in 0..1 and (B, S, S) bool."""

    images: np.ndarray
    holes: np.ndarray


@dataclass(frozen=True)
class Level:
    """One scale of a region. `hole` is what is missing, `ask` the part that the network fills at this scale."""

    pixels: np.ndarray  # (H, W, 3) float32
    hole: np.ndarray  # (H, W) bool
    ask: np.ndarray  # (H, W) bool
    tiling: Tiling


class Region:
    """A region of picture with a hole, planned from its hole alone.

    Args:
        pixels: (H, W, 3) float32 in 0..1; what stands in the hole has no effect.
        hole: (H, W) bool, True = to be filled; something must be True and something False.
        buckets: sides the engine can run.
    """

    def __init__(self, pixels: np.ndarray, hole: np.ndarray, buckets: tuple[int, ...]) -> None:
        self._levels = _levels(pixels, hole, buckets)

    @property
    def tile_count(self) -> int:
        """Tiles that the engine will run for this region, over all scales."""
        return sum(len(level.tiling.corners) for level in self._levels)

    def fill(self) -> Generator[Tiles, Any, np.ndarray]:
        """Yields the tiles of each scale, is sent them filled, returns the region (H, W, 3) float32 without holes."""
        filled = np.empty((0, 0, 3), np.float32)
        for level in reversed(self._levels):
            image = level.pixels
            if filled.size:
                image = image.copy()
                _paste(image, _enlarge(filled, level.hole.shape), level.hole)
            tiling = level.tiling
            results = yield Tiles(
                _stack([cut(image, corner, tiling.side, 0.0) for corner in tiling.corners]),
                _stack([cut(level.ask, corner, tiling.side, True) for corner in tiling.corners]),
            )
            filled = image.copy()
            _paste(filled, join(results, tiling, level.hole.shape), level.ask)
        return filled


def _levels(pixels: np.ndarray, hole: np.ndarray, buckets: tuple[int, ...]) -> list[Level]:
    """From the native scale to the coarsest."""
    levels = []
    while True:
        depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
        ask = hole & (depth <= REACH)
        coarsest = bool(depth.max() <= REACH) or max(hole.shape) <= min(buckets) // 2
        if coarsest:
            ask = hole
        levels.append(Level(pixels, hole, ask, tile_hole(ask, buckets)))
        if coarsest:
            return levels
        pixels, hole = _shrink(pixels, hole)


def _shrink(pixels: np.ndarray, hole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half the size by the mean of the kept pixels of each 2×2 cell; a cell without any is hole."""
    bottom, right = hole.shape[0] % 2, hole.shape[1] % 2
    if bottom or right:
        hole = np.pad(hole, ((0, bottom), (0, right)), constant_values=True)
        pixels = np.pad(pixels, ((0, bottom), (0, right), (0, 0)))
    kept = (~hole).astype(np.float32)
    size = (hole.shape[1] // 2, hole.shape[0] // 2)
    total = cv2.resize(pixels * kept[..., None], size, interpolation=cv2.INTER_AREA)  # of a cell, over four
    share = cv2.resize(kept, size, interpolation=cv2.INTER_AREA)
    return total / np.maximum(share, 0.25)[..., None], share == 0


def _enlarge(pixels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    doubled = cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return np.clip(doubled, 0.0, 1.0, out=doubled)[: shape[0], : shape[1]]


def _stack(tiles: list[np.ndarray]) -> np.ndarray:
    return tiles[0][None] if len(tiles) == 1 else np.stack(tiles)


def _paste(target: np.ndarray, source: np.ndarray, where: np.ndarray) -> None:
    """Take the source's (H, W, 3) values where the mask is True."""
    box = hole_box(where).slices
    np.copyto(target[box], source[box], where=where[box][..., None])
