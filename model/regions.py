"""Which part of each level's map the decoder must compute so that the wanted pixels come out exactly.

May know: torch. Must not know: what a layer computes beyond nearest ×2 and a 3×3 kernel.
A level's maps have pixels of 2**level pixels of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Region:
    """A rectangle of one level's map, bottom and right excluded; may stick out of the map."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def whole(cls, height: int, width: int) -> Region:
        return cls(0, 0, height, width)

    @classmethod
    def around(cls, holes: Tensor) -> Region:
        """The smallest region with all hole pixels of a batch (B, H, W) of bool; one pixel where there is none."""
        any_hole = holes.any(0)
        spans = []
        for axis in (1, 0):
            where = any_hole.any(axis).nonzero()
            first, last = (int(where[0]), int(where[-1])) if len(where) else (0, 0)
            spans.append((first, last + 1))
        (top, bottom), (left, right) = spans
        return cls(top, left, bottom, right)

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def even(self) -> Region:
        """Grown by less than two so that all four are even."""
        return Region(self.top // 2 * 2, self.left // 2 * 2, -(-self.bottom // 2) * 2, -(-self.right // 2) * 2)

    def halved(self) -> Region:
        """The same place one level deeper, of an even region."""
        return Region(self.top // 2, self.left // 2, self.bottom // 2, self.right // 2)

    def grown(self, by: int = 1) -> Region:
        return Region(self.top - by, self.left - by, self.bottom + by, self.right + by)

    def clipped(self, height: int, width: int) -> Region:
        return Region(max(self.top, 0), max(self.left, 0), min(self.bottom, height), min(self.right, width))


def decoder_regions(wanted: Region, height: int, width: int, depth: int) -> list[Region]:
    """Which pixels decoder layers must get right at the levels 0 … depth − 1, for `wanted` of the picture.

    Layers work on the even cover of their region. What they put out beside the region itself may be wrong.
    """
    regions = [wanted]
    for level in range(1, depth):
        seen = regions[-1].grown().even().halved()
        regions.append(seen.clipped(height >> level, width >> level))
    return regions


def cut(part: Tensor, at: Region, wanted: Region) -> Tensor:
    """The wanted region of a map that is known `at` a region; 0 where it is not known."""
    edges = (at.left - wanted.left, wanted.right - at.right, at.top - wanted.top, wanted.bottom - at.bottom)
    return F.pad(part, edges)
