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
    """

    picture: np.ndarray
    hole: np.ndarray
    forbidden: np.ndarray
