"""What patches are asked to draw. Whoever drives a fill has it done, since that takes a process of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Drawing:
    """What the patch library needs to draw one hole.

    Args:
        picture: (H, W, 3) uint8, with the network's fill in the hole.
        hole: (H, W) bool, what is to be drawn.
        forbidden: (H, W) bool, what must not be copied; the hole may be part of it.
        guide: how much the network's fill counts against the difference of two patches; 0 draws freely.
        seed: of the search for patches, 0..4294967295; another one draws otherwise.
    """

    picture: np.ndarray
    hole: np.ndarray
    forbidden: np.ndarray
    guide: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Drawings:
    """Several drawings of one hole, to be made side by side where there is room.

    Args:
        end: the share of the finishing's work that is done once they are there, 0..1.
    """

    drawings: tuple[Drawing, ...]
    end: float
