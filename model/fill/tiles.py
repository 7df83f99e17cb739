"""Where square tiles of the engine's sides lie so that together they cover a hole."""

from __future__ import annotations

import numpy as np

from model.geometry.boxes import Box, union
from model.geometry.contexts import context_boxes, holds_any, hole_box
from model.options import FillOptions

OVERLAP = 64  # pixels over which neighbouring tiles blend
MOST_PARTS = 64  # of a hole that are looked at one by one
AROUND = 48  # pixels of surroundings that a lone tile has around what it fills, at least


def cover(hole: np.ndarray, tile_sides: tuple[int, ...]) -> list[Box]:
    """Tiles for the hole of a region, the cheapest way: by its parts, or a grid.

    Args:
        hole: (H, W) bool, at least one pixel True.
        tile_sides: sides of tiles that can be had, in pixels.

    Returns:
        Squares, which may reach over the region's border.
    """
    outer = hole_box(hole)
    ways = [_grid(hole, outer, side) for side in tile_sides]
    parts = context_boxes(hole.view(np.uint8), FillOptions(context=0))
    if len(parts) <= MOST_PARTS:
        ways.append(_by_parts(hole, parts, tile_sides))
    return min(ways, key=_cost)


def overlap(shape: tuple[int, int], tile: Box) -> tuple[tuple, tuple]:
    """Slices of a region (H, W) and of a tile that lie on each other."""
    inner = tile.grown(0, shape)
    return inner.slices, inner.moved(-tile.top, -tile.left).slices


def blend_weight(tile: Box, box: Box) -> np.ndarray:
    """How much a tile counts where others overlap it, at the pixels of a box: less towards its border, 0 beyond.

    Returns:
        (h, w) float32, 1 or more where the tile is.
    """
    rows = _ramp(box.top, box.bottom, tile.top, tile.bottom)
    columns = _ramp(box.left, box.right, tile.left, tile.right)
    return np.outer(rows, columns).astype(np.float32)


def _by_parts(hole: np.ndarray, parts: list[Box], tile_sides: tuple[int, ...]) -> list[Box]:
    """Tiles for each part, or for several together where that takes no more."""

    def lone_or_grid(part: Box) -> list[Box]:
        around = part.grown(AROUND, hole.shape)
        side = next((b for b in sorted(tile_sides) if b >= max(around.shape)), None)
        return _squares(around, side, hole.shape) if side else _grid(hole, part, max(tile_sides))

    groups: dict[Box, list[Box]] = {}
    for part in parts:
        alone = lone_or_grid(part)
        joined = [(box, union([box, part])) for box in groups if box.is_within(max(tile_sides), part)]
        ways = [(box, both, lone_or_grid(both)) for box, both in joined]
        saved = [_cost(groups[box]) + _cost(alone) - _cost(tiles) for box, _, tiles in ways]
        if max(saved, default=-1) >= 0:
            box, both, tiles = ways[int(np.argmax(saved))]
            del groups[box]
            groups[both] = tiles
        else:
            groups[part] = alone
    return [tile for tiles in groups.values() for tile in tiles]


def _cost(tiles: list[Box]) -> int:
    """What an engine takes for them, in pixels: a little more than they have, so that few are best."""
    return sum((tile.shape[0] + OVERLAP) ** 2 for tile in tiles)


def _grid(hole: np.ndarray, part: Box, side: int) -> list[Box]:
    """Overlapping tiles of one size that cover the hole within a part of the region."""
    part = part.grown(OVERLAP, hole.shape)
    return [tile for tile in _squares(part, side, hole.shape) if holds_any(hole[_core(tile, part).slices])]


def _squares(part: Box, side: int, shape: tuple[int, int]) -> list[Box]:
    """Of one size, over a part of a region of `shape` (H, W), with an overlap."""
    rows = _starts(part.top, part.bottom, side, shape[0])
    columns = _starts(part.left, part.right, side, shape[1])
    return [Box(top, left, top + side, left + side) for top in rows for left in columns]


def _starts(begin: int, end: int, side: int, length: int) -> list[int]:
    """Where tiles start along one axis so that they cover begin…end with an overlap."""
    span = end - begin
    if span <= side:
        middle = (begin + end - side) // 2
        return [max(0, min(middle, length - side))]
    count = -(-(span - 2 * OVERLAP) // (side - 2 * OVERLAP))
    return [begin + round(i * (span - side) / (count - 1)) for i in range(count)]


def _ramp(begin: int, end: int, tile_begin: int, tile_end: int) -> np.ndarray:
    """Along one axis, from begin to end: how deep in the tile a pixel lies, up to `OVERLAP`; 0 beyond it."""
    at = np.arange(begin, end)
    return np.minimum(at - tile_begin + 1, tile_end - at).clip(0, OVERLAP)


def _core(tile: Box, part: Box) -> Box:
    """What of a tile no neighbour sees better: all of it towards the border of the tiled part."""
    return Box(
        part.top if tile.top <= part.top else tile.top + OVERLAP // 2,
        part.left if tile.left <= part.left else tile.left + OVERLAP // 2,
        part.bottom if tile.bottom >= part.bottom else tile.bottom - OVERLAP // 2,
        part.right if tile.right >= part.right else tile.right - OVERLAP // 2,
    )
