from __future__ import annotations

import numpy as np
import pytest

from model.finish.detail_energy import MOST_RAISED, Surroundings, part_of
from model.geometry.boxes import Box

MOST = 100.0  # times the mean: more than what is interpolated may be raised


def grain(shape: tuple[int, int], amplitude: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(0).choice([-1.0, 1.0], (*shape, 3))
    return (noise * amplitude[..., None]).astype(np.float32)


@pytest.fixture
def sky_over_hedge() -> tuple[np.ndarray, np.ndarray]:
    """Detail of 0.01 above and 0.1 below, and a hole in the middle of both."""
    amplitude = np.where(np.arange(120) < 60, 0.01, 0.1)[:, None] * np.ones((1, 100))
    hole = np.zeros((120, 100), bool)
    hole[30:90, 30:70] = True
    return grain((120, 100), amplitude), hole


def test_it_is_calm_beside_the_calm_and_lively_beside_the_lively(sky_over_hedge):
    detail, hole = sky_over_hedge
    spoilt = np.where(hole[..., None], 9.0, detail).astype(np.float32)
    energy = Surroundings(hole, ~hole).energy(spoilt, ~hole, 0, MOST) / MOST_RAISED
    assert energy[31, 50] == pytest.approx(0.01**2, rel=0.3)
    assert energy[88, 50] == pytest.approx(0.1**2, rel=0.3)
    assert 0.0005 < energy[60, 50] < 0.002
    assert (np.diff(energy[35:85, 50]) >= 0).all()


@pytest.mark.parametrize("halvings", [-1, 1])
def test_finer_and_coarser_bands_tell_the_same(sky_over_hedge, halvings):
    detail, hole = sky_over_hedge
    if halvings < 0:
        around, box = Surroundings(hole[::2, ::2], ~hole[::2, ::2]), Box(60, 30, 61, 70)
    else:
        around, box = Surroundings(hole.repeat(2, 0).repeat(2, 1), ~hole.repeat(2, 0).repeat(2, 1)), Box(60, 30, 61, 70)
    energy = part_of(around.energy(detail, ~hole, halvings, MOST), halvings, box) / MOST_RAISED
    assert energy.shape == (1, 40)
    assert 0.0005 < energy[0, 20] < 0.003


def test_a_hole_that_touches_nothing_kept_has_the_mean_of_all(sky_over_hedge):
    detail, hole = sky_over_hedge
    kept = np.zeros_like(hole)
    kept[:10] = kept[-10:] = True
    energy = Surroundings(hole, kept).energy(detail, kept, 0, 1.0)
    assert energy[hole] == pytest.approx((0.01**2 + 0.1**2) / 2, rel=1e-3)


def test_even_surroundings_are_followed_and_uneven_ones_as_lively_as_their_mean(sky_over_hedge):
    _, hole = sky_over_hedge
    even = grain(hole.shape, np.full(hole.shape, 0.05))
    assert Surroundings(hole, ~hole).energy(even, ~hole, 0, 1.0)[hole] == pytest.approx(0.05**2, rel=0.05)
    uneven = grain(hole.shape, np.where(np.arange(100) < 50, 0.03, 0.09)[None].repeat(120, 0))
    energy = Surroundings(hole, ~hole).energy(uneven, ~hole, 0, 1.0)
    assert 1.0 < energy[hole].mean() / ((0.03**2 + 0.09**2) / 2) < 1.4  # interpolated alone it is 0.8
