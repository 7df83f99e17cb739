"""Strokes of a brush among the fills: told apart from them, and put together where there are too many."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from desktop_ui.document.fills import Candidate, Fill
from model.geometry.boxes import union
from model.options import FillOptions


def runs(fills: Sequence[Fill]) -> list[tuple[Fill, ...]]:
    """The fills in their order, with strokes that follow one another together."""
    found: list[tuple[Fill, ...]] = []
    for by_hand, group in groupby(fills, lambda fill: fill.by_hand):
        together = tuple(group)
        found += [together] if by_hand else [(fill,) for fill in together]
    return found


def merged(fills: Sequence[Fill], original: np.ndarray) -> tuple[Fill, ...]:
    """Fills that make the same picture, with one stroke in place of each run of them.

    Args:
        original: the picture before all fills, H×W×C.
    """
    return tuple(_one(run, original) if run[0].by_hand else run[0] for run in runs(fills))


def _one(run: tuple[Fill, ...], original: np.ndarray) -> Fill:
    box = union(fill.rect for fill in run)
    if len(run) == 1 or box.empty:
        return run[0]
    pixels = np.zeros((*box.shape, original.shape[2]), original.dtype)
    changed = np.zeros(box.shape, bool)
    for fill in run:
        one = fill.current
        if not one.rect.empty:
            one.write(pixels, box)
            changed[one.rect.moved(-box.top, -box.left).slices] |= one.changed_pixels()
    return Fill.stroke(Candidate.packed(FillOptions(), box, changed, pixels))
