"""From what the network filled to what is shown: it meets the picture, is calm where that is calm, and has its texture.

Holes that lie apart are finished apart, each within its own surroundings, so that memory follows the holes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model.finish.detail import add_detail
from model.finish.seamless import Border
from model.geometry.boxes import Box
from model.geometry.contexts import context_boxes, depth_of
from model.geometry.once import MOST_PIXELS, Once
from model.options import FillOptions

TOGETHER = 24  # pixels around each of two holes that must meet for them to be treated as one
LEAST_SURROUNDINGS = 96  # pixels around a hole to take from; else as many as the hole is deep
MOST_SURROUNDINGS = 512


def surroundings(depth: float) -> int:
    """As many pixels around holes of at most this depth, in pixels, may have a say in how they are finished."""
    return TOGETHER + _around(depth)


def holes_together(hole: np.ndarray) -> list[Box]:
    """Where there are holes that are finished together, each with a margin."""
    return context_boxes(hole.view(np.uint8), FillOptions(context=TOGETHER))


class Finish:
    """Blends the filled pixels of a region in and lays kept texture over them, in place.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes once `run` is called.
        hole: (H, W) bool, which pixels are filled; some must be.
        detail: 0..1 as in `FillOptions`.
    """

    def __init__(self, filled: np.ndarray, hole: np.ndarray, detail: float) -> None:
        self._filled = filled
        self._hole = hole
        self._detail = detail
        self._groups: list[_Group] = []
        self._prepared = Once()

    def prepare(self) -> None:
        """Do what needs only the kept pixels, unless that takes much memory."""
        self._prepared(self._prepare)

    def run(self) -> Iterator[float]:
        """Finish bit by bit; yields the share of the work done, up to 1."""
        self.prepare()
        sizes = np.cumsum([group.size for group in self._groups])
        for group, size in zip(self._groups, sizes, strict=True):
            for share in group.run(self._detail):
                yield float((size - (1 - share) * group.size) / sizes[-1])

    def _prepare(self) -> None:
        self._groups = list(self._divided())
        if self._hole.size <= MOST_PIXELS:
            for group in self._groups:
                group.prepare()

    def _divided(self) -> Iterator[_Group]:
        for near in holes_together(self._hole):
            box = near.grown(_around(float(depth_of(self._hole[near.slices]).max())), self._hole.shape)
            own = np.zeros(box.shape, bool)
            own[near.moved(-box.top, -box.left).slices] = self._hole[near.slices]
            yield _Group(self._filled[box.slices], own, self._hole[box.slices], near.shape[0] * near.shape[1])


@dataclass
class _Group:
    """Holes that are finished together: views of the pixels around them, their own mask, that of all holes."""

    filled: np.ndarray
    hole: np.ndarray
    missing: np.ndarray
    size: int
    border: Border | None = None

    def prepare(self) -> None:
        self.border = Border(self.hole)
        for _ in self.border.span(self.filled):
            pass

    def run(self, detail: float) -> Iterator[float]:
        border = self.border
        if border is None:
            border = Border(self.hole)
            for _ in border.span(self.filled):
                yield 0.05
            yield 0.1
        border.close_seam(self.filled)
        yield 0.15
        border.calm(self.filled)
        del border  # as large as what comes
        self.border = None
        if detail:
            yield 0.2
            for share in add_detail(self.filled, self.hole, self.missing, detail):
                yield 0.2 + 0.7 * share
            Border(self.hole).close_seam(self.filled)
        yield 1.0


def _around(depth: float) -> int:
    return int(np.clip(depth, LEAST_SURROUNDINGS, MOST_SURROUNDINGS))
