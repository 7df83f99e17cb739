"""Who is better how often, case by case."""

from __future__ import annotations

import math
from collections.abc import Mapping


def win_share(ours: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    """Share, 0..1, of the cases with two known values in which ours is lower; equal ones count half.

    Both map cases to a value of which less is better. NaN where no case has both.
    """
    pairs = [(ours[case], theirs[case]) for case in ours if case in theirs]
    points = [0.5 if a == b else float(a < b) for a, b in pairs if not (math.isnan(a) or math.isnan(b))]
    return sum(points) / len(points) if points else math.nan
