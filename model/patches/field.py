"""For every patch on a hole the place it is drawn from, and the search for better ones (PatchMatch, Barnes 2009)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patches.compiled import compiled
from model.patches.patch import AFTER, BEFORE, View, distance


class Field(NamedTuple):
    """n patches of a picture (H, W), row by row.

    Args:
        rows, columns: (n) int32.
        number: (H, W) int32, a patch's number, -1 where there is none.
        places: (n, 2) int32, row and column of the patch it is drawn from.
        distances: (n) float32 to that one.
    """

    rows: np.ndarray
    columns: np.ndarray
    number: np.ndarray
    places: np.ndarray
    distances: np.ndarray


def empty_field(where: np.ndarray) -> Field:
    """For the patches of (H, W) bool; where from is not known."""
    rows, columns = (at.astype(np.int32) for at in np.nonzero(where))
    number = np.full(where.shape, -1, np.int32)
    number[rows, columns] = np.arange(len(rows))
    return Field(rows, columns, number, np.zeros((len(rows), 2), np.int32), np.zeros(len(rows), np.float32))


@compiled
def measure(field: Field, target: View, source: View, trust: np.ndarray, first: int, last: int) -> None:
    """Set the distances anew, of the patches numbered from `first` to before `last`: the target is another one."""
    for n in range(first, last):
        row, column = field.places[n]
        y, x = field.rows[n], field.columns[n]
        field.distances[n] = distance(target, y, x, source, row, column, trust, np.float32(np.inf))


@compiled
def improve(
    field: Field,
    target: View,
    source: View,
    usable: np.ndarray,
    trust: np.ndarray,
    shifts: np.ndarray,
    cohesion: float,
    radius: int,
    first: int,
    last: int,
    chance: np.ndarray,
) -> None:
    """Look once for better places, for the patches numbered from `first` to before `last`, backwards if that is less.

    Tried are the places beside those of the two neighbours before, one of the shifts, and one by chance near by.
    Neighbours shall move together: each of a patch's four neighbours that is drawn from elsewhere makes its distance
    count for more by `cohesion`. What is copied in large pieces is sharp.

    Args:
        usable: (H, W) bool, which patches may be copied.
        shifts: (m, 2) int32, by which the picture resembles itself.
        radius: pixels, of the widest search by chance.
        chance: (1) uint64, not 0, the state of the random numbers; moves on.
    """
    direction = 1 if last >= first else -1
    octaves = 1
    while (radius >> octaves) > 0:
        octaves += 1
    for n in range(first, last, direction):
        if field.distances[n] <= 0:
            continue
        y, x = field.rows[n], field.columns[n]
        for beside in range(2):
            from_y, from_x = (y - direction, x) if beside else (y, x - direction)
            if 0 <= from_y < usable.shape[0] and 0 <= from_x < usable.shape[1]:
                other = field.number[from_y, from_x]
                if other >= 0:
                    row, column = field.places[other, 0] + y - from_y, field.places[other, 1] + x - from_x
                    _try(field, n, row, column, target, source, usable, trust, cohesion)
        if len(shifts):
            shift = shifts[_random(chance) % np.uint64(len(shifts))]
            _try(field, n, y + shift[0], x + shift[1], target, source, usable, trust, cohesion)
        reach = radius >> np.int64(_random(chance) % np.uint64(octaves))
        row = field.places[n, 0] + np.int64(_random(chance) % np.uint64(2 * reach + 1)) - reach
        column = field.places[n, 1] + np.int64(_random(chance) % np.uint64(2 * reach + 1)) - reach
        row = min(max(row, BEFORE), usable.shape[0] - BEFORE - 1)
        column = min(max(column, BEFORE), usable.shape[1] - AFTER - 1)
        _try(field, n, row, column, target, source, usable, trust, cohesion)


@compiled(inline="always")
def _try(
    field: Field,
    n: int,
    row: int,
    column: int,
    target: View,
    source: View,
    usable: np.ndarray,
    trust: np.ndarray,
    cohesion: float,
) -> None:
    if not (0 <= row < usable.shape[0] and 0 <= column < usable.shape[1]) or not usable[row, column]:
        return
    if row == field.places[n, 0] and column == field.places[n, 1]:
        return
    now, then = _strangers(field, n, field.places[n, 0], field.places[n, 1]), _strangers(field, n, row, column)
    most = field.distances[n] * np.float32((1 + cohesion * now) / (1 + cohesion * then))
    found = distance(target, field.rows[n], field.columns[n], source, row, column, trust, most)
    if found < most:
        field.places[n, 0], field.places[n, 1], field.distances[n] = row, column, found


@compiled(inline="always")
def _strangers(field: Field, n: int, row: int, column: int) -> int:
    """How many of a patch's neighbours are not drawn from beside this place."""
    y, x = field.rows[n], field.columns[n]
    count = 0
    for down, right in ((-1, 0), (0, -1), (0, 1), (1, 0)):
        if 0 <= y + down < field.number.shape[0] and 0 <= x + right < field.number.shape[1]:
            other = field.number[y + down, x + right]
            if other >= 0 and (field.places[other, 0] != row + down or field.places[other, 1] != column + right):
                count += 1
    return count


@compiled(inline="always")
def _random(chance: np.ndarray) -> int:
    """xorshift (Marsaglia 2003), the upper half, whose bits are the better ones."""
    state = chance[0]
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    chance[0] = state
    return state >> np.uint64(32)
