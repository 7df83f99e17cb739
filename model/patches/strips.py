"""The patches of a field in strips of rows, which threads work on side by side.

Every other strip is worked on at a time: none of these touch, so that the result is the same however many threads take
part, and on whichever processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from model.patches.field import Field
from model.patches.patch import ROWS
from model.patches.threads import work_on_all

MOST = 8
LEAST_PATCHES = 500  # of a strip; with fewer, threads would wait for each other longer than they work
LEAST_ROWS = ROWS + 1  # of a strip: patches of the one before do not touch those of the one after

Strip = tuple[int, int, int]  # its number; the numbers of its first patch and of the first one after it


def strips_of(field: Field) -> list[Strip]:
    """All patches of the field, in order."""
    count = len(field.rows)
    wanted = min(MOST, count // LEAST_PATCHES)
    begins = [0]
    for near in np.linspace(0, count, wanted + 1).astype(int)[1:-1]:
        begin = int(np.searchsorted(field.rows, field.rows[near]))
        is_apart = field.rows[begin] - field.rows[begins[-1]] >= LEAST_ROWS
        if is_apart and field.rows[-1] - field.rows[begin] >= LEAST_ROWS:
            begins.append(begin)
    return [(n, begin, end) for n, (begin, end) in enumerate(zip(begins, [*begins[1:], count], strict=True))]


def side_by_side(work: Callable[[Strip], None], strips: list[Strip]) -> Iterator[None]:
    """Do the work on all strips; yields after every other one and after the rest."""
    for first in (0, 1):
        work_on_all(work, strips[first::2])
        yield
