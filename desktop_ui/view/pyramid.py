"""A picture at halving sizes, made when first asked for and renewed only where it changed."""

from __future__ import annotations

import cv2
import numpy as np

from model.geometry.boxes import EMPTY, Box

DEEPEST = 8


class Pyramid:
    """Level 0 is the array itself (never copied), level n is 2ⁿ times smaller, each side rounded up."""

    def __init__(self, array: np.ndarray, blank: bool = False) -> None:
        """Begin with the array alone; smaller levels are made when they are asked for.

        Args:
            array: H×W or H×W×C, uint8, uint16 or float32; the owner tells changes by `update`.
            blank: all zeros, so that smaller levels need not be computed.
        """
        self._levels = [array]
        self._stale: list[Box] = [EMPTY]
        if blank:
            while len(self._levels) <= DEEPEST and min(self._levels[-1].shape[:2]) > 1:
                shape = _half(self._levels[-1].shape)
                self._levels.append(np.zeros(shape, array.dtype))
                self._stale.append(EMPTY)

    @property
    def array(self) -> np.ndarray:
        return self._levels[0]

    @property
    def deepest(self) -> int:
        """The level at which the shorter side is one pixel."""
        return (min(self.array.shape[:2]) - 1).bit_length()

    def copy(self, array: np.ndarray) -> Pyramid:
        """The same pyramid over `array`, which holds equal pixels."""
        twin = Pyramid(array)
        twin._levels += [level.copy() for level in self._levels[1:]]
        twin._stale = list(self._stale)
        return twin

    def update(self, rect: Box) -> None:
        """The pixels in `rect` of level 0 changed."""
        for level in range(1, len(self._levels)):
            self._stale[level] = self._stale[level].united(rect)

    def level(self, number: int) -> np.ndarray:
        """→ the level, or the deepest."""
        number = min(number, self.deepest)
        for depth in range(1, number + 1):
            if depth == len(self._levels):
                shape = _half(self._levels[-1].shape)
                self._levels.append(np.empty(shape, self.array.dtype))
                self._stale.append(Box.of(self.array.shape))
            if not self._stale[depth].empty:
                self._renew(depth)
        return self._levels[number]

    def _renew(self, depth: int) -> None:
        above, here = self._levels[depth - 1], self._levels[depth]
        rect, self._stale[depth] = self._stale[depth], EMPTY
        scale = 1 << depth
        part = rect.shrunk(scale).clipped(Box.of(here.shape))
        if part.empty:
            return
        source = above[2 * part.top : 2 * part.bottom, 2 * part.left : 2 * part.right]
        rows, columns = 2 * part.height - source.shape[0], 2 * part.width - source.shape[1]
        if rows or columns:
            source = cv2.copyMakeBorder(source, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
        halved = cv2.resize(source, (part.width, part.height), interpolation=cv2.INTER_AREA)
        here[part.slices] = halved.reshape(here[part.slices].shape)


def _half(shape: tuple[int, ...]) -> tuple[int, ...]:
    return ((shape[0] + 1) // 2, (shape[1] + 1) // 2, *shape[2:])
