"""Undo atoms of the masks: only the tiles that changed, trimmed and compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from desktop_ui.document.extent import mask_extent
from model.geometry.boxes import EMPTY, Box, union

TILE = 128


class Patch(NamedTuple):
    """The other state of one rectangle: what `swap` would put there."""

    rect: Box
    packed: bytes  # zlib of the pixels, or one byte where all pixels are alike

    @classmethod
    def of(cls, rect: Box, pixels: np.ndarray) -> Patch:
        first = pixels.flat[0]
        if (pixels == first).all():
            return cls(rect, bytes([int(first)]))
        return cls(rect, zlib.compress(np.ascontiguousarray(pixels).data, 1))

    def pixels(self) -> np.ndarray:
        """→ height × width uint8."""
        shape = (self.rect.height, self.rect.width)
        if len(self.packed) == 1:
            return np.full(shape, self.packed[0], np.uint8)
        return np.frombuffer(zlib.decompress(self.packed), np.uint8).reshape(shape)


def swap(array: np.ndarray, patches: tuple[Patch, ...]) -> tuple[Patch, ...]:
    """Put the patches into `array`; → the patches that take it back."""
    inverse = []
    for patch in patches:
        view = array[patch.rect.slices]
        inverse.append(Patch.of(patch.rect, view))
        view[...] = patch.pixels()
    return tuple(inverse)


def all_of(array: np.ndarray) -> tuple[Patch, ...]:
    """What makes an array of zeros into this uint8 one."""
    box = mask_extent(array)
    return () if box.empty else (Patch.of(box, array[box.slices]),)


def extent(patches: tuple[Patch, ...]) -> Box:
    return union(patch.rect for patch in patches)


class Recorder:
    """Remembers the tiles of an array before they are written, from `touch` to `finish` or `roll_back`."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array
        self._bounds = Box.of(array.shape)
        self._before: dict[Box, np.ndarray] = {}

    def touch(self, rect: Box) -> None:
        """Call before every write; `rect` may stick out of the array."""
        for tile in self._tiles(rect.clipped(self._bounds)):
            if tile not in self._before:
                self._before[tile] = self._array[tile.slices].copy()

    @property
    def touched(self) -> Box:
        """Around all tiles that were touched."""
        return union(self._before)

    def before(self, rect: Box) -> np.ndarray:
        """A copy of `rect`, which lies inside the array, as it was before anything was written."""
        result = self._array[rect.slices].copy()
        for tile in self._tiles(rect):
            part = tile.clipped(rect)
            if tile in self._before:
                kept = self._before[tile][part.moved(-tile.top, -tile.left).slices]
                result[part.moved(-rect.top, -rect.left).slices] = kept
        return result

    def _tiles(self, rect: Box) -> Iterator[Box]:
        if rect.empty:
            return
        for top in range(rect.top // TILE * TILE, rect.bottom, TILE):
            for left in range(rect.left // TILE * TILE, rect.right, TILE):
                yield Box(top, left, top + TILE, left + TILE).clipped(self._bounds)

    def finish(self) -> tuple[Patch, ...]:
        """Of an H×W uint8 array, what takes it back to where it was; tiles that did not change are left out."""
        patches = []
        for tile, before in self._before.items():
            changed: np.ndarray = before != self._array[tile.slices]
            inner = mask_extent(changed)
            if not inner.empty:
                patches.append(Patch.of(inner.moved(tile.top, tile.left), before[inner.slices]))
        self._before.clear()
        return tuple(patches)

    def roll_back(self) -> Box:
        """Undo every write since the start; → what was written over."""
        written = EMPTY
        for tile, before in self._before.items():
            self._array[tile.slices] = before
            written = written.united(tile)
        self._before.clear()
        return written
