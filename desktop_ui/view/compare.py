"""What the canvas shows of before and after, and how large the divider's handle is."""

from __future__ import annotations

from enum import Enum

HANDLE = 14  # logical pixels, radius of the divider's handle


class Compare(Enum):
    """What the canvas shows of before and after."""

    AFTER = "after"
    BEFORE = "before"
    SPLIT = "split"
