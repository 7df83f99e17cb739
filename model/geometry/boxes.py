"""The rectangle of pixels that everything here speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Box(NamedTuple):
    """Rows top … bottom − 1 and columns left … right − 1 of a picture, or of a map; it may stick out of it."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> Box:
        """The box that covers an array of shape (H, W, …)."""
        return cls(0, 0, shape[0], shape[1])

    @property
    def height(self) -> int:
        return max(0, self.bottom - self.top)

    @property
    def width(self) -> int:
        return max(0, self.right - self.left)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.height, self.width

    @property
    def area(self) -> int:
        return self.height * self.width

    @property
    def empty(self) -> bool:
        return self.bottom <= self.top or self.right <= self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """What an array is indexed by to get the box of it."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def moved(self, down: int, right: int) -> Box:
        return Box(self.top + down, self.left + right, self.bottom + down, self.right + right)

    def grown(self, margin: int, shape: tuple[int, int] | None = None) -> Box:
        """Larger by `margin` pixels on each side; clipped to a picture of `shape` (H, W) where one is given."""
        larger = Box(self.top - margin, self.left - margin, self.bottom + margin, self.right + margin)
        return larger if shape is None else larger.clipped(Box.of(shape))

    def clipped(self, other: Box) -> Box:
        """The part inside `other`; empty where they do not meet."""
        return Box(
            max(self.top, other.top),
            max(self.left, other.left),
            min(self.bottom, other.bottom),
            min(self.right, other.right),
        )

    def united(self, other: Box) -> Box:
        """The smallest box around both; an empty one counts for nothing."""
        if self.empty:
            return other
        if other.empty:
            return self
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    def shrunk(self, by: int) -> Box:
        """In a picture so many times smaller, all cells that it touches."""
        return Box(self.top // by, self.left // by, -(-self.bottom // by), -(-self.right // by))

    def pieces(self, side: int) -> Iterator[Box]:
        """Boxes of at most `side` by `side` pixels that together are this one."""
        for top in range(self.top, self.bottom, side):
            for left in range(self.left, self.right, side):
                yield Box(top, left, min(top + side, self.bottom), min(left + side, self.right))

    def is_within(self, distance: int, other: Box) -> bool:
        """Whether fewer than so many pixels lie between the two along each axis."""
        rows = max(self.top, other.top) - min(self.bottom, other.bottom)
        columns = max(self.left, other.left) - min(self.right, other.right)
        return max(rows, columns) < distance

    def even(self) -> Box:
        """Grown by less than two so that all four sides are even."""
        return Box(self.top // 2 * 2, self.left // 2 * 2, -(-self.bottom // 2) * 2, -(-self.right // 2) * 2)

    def halved(self) -> Box:
        """The same place in a map of half the size, of an even box."""
        return Box(self.top // 2, self.left // 2, self.bottom // 2, self.right // 2)

    def doubled(self) -> Box:
        """The same place in a map of twice the size."""
        return Box(2 * self.top, 2 * self.left, 2 * self.bottom, 2 * self.right)

    def touched(self, reach: int) -> Box:
        """Where windows of stride 2 that reach so far around their middle touch the box."""
        return Box(
            -(-(self.top - reach) // 2),
            -(-(self.left - reach) // 2),
            (self.bottom - 1 + reach) // 2 + 1,
            (self.right - 1 + reach) // 2 + 1,
        )


EMPTY = Box(0, 0, 0, 0)


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of them; EMPTY for none."""
    result = EMPTY
    for box in boxes:
        result = result.united(box)
    return result
