"""What patches make of a hole together: each pixel becomes the mean of what the patches on it would have it be."""

from __future__ import annotations

import numpy as np

from model.patches.compiled import compiled
from model.patches.field import Field
from model.patches.patch import BEFORE, COLUMNS, MOST_APART, ROWS, View, bias
from model.patches.strips import Strip, side_by_side, strips_of

STEEPNESS = np.float32(40.0)  # of the weights of patches that are farther than the nearest one around
FAINT = np.float32(1e-6)  # the weight of a patch that counts only where there is no other
LEAST = MOST_APART * np.float32(1e-4)  # a distance that is none


@compiled
def steep_weights(field: Field) -> np.ndarray:
    """(n) float32 in 0..1: near patches count, those that are farther than others on the same pixels hardly."""
    height, width = field.number.shape
    weights = np.empty(len(field.rows), np.float32)
    for n in range(len(field.rows)):
        y, x = field.rows[n], field.columns[n]
        least = field.distances[n]
        for row in range(max(0, y - BEFORE), min(height, y + BEFORE + 1)):
            for column in range(max(0, x - BEFORE), min(width, x + BEFORE + 1)):
                other = field.number[row, column]
                if other >= 0:
                    least = min(least, field.distances[other])
        weight = np.exp(-STEEPNESS * (field.distances[n] - least) / (least + LEAST))
        weights[n] = max(weight, FAINT)
    return weights


def vote(
    field: Field,
    weights: np.ndarray,
    target: View,
    source: View,
    colours: np.ndarray,
    known: np.ndarray,
    hole: np.ndarray,
    by: int,
    result: np.ndarray,
) -> None:
    """Put the means into `result`, (H, W, 3) float32, where `hole`, (H, W) bool, and some patch knows something.

    Args:
        target, source: what the field was found on.
        colours: (H, W, 3) float32, what is copied where `known`, (H, W) bool; `by` times as large as the field.
    """
    total, count = np.zeros_like(result), np.zeros(known.shape, np.float32)

    def add(strip: Strip) -> None:
        _add(field, weights, target, source, colours, known, hole, by, total, count, *strip[1:])

    for _ in side_by_side(add, strips_of(field)):
        pass
    np.divide(total, count[..., None], out=result, where=(count > 0)[..., None])


@compiled
def _add(
    field: Field,
    weights: np.ndarray,
    target: View,
    source: View,
    colours: np.ndarray,
    known: np.ndarray,
    hole: np.ndarray,
    by: int,
    total: np.ndarray,
    count: np.ndarray,
    first: int,
    last: int,
) -> None:
    """Add what the patches numbered from `first` to before `last` would have, times their weights, and these."""
    height, width = known.shape
    for n in range(first, last):
        row, column = field.places[n]
        biases = np.empty(3, np.float32)
        for channel in range(3):
            biases[channel] = bias(target, field.rows[n], field.columns[n], source, row, column, channel)
        top, left = (field.rows[n] - BEFORE) * by, (field.columns[n] - BEFORE) * by
        from_top, from_left = (row - BEFORE) * by, (column - BEFORE) * by
        for down in range(min(ROWS * by, height - top, height - from_top)):
            for right in range(min(COLUMNS * by, width - left, width - from_left)):
                if hole[top + down, left + right] and known[from_top + down, from_left + right]:
                    for channel in range(3):
                        value = colours[from_top + down, from_left + right, channel] + biases[channel]
                        total[top + down, left + right, channel] += weights[n] * value
                    count[top + down, left + right] += weights[n]
