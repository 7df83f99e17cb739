"""The bands that holes lie in, from which their texture may be taken."""

from __future__ import annotations

import numpy as np
import pytest

from model.geometry.directions import DIRECTIONS, LEAST_BAND, forbid_beyond
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


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_without_a_hole_nothing_is_forbidden(direction: str) -> None:
    assert not forbid_beyond(np.zeros((10, 12), bool), direction, FillOptions()).any()
