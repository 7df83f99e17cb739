"""Filling one region coarse to fine, so that structure comes from far and detail from near.

The network fills well what lies within `DEEPEST` pixels of something known. So the region is shrunk until no
hole pixel lies deeper, filled there, and enlarged again step by step; at each finer scale the network fills
once more only the ring within `REACH` of the kept pixels, with the coarse fill behind it as support.
A thin hole, however long, never leaves its native scale. Of each scale only the surroundings of its hole
are held, in one array that is filled in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from model.fill.tiles import blend_weight, cover, overlap
from model.finish.finish import holes_together, surroundings
from model.geometry.boxes import Box, union
from model.geometry.contexts import depth_of, holds_any, hole_box, put
from model.geometry.once import MOST_PIXELS, Once
from model.geometry.resampling import enlarge_part, shrink

LARGEST_STEP = 4  # times, from scale to scale
DEEPEST = 40  # pixels
REACH = 16  # pixels
BLOCK = 256  # pixels, side of what is read, shrunk or enlarged at a time; a multiple of LARGEST_STEP

Read = Callable[[tuple[slice, slice]], np.ndarray]  # part of a picture, (h, w, 3) float32 in 0..1, 0 in the hole


class Level:
    """One scale of a region, filled in place.

    Args:
        read: what this scale shows.
        hole: (H, W) bool, what is missing at this scale; some must be.
        tile_sides: sides the engine can run.
    """

    def __init__(self, read: Read, hole: np.ndarray, tile_sides: tuple[int, ...]) -> None:
        outer = hole_box(hole).grown(1, hole.shape)
        depth = depth_of(hole[outer.slices])
        deepest = float(depth.max())
        self.step = _step(deepest) if max(hole.shape) > min(tile_sides) // 2 else 1
        ask = hole
        if self.step > 1:
            ask = hole.copy()
            ask[outer.slices] &= depth <= REACH
        tiles = cover(ask, tile_sides)
        self.box = union([*tiles, outer.grown(surroundings(deepest), hole.shape)]).grown(0, hole.shape)
        self.tiles = [tile.moved(-self.box.top, -self.box.left) for tile in tiles]
        self.hole, self._ask = hole[self.box.slices], ask[self.box.slices]
        self._looked_at = self._cells_looked_at(surroundings(deepest))
        self._read = read
        self._prepared = Once()
        self.meanwhile: Callable[[], None] | None = None  # what can be done while this scale is filled
        self.pixels = np.zeros((*self.hole.shape, 3), np.float32)
        self._laid: list[Box] = []

    def prepare(self) -> None:
        """Read what is kept, unless that takes much memory."""
        self._prepared(self._read_kept)

    def open(self, coarser: Level | None) -> Iterator[None]:
        """Read what is kept, take the fill of the next coarser scale as support for what is not, bit by bit."""
        self.prepare()
        for block in _blocks(self.hole):
            if self._looked_at[block.top // BLOCK, block.left // BLOCK]:
                self._open_block(block, coarser)
            if block.right == self.hole.shape[1]:
                yield

    def _open_block(self, block: Box, coarser: Level | None) -> None:
        pixels = self.pixels[block.slices]
        if self.hole.size > MOST_PIXELS:
            pixels[:] = self._read(block.moved(self.box.top, self.box.left).slices)
        missing = self.hole[block.slices]
        if coarser and holds_any(missing):
            inner = hole_box(missing)
            there = inner.moved(block.top + self.box.top, block.left + self.box.left)
            there = there.moved(-self.step * coarser.box.top, -self.step * coarser.box.left)
            support = enlarge_part(coarser.pixels, there, self.step).clip(0.0, 1.0)
            put(pixels[inner.slices], support, missing[inner.slices])

    def show(self, tile: Box) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What the engine sees of a tile: (S, S, 3) float32 in 0..1, its holes and their wanted part, (S, S) bool.

        They may be views. Beyond the region all is hole.
        """
        source, target = overlap(self.hole.shape, tile)
        image, ask = self.pixels[source], self._ask[source]
        if ask.shape == tile.shape:
            return image, ask, ask
        shown = np.zeros((*tile.shape, 3), np.float32)
        hole, wanted = np.ones(tile.shape, bool), np.zeros(tile.shape, bool)
        shown[target], hole[target], wanted[target] = image, ask, ask
        return shown, hole, wanted

    def lay(self, tile: Box, filled: np.ndarray) -> None:
        """Put a tile's filled (S, S, 3) pixels where they belong; where tiles overlap their weighted mean results."""
        seen = tile.grown(0, self.hole.shape)
        if not holds_any(self._ask[seen.slices]):
            return
        box = hole_box(self._ask[seen.slices]).moved(seen.top, seen.left)
        image, filled = self.pixels[box.slices], filled[box.moved(-tile.top, -tile.left).slices]
        if beside := [other for other in self._laid if other.is_within(0, box)]:
            laid = np.sum([blend_weight(other, box) for other in beside], axis=0)
            filled = cv2.blendLinear(image, filled, laid, blend_weight(tile, box))
        put(image, filled, self._ask[box.slices])
        self._laid.append(tile)

    def _read_kept(self) -> None:
        if self.hole.size <= MOST_PIXELS:
            self.pixels[:] = self._read(self.box.slices)

    def _cells_looked_at(self, margin: int) -> np.ndarray:
        """Which blocks a tile shows or lie within so many pixels of a hole; of others, nothing need be read."""
        cells = np.zeros((-(-self.hole.shape[0] // BLOCK), -(-self.hole.shape[1] // BLOCK)), bool)
        if self.hole.size <= MOST_PIXELS:
            cells[:] = True
            return cells
        near = [box.grown(margin, self.hole.shape) for box in holes_together(self.hole)]
        for box in [*self.tiles, *near]:
            cells[box.grown(0, self.hole.shape).shrunk(BLOCK).slices] = True
        return cells


class Region:
    """A region of picture with a hole, planned from its hole alone.

    Args:
        read: the region's pixels; what it gives in the hole must be 0.
        hole: (H, W) bool, True = to be filled; something must be True and something False.
        tile_sides: sides the engine can run.
    """

    def __init__(self, read: Read, hole: np.ndarray, tile_sides: tuple[int, ...]) -> None:
        self.native = level = Level(read, hole, tile_sides)
        self._levels = [level]
        while level.step > 1:
            pixels, hole = _shrunk(read, hole, level.step)
            read = pixels.__getitem__
            finer, level = level, Level(read, hole, tile_sides)
            level.meanwhile = finer.prepare
            self._levels.append(level)

    @property
    def tile_count(self) -> int:
        """Tiles that the engine will run for this region, over all scales."""
        return sum(len(level.tiles) for level in self._levels)

    def fill(self) -> Iterator[Level | None]:
        """Yields the scales from the coarsest to the native one; each must be filled before the next is asked for.

        None is yielded now and then while a scale is made ready.
        """
        coarser = None
        while self._levels:
            level = self._levels.pop()
            yield from level.open(coarser)
            yield level
            coarser = level


def _blocks(plane: np.ndarray) -> Iterator[Box]:
    """Pieces of an (H, W) array, row by row; one where that takes little memory."""
    return Box(0, 0, *plane.shape).pieces(BLOCK if plane.size > MOST_PIXELS else max(plane.shape))


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
    for block in _blocks(hole):
        there = block.shrunk(by).slices
        small[there] = shrink(read(block.slices), by)
        missing = hole[block.slices]
        if holds_any(missing):
            share = shrink((~missing).astype(np.float32), by)
            small[there] /= np.maximum(share, 1 / by**2)[..., None]
            small_hole[there] = share == 0
    return small, small_hole
