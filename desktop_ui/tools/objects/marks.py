"""What a person says of a thing, and what is found of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from model.geometry.boxes import EMPTY, Box


class Mark(NamedTuple):
    """A click on the thing (adds) or beside it, in picture coordinates; with `loop`, a line drawn around it."""

    x: float
    y: float
    adds: bool = True
    loop: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Found:
    """A thing in the picture.

    Args:
        box: the part of the picture that it lies in; empty when nothing was found.
        coverage: box.height × box.width uint8, 255 = belongs to it.
    """

    box: Box = EMPTY
    coverage: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.uint8))


class Finder(Protocol):
    """Finds things in one picture; may be slow when it is made, is quick afterwards. One thread at a time."""

    def find(self, marks: tuple[Mark, ...]) -> Found:
        """Find what the marks are on.

        Args:
            marks: at least one of them adds.
        """
