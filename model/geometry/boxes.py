"""Rectangles of pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels; bottom and right are exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def shape(self) -> tuple[int, int]:
        return self.bottom - self.top, self.right - self.left

    def moved(self, down: int, right: int) -> Box:
        return Box(self.top + down, self.left + right, self.bottom + down, self.right + right)

    def shrunk(self, by: int) -> Box:
        """In a picture so many times smaller, all cells that it touches."""
        return Box(self.top // by, self.left // by, -(-self.bottom // by), -(-self.right // by))

    def cut(self, side: int) -> Iterator[Box]:
        """Pieces of at most `side` by `side` pixels that together are the box."""
        for top in range(self.top, self.bottom, side):
            for left in range(self.left, self.right, side):
                yield Box(top, left, min(top + side, self.bottom), min(left + side, self.right))

    def is_within(self, distance: int, other: Box) -> bool:
        """Whether fewer than so many pixels lie between the two along each axis."""
        rows = max(self.top, other.top) - min(self.bottom, other.bottom)
        columns = max(self.left, other.left) - min(self.right, other.right)
        return max(rows, columns) < distance

    def common(self, other: Box) -> Box:
        """What both have; they must meet."""
        return Box(
            max(self.top, other.top),
            max(self.left, other.left),
            min(self.bottom, other.bottom),
            min(self.right, other.right),
        )

    def grown(self, margin: int, shape: tuple[int, int]) -> Box:
        """Larger by `margin` pixels on each side, clipped to a picture of `shape` (H, W)."""
        return Box(
            max(0, self.top - margin),
            max(0, self.left - margin),
            min(shape[0], self.bottom + margin),
            min(shape[1], self.right + margin),
        )


def union(boxes: list[Box]) -> Box:
    """The smallest box around all of them."""
    return Box(
        min(b.top for b in boxes), min(b.left for b in boxes), max(b.bottom for b in boxes), max(b.right for b in boxes)
    )


def spread(box: Box, by: int = 1) -> Box:
    return Box(box.top - by, box.left - by, box.bottom + by, box.right + by)


def clipped(box: Box, height: int, width: int) -> Box:
    return Box(max(box.top, 0), max(box.left, 0), min(box.bottom, height), min(box.right, width))


def even(box: Box) -> Box:
    """Grown by less than two so that all four are even."""
    return Box(box.top // 2 * 2, box.left // 2 * 2, -(-box.bottom // 2) * 2, -(-box.right // 2) * 2)


def halved(box: Box) -> Box:
    """The same place one level deeper, of an even box."""
    return Box(box.top // 2, box.left // 2, box.bottom // 2, box.right // 2)


def doubled(box: Box) -> Box:
    """The same place one level higher."""
    return Box(2 * box.top, 2 * box.left, 2 * box.bottom, 2 * box.right)


def touched(box: Box, reach: int) -> Box:
    """Where windows of stride 2 that reach so far around their middle touch the box."""
    return Box(
        -(-(box.top - reach) // 2),
        -(-(box.left - reach) // 2),
        (box.bottom - 1 + reach) // 2 + 1,
        (box.right - 1 + reach) // 2 + 1,
    )
