"""Values of any range reach the network in 0..1, the picture in them not in the dark, and come back."""

from __future__ import annotations

import numpy as np
import pytest

from model.errors import FillError
from model.fill.plan import fill
from model.fill.scaling import FULL_SCALE, Scaling
from model.options import FillOptions
from tests.model.engines import Mean

RNG = np.random.default_rng(3)
WALL = RNG.uniform(0.1, 0.9, (64, 80, 3)).astype(np.float32)
NOTHING = np.zeros(WALL.shape[:2], bool)


def lit(lamp: float) -> np.ndarray:
    """A wall with a lamp on it."""
    picture = WALL.copy()
    picture[:4, :4] = lamp
    return picture


@pytest.mark.parametrize("picture", [WALL, lit(1.2), lit(60.0), lit(1e6), lit(60.0) - 2, lit(60.0)[..., :1]])
def test_what_goes_in_comes_back(picture: np.ndarray) -> None:
    scaling = Scaling.of(picture, NOTHING)
    unit = scaling.to_unit(picture, NOTHING)
    assert unit.dtype == np.float32 and unit.shape == WALL.shape
    assert unit.min() >= 0 and unit.max() <= 1.0001
    assert np.allclose(scaling.from_unit(unit)[..., : picture.shape[2]], picture, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("lamp", [20.0, 1000.0])
def test_a_lamp_does_not_leave_the_picture_in_the_dark(lamp: float) -> None:
    unit = Scaling.of(lit(lamp), NOTHING).to_unit(lit(lamp), NOTHING)
    assert 0.29 < np.median(unit) < 0.31


def test_black_around_a_scene_has_no_say_in_how_it_is_lifted() -> None:
    picture = np.pad(lit(1000.0), ((60, 60), (80, 80), (0, 0)))  # more than half is black
    nothing = np.zeros(picture.shape[:2], bool)
    unit = Scaling.of(picture, nothing).to_unit(picture, nothing)
    assert 0.29 < np.median(unit[60:-60, 80:-80]) < 0.31
    assert Scaling.of(picture, nothing) == Scaling.of(lit(1000.0), NOTHING)


def test_a_spark_in_the_black_is_mapped_though_it_is_not_looked_at() -> None:
    picture, nothing = np.zeros((400, 400, 1), np.float32), np.zeros((400, 400), bool)
    picture[150, 151] = 2.0
    scaling = Scaling.of(picture, nothing)
    assert np.allclose(scaling.from_unit(scaling.to_unit(picture, nothing))[..., :1], picture)


def test_rounding_at_the_lowest_value_makes_no_nan() -> None:
    for low in np.float32(-(10.0 ** np.linspace(-3, 3, 400))):
        picture = np.full((8, 8, 1), low, np.float32)
        picture[1:] = np.nextafter(low, np.float32(0))
        picture[7, 7] = 4580.0
        assert np.isfinite(Scaling.of(picture, NOTHING[:8, :8]).to_unit(picture, NOTHING[:8, :8])).all()


def test_whole_numbers_and_display_values_are_mapped_evenly() -> None:
    assert Scaling.of(WALL, NOTHING) == Scaling(0.0, 1.0)
    for dtype in (np.uint8, np.uint16):
        assert Scaling.of(np.zeros((2, 2, 3), dtype), NOTHING[:2, :2]) == Scaling(0.0, FULL_SCALE[np.dtype(dtype)])


def test_what_is_no_number_is_refused_outside_the_hole_alone() -> None:
    picture, hole = lit(50.0), NOTHING.copy()
    picture[20:30, 20:30] = np.nan
    with pytest.raises(FillError, match="NaN"):
        Scaling.of(picture, hole)
    hole[20:30, 20:30] = True
    assert np.isfinite(Scaling.of(picture, hole).to_unit(picture, hole)).all()


def test_a_fill_beside_a_lamp_is_like_the_wall_and_the_rest_stays_bit_for_bit() -> None:
    picture, hole = np.tile(lit(5000.0), (3, 3, 1)), np.zeros((192, 240), bool)
    hole[90:110, 100:130] = True
    filled = fill(picture, hole, Mean(), FillOptions(detail=0))
    assert np.array_equal(filled[~hole].view(np.uint32), picture[~hole].view(np.uint32))
    assert filled[hole].min() > 0.05 and filled[hole].max() < 1
