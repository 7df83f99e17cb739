"""Filling one region coarse to fine, so that structure comes from far and detail from near.

The network fills well what lies within `DEEPEST` pixels of something known. So the region is shrunk until no
hole pixel lies deeper, filled there, and enlarged again step by step; at each finer scale the network fills
once more only the ring within `REACH` of the kept pixels, with the coarse fill behind it as support.
A thin hole, however long, never leaves its native scale. Of each scale only the surroundings of its hole
are held, in one array that is filled in place.

May know: numpy, OpenCV, model.tiles, model.scales. Must not know: torch, dtypes of pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from model.contexts import Box, hole_box
from model.scales import enlarge_part, shrink
from model.tiles import blend_weight, cover, overlap

LARGEST_STEP = 4  # times, from scale to scale
DEEPEST = 40  # pixels
REACH = 16  # pixels
LEAST_HELD = 512  # pixels around a hole: as far as its fill may be finished from
BLOCK = 512  # pixels, side of what is shrunk or enlarged at a time; a multiple of LARGEST_STEP

Read = Callable[[tuple[slice, slice]], np.ndarray]  # part of a picture, (h, w, 3) float32 in 0..1, 0 in the hole


class Level:
    """One scale of a region, filled in place.

    Args:
        read: what this scale shows.
        hole: (H, W) bool, what is missing at this scale; some must be.
        buckets: sides the engine can run.
    """

    def __init__(self, read: Read, hole: np.ndarray, buckets: tuple[int, ...]) -> None:
        self.box = hole_box(hole).grown(max(LEAST_HELD, *buckets), hole.shape)
        self.pixels, self.hole = np.ascontiguousarray(read(self.box.slices)), hole[self.box.slices]
        inner = hole_box(self.hole).grown(1, self.hole.shape).slices
        depth = cv2.distanceTransform(self.hole[inner].astype(np.uint8), cv2.DIST_L2, 5)
        self.step = _step(float(depth.max())) if max(hole.shape) > min(buckets) // 2 else 1
        self._ask = self.hole.copy()  # what the network fills at this scale
        if self.step > 1:
            self._ask[inner] &= depth <= REACH
        self.tiles = cover(self._ask, buckets)
        self._weight = np.zeros(self.hole.shape, np.float32) if len(self.tiles) > 1 else None

    def lean_on(self, coarser: Level) -> None:
        """Take the fill of the next coarser scale as support."""
        for block in hole_box(self.hole).cut(BLOCK):
            missing = self.hole[block.slices]
            if missing.any():
                there = block.moved(
                    self.box.top - self.step * coarser.box.top, self.box.left - self.step * coarser.box.left
                )
                support = enlarge_part(coarser.pixels, there, self.step).clip(0.0, 1.0)
                np.copyto(self.pixels[block.slices], support, where=missing[..., None])

    def show(self, tile: Box) -> tuple[np.ndarray, np.ndarray]:
        """For the engine, maybe views: (S, S, 3) float32 in 0..1 and (S, S) bool; beyond the region all is hole."""
        source, target = overlap(self.hole.shape, tile)
        image, hole = self.pixels[source], self._ask[source]
        if hole.shape == tile.shape:
            return image, hole
        padded, padded_hole = np.zeros((*tile.shape, 3), np.float32), np.ones(tile.shape, bool)
        padded[target], padded_hole[target] = image, hole
        return padded, padded_hole

    def lay(self, tile: Box, filled: np.ndarray) -> None:
        """Put a tile's filled (S, S, 3) pixels where they belong; where tiles overlap their weighted mean results."""
        source, target = overlap(self.hole.shape, tile)
        image, asked = self.pixels[source], self._ask[source]
        if not asked.any():
            return
        inner = hole_box(asked).slices
        image, asked, filled = image[inner], asked[inner][..., None], filled[target][inner]
        if self._weight is None:
            np.copyto(image, filled, where=asked)
            return
        weight, laid = blend_weight(tile.shape[0])[target][inner], self._weight[source][inner]
        laid += weight
        np.copyto(image, image + (filled - image) * (weight / laid)[..., None], where=asked)

    def let_go(self) -> None:
        """Forget what only laying needs."""
        self._weight = None


class Region:
    """A region of picture with a hole, planned from its hole alone.

    Args:
        read: the region's pixels; what it gives in the hole must be 0.
        hole: (H, W) bool, True = to be filled; something must be True and something False.
        buckets: sides the engine can run.
    """

    def __init__(self, read: Read, hole: np.ndarray, buckets: tuple[int, ...]) -> None:
        self.native = level = Level(read, hole, buckets)
        self._levels = [level]
        while level.step > 1:
            whole = level.hole.shape == hole.shape
            pixels, hole = _shrunk(level.pixels.__getitem__ if whole else read, hole, level.step)
            read = pixels.__getitem__
            level = Level(read, hole, buckets)
            self._levels.append(level)

    @property
    def tile_count(self) -> int:
        """Tiles that the engine will run for this region, over all scales."""
        return sum(len(level.tiles) for level in self._levels)

    def fill(self) -> Iterator[Level]:
        """Yields the scales from the coarsest to the native one; each must be filled before the next is asked for."""
        coarser = None
        while self._levels:
            level = self._levels.pop()
            if coarser:
                level.lean_on(coarser)
            yield level
            level.let_go()
            coarser = level


def _step(depth: float) -> int:
    """How many times smaller the next scale is, for a hole of this depth in pixels; 1 where none is needed."""
    if depth <= DEEPEST:
        return 1
    return 2 if depth <= 2 * DEEPEST else LARGEST_STEP


def _shrunk(read: Read, hole: np.ndarray, by: int) -> tuple[np.ndarray, np.ndarray]:
    """Each cell of `by`×`by` pixels as the mean of its kept ones; a cell without any is hole."""
    height, width = hole.shape
    small_hole = np.zeros((-(-height // by), -(-width // by)), bool)
    small = np.empty((*small_hole.shape, 3), np.float32)
    for block in Box(0, 0, height, width).cut(BLOCK):
        there = Box(block.top // by, block.left // by, -(-block.bottom // by), -(-block.right // by)).slices
        small[there] = shrink(read(block.slices), by)
        missing = hole[block.slices]
        if missing.any():
            share = shrink((~missing).astype(np.float32), by)
            small[there] /= np.maximum(share, 1 / by**2)[..., None]
            small_hole[there] = share == 0
    return small, small_hole
