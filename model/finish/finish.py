"""From what the network filled to what is shown: it meets the picture, is calm where that is calm, and is sharp.

What is sharp is drawn by the photo's own patches where they can be had, else laid over as kept texture. Holes that lie
apart are finished apart, each within its own surroundings, so that memory follows the holes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from model.finish.detail import add_detail
from model.finish.drawing import Drawing
from model.finish.seamless import Border
from model.geometry.boxes import Box
from model.geometry.contexts import context_boxes, depth_of, put
from model.geometry.once import MOST_PIXELS, Once
from model.geometry.resampling import enlarge, shrink
from model.options import FillOptions

TOGETHER = 24  # pixels around each of two holes that must meet for them to be treated as one
LEAST_SURROUNDINGS = 96  # pixels around a hole to take from; else three times its depth, as its context
MOST_SURROUNDINGS = 1024
MOST_DRAWN = 704 * 704  # pixels of hole and surroundings that are drawn at once; more are drawn smaller
ALL_CALM = 0.98  # mean calm of a hole whose grain texture gives as well

Finishing = Generator[float | Drawing, "np.ndarray | None", None]


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
        drawn: whether patches can be had.
    """

    def __init__(self, filled: np.ndarray, hole: np.ndarray, detail: float, drawn: bool) -> None:
        self._filled = filled
        self._hole = hole
        self._detail = detail
        self._drawn = drawn
        self._groups: list[_Group] = []
        self._prepared = Once()

    def prepare(self) -> None:
        """Do what needs only the kept pixels, unless that takes much memory."""
        self._prepared(self._prepare)

    def run(self) -> Finishing:
        """Finish bit by bit; yields the share of the work done, up to 1, or a drawing to be made.

        After a drawing it is sent the drawn picture (H, W, 3) uint8, or None where there is none.
        """
        self.prepare()
        sizes = np.cumsum([group.size for group in self._groups])
        for group, size in zip(self._groups, sizes, strict=True):
            steps, drawn = group.run(self._detail, self._drawn), None
            while True:
                try:
                    step = steps.send(drawn)
                except StopIteration:
                    break
                if isinstance(step, Drawing):
                    drawn = yield step
                else:
                    drawn = None
                    yield float((size - (1 - step) * group.size) / sizes[-1])

    def _prepare(self) -> None:
        self._groups = list(self._divided())
        if self._hole.size <= MOST_PIXELS:
            for group in self._groups:
                group.prepare()

    def _divided(self) -> Iterator[_Group]:
        for near in holes_together(self._hole):
            depth = float(depth_of(self._hole[near.slices]).max())
            box = near.grown(_around(depth), self._hole.shape)
            if box.area > MOST_DRAWN:  # less around it, if that lets it be drawn at its own size
                closer = near.grown(max(LEAST_SURROUNDINGS, int(depth)), self._hole.shape)
                box = closer if closer.area <= MOST_DRAWN else box
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

    def run(self, detail: float, drawn: bool) -> Finishing:
        border = self.border
        if border is None:
            border = Border(self.hole)
            for _ in border.span(self.filled):
                yield 0.05
            yield 0.1
        border.close_seam(self.filled)
        yield 0.15
        border.calm(self.filled)
        if not detail:
            yield 1.0
            return
        yield 0.2
        if not drawn or border.calmness > ALL_CALM or not (yield from self._draw(border, detail)):
            del border  # as large as what comes
            self.border = None
            for share in add_detail(self.filled, self.hole, self.missing, detail):
                yield 0.2 + 0.7 * share
            Border(self.hole).close_seam(self.filled)
        yield 1.0

    def _draw(self, border: Border, detail: float) -> Generator[float | Drawing, np.ndarray | None, bool]:
        """Let patches draw the hole; False where they do not.

        A hole too large for them is drawn smaller; what that lacks in the finest scales is laid over as kept texture.
        """
        by = int(np.ceil(np.sqrt(self.hole.size / MOST_DRAWN)))
        picture = shrink(self.filled, by) if by > 1 else self.filled
        hole, missing = (shrink(p.astype(np.float32), by) > 0 if by > 1 else p for p in (self.hole, self.missing))
        drawn = yield Drawing(np.rint(picture * 255).astype(np.uint8), hole, missing)
        if drawn is None:
            return False
        change = drawn.astype(np.float32) * np.float32(1 / 255) - picture
        change = cv2.copyTo(change, hole.view(np.uint8))
        if by > 1:
            change = enlarge(change, by)[: self.hole.shape[0], : self.hole.shape[1]]
        result = self.filled + np.float32(detail) * change
        border.calm(result, grain=True)
        put(self.filled, result.clip(0.0, 1.0, out=result), self.hole)
        if by > 1:
            yield 0.6
            for share in add_detail(self.filled, self.hole, self.missing, detail):
                yield 0.6 + 0.3 * share
        return True


def _around(depth: float) -> int:
    return int(np.clip(3 * depth, LEAST_SURROUNDINGS, MOST_SURROUNDINGS))
