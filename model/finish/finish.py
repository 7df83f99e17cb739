"""From what the network filled to what is shown: it meets the picture, is calm where that is calm, and is sharp.

What is sharp is drawn by the photo's own patches; where there is nothing to copy, kept texture is laid over. Holes that
lie apart are finished apart, each within its own surroundings, so that memory follows the holes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from model.finish.detail import add_detail
from model.finish.seamless import Border
from model.geometry.boxes import Box
from model.geometry.contexts import context_boxes, depth_of, hole_box, put
from model.geometry.once import MOST_PIXELS, Once
from model.geometry.resampling import enlarge, shrink
from model.options import FillOptions

TOGETHER = 24  # pixels around each of two holes that must meet for them to be treated as one
LEAST_SURROUNDINGS = 96  # pixels around a hole to take from; else three times its depth, as its context
MOST_SURROUNDINGS = 1024
ENOUGH = 704 * 704  # pixels of hole and surroundings; where there are more, less is taken around a hole
MOST_DRAWN = 500 * 500  # pixels of a hole that are drawn at once, and
MOST_AROUND = 1448 * 1448  # of hole and surroundings; more are drawn smaller
ALL_CALM = 0.98  # mean calm of a hole whose grain texture gives as well

OTHER_SEED = 1 << 31  # is changed in the seed of the last one
GUIDES = (1.0, 0.0, 1.0)  # how much the network counts in each drawing there may be, the best first
Result = TypeVar("Result")


def surroundings(depth: float) -> int:
    """How far around holes of this depth or less pixels matter when these are finished; both in pixels."""
    return TOGETHER + _around(depth)


def holes_together(hole: np.ndarray) -> list[Box]:
    """Where there are holes that are finished together, each with a margin."""
    return context_boxes(hole.view(np.uint8), FillOptions(context=TOGETHER))


class Finish:
    """Makes what was filled in a region meet the picture and be as sharp as it, in place.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes once `run` is called.
        hole: (H, W) bool, which pixels are filled; some must be.
        options: its detail, seed and variants.
        avoided: (H, W) bool, kept pixels from which no texture may be taken.
    """

    def __init__(
        self, filled: np.ndarray, hole: np.ndarray, options: FillOptions, avoided: np.ndarray | None = None
    ) -> None:
        self._filled = filled
        self._hole = hole
        self._missing = hole if avoided is None else hole | avoided
        self._options = options
        self._groups: list[_Group] = []
        self._prepared = Once()

    def prepare(self) -> None:
        """Do what needs only the kept pixels, unless that takes much memory."""
        self._prepared(self._prepare)

    def run(self) -> Iterator[float]:
        """Finish bit by bit; yields the share of the work done, up to 1."""
        self.prepare()
        size, done = sum(group.size for group in self._groups), 0
        for group in self._groups:
            for share in group.run(self._options):
                yield (done + share * group.size) / size
            done += group.size

    @property
    def variants(self) -> int:
        """How many results there are after `run`; the best one is shown."""
        return max((len(group.variants) for group in self._groups), default=1) or 1

    def show(self, variant: int) -> None:
        """Put another result into the filled pixels: 0 is the best. Holes that have no such one show their best."""
        for group in self._groups:
            group.show(variant)

    def _prepare(self) -> None:
        self._groups = list(self._divided())
        if self._hole.size <= MOST_PIXELS:
            for group in self._groups:
                group.prepare()

    def _divided(self) -> Iterator[_Group]:
        for near in holes_together(self._hole):
            depth = float(depth_of(self._hole[near.slices]).max())
            box = near.grown(_around(depth), self._hole.shape)
            if box.area > ENOUGH:
                box = near.grown(max(LEAST_SURROUNDINGS, int(depth)), self._hole.shape)
            own = np.zeros(box.shape, bool)
            own[near.moved(-box.top, -box.left).slices] = self._hole[near.slices]
            yield _Group(self._filled[box.slices], own, self._missing[box.slices], near.shape[0] * near.shape[1])


@dataclass
class _Group:
    """Holes that are finished together: views of the pixels around them, their own mask, what must not be copied."""

    filled: np.ndarray
    hole: np.ndarray
    missing: np.ndarray
    size: int
    border: Border | None = None
    variants: list[np.ndarray] = field(default_factory=list)  # pixels of the hole's box, where there are several

    def prepare(self) -> None:
        self.border = Border(self.hole)
        for _ in self.border.span(self.filled, self.missing):
            pass

    def run(self, options: FillOptions) -> Iterator[float]:
        border = self.border
        if border is None:
            border = Border(self.hole)
            for _ in border.span(self.filled, self.missing):
                yield 0.05
            yield 0.1
        border.close_seam(self.filled)
        yield 0.15
        border.calm(self.filled)
        if not options.detail:
            yield 1.0
            return
        yield 0.2
        alone = self._seen() if options.variants > 1 else None
        is_drawn = border.calmness <= ALL_CALM and (yield from self._draw(border, options, alone))
        if not is_drawn:
            del border  # as large as what comes
            self.border = None
            yield from self._add_detail(options.detail, 0.2, 0.9)
            Border(self.hole).close_seam(self.filled)
            self._keep(options)
        if alone is not None and len(self.variants) < options.variants:
            self._put(alone)
            self._keep(options)
        self.show(0)
        yield 1.0

    def show(self, variant: int) -> None:
        if self.variants:
            self._put(self.variants[variant if variant < len(self.variants) else 0])

    def _draw(self, border: Border, options: FillOptions, alone: np.ndarray | None) -> Generator[float, None, bool]:
        """Let patches draw the hole, in as many ways as are wanted; False where there is nothing to copy.

        A hole too large for them is drawn smaller; what that lacks in the finest scales is laid over as kept texture.

        Args:
            alone: what the network filled, where several are wanted.
        """
        from model.patches.draw import draw  # brings numba along, which takes a while

        by, picture, hole, missing = self._reduced()
        seeds = (options.seed, options.seed, options.seed ^ OTHER_SEED)
        ways = list(zip(GUIDES, seeds, strict=True))[: options.variants]
        for number, (guide, seed) in enumerate(ways):
            begin, end = (0.2 + 0.7 * n / len(ways) for n in (number, number + 1))
            middle = begin + 0.8 * (end - begin)
            if alone is not None:
                self._put(alone)
            drawn = yield from _between(begin, middle, draw(picture, hole, missing, guide, seed))
            if drawn is None:
                return False
            yield from self._lay(border, options, drawn - picture, by, middle, end)
        return True

    def _reduced(self) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
        """What is drawn at once: how many times smaller, the picture, the hole, and what must not be copied."""
        size = max(self.hole.size / MOST_AROUND, np.count_nonzero(self.hole) / MOST_DRAWN)
        by = max(1, int(np.ceil(np.sqrt(size))))
        if by == 1:
            return by, self.filled, self.hole, self.missing
        hole, missing = (shrink(plane.astype(np.float32), by) > 0 for plane in (self.hole, self.missing))
        return by, shrink(self.filled, by), hole, missing

    def _lay(
        self, border: Border, options: FillOptions, change: np.ndarray, by: int, begin: float, end: float
    ) -> Iterator[float]:
        """Put what was drawn, `by` times smaller, into the hole, and keep it as a variant."""
        if by > 1:
            change = enlarge(change, by)[: self.hole.shape[0], : self.hole.shape[1]]
        result = self.filled + np.float32(options.detail) * change
        border.calm(result, grain=True)
        put(self.filled, result.clip(0.0, 1.0, out=result), self.hole)
        if by > 1:
            yield from self._add_detail(options.detail, begin, end)
        self._keep(options)

    def _add_detail(self, amount: float, begin: float, end: float) -> Iterator[float]:
        for share in add_detail(self.filled, self.hole, self.missing, amount):
            yield begin + (end - begin) * share

    def _keep(self, options: FillOptions) -> None:
        """What is shown is a variant, where several are wanted and none is the same."""
        if options.variants > 1:
            seen = self._seen()
            if not any(np.array_equal(seen, other) for other in self.variants):
                self.variants.append(seen)

    def _seen(self) -> np.ndarray:
        return self.filled[hole_box(self.hole).slices].copy()

    def _put(self, pixels: np.ndarray) -> None:
        box = hole_box(self.hole).slices
        put(self.filled[box], pixels, self.hole[box])


def _between(begin: float, end: float, steps: Generator[float, None, Result]) -> Generator[float, None, Result]:
    """Steps whose shares, 0..1, are told as from `begin` to `end`; returns what they return."""
    while True:
        try:
            share = next(steps)
        except StopIteration as ended:
            return ended.value
        yield begin + (end - begin) * share


def _around(depth: float) -> int:
    return int(np.clip(3 * depth, LEAST_SURROUNDINGS, MOST_SURROUNDINGS))
