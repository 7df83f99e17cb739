"""The bands and sides of holes from which their texture may be taken."""

from __future__ import annotations

import numpy as np
import pytest

from model.geometry.directions import DIRECTIONS, LEAST_BAND, ONE_SIDED, forbid_beyond
from model.options import FillOptions


def test_each_hole_has_a_band_of_its_own() -> None:
    hole = np.zeros((100, 120), np.uint8)
    hole[20:40, 40:60], hole[70:75, 90:110] = 255, 1
    sides, above_and_below = (forbid_beyond(hole, direction, FillOptions(grow=1)) for direction in DIRECTIONS)
    rows, columns = ~sides[:, 0], ~above_and_below[0]
    assert (sides == sides[:, :1]).all() and (above_and_below == above_and_below[:1]).all()
    assert list(np.flatnonzero(rows)) == [*range(19, 41), *range(64, 81)]
    assert rows[64:81].sum() > LEAST_BAND > 7, "a thin one's is wide enough for patches"
    assert list(np.flatnonzero(columns)) == [*range(39, 61), *range(89, 111)]


@pytest.mark.parametrize("direction, rows, columns", [
    ("above", slice(0, 19), slice(None)), ("below", slice(41, None), slice(None)),
    ("left", slice(None), slice(0, 39)), ("right", slice(None), slice(61, None)),
])  # fmt: skip
def test_one_side_of_a_hole_is_all_that_lies_there(direction, rows, columns) -> None:
    hole = np.zeros((100, 120), np.uint8)
    hole[20:40, 40:60] = 255
    allowed = np.zeros(hole.shape, bool)
    allowed[rows, columns] = True
    assert np.array_equal(forbid_beyond(hole, direction, FillOptions(grow=1)), ~allowed)


def test_of_several_holes_the_nearest_says_what_lies_on_its_side() -> None:
    hole = np.zeros((400, 1200), np.uint8)
    hole[300:320, 40:60] = hole[100:120, 1100:1120] = 1
    allowed = ~forbid_beyond(hole, "above", FillOptions(grow=1))
    assert allowed[200, 50] and not allowed[350, 50]
    assert allowed[50, 1110] and not allowed[200, 1110], "below its own hole, though above the other one"
    assert not (allowed & (hole > 0)).any()


@pytest.mark.parametrize("direction", [*DIRECTIONS, *ONE_SIDED])
def test_without_a_hole_nothing_is_forbidden(direction: str) -> None:
    assert not forbid_beyond(np.zeros((10, 12), bool), direction, FillOptions()).any()
