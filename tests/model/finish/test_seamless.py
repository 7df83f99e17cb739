from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from model.finish.seamless import Border


def closed(filled: np.ndarray, hole: np.ndarray) -> np.ndarray:
    result = filled.copy()
    Border(hole).close_seam(result)
    return result


def calmed(filled: np.ndarray, hole: np.ndarray) -> np.ndarray:
    result, border = filled.copy(), Border(hole)
    for _ in border.span(np.where(hole[..., None], np.float32(0), filled), hole):
        pass
    border.calm(result)
    return result


@pytest.fixture
def photo_and_hole() -> tuple[np.ndarray, np.ndarray]:
    photo = (data.astronaut()[:231, :287] / 255 * 0.6 + 0.2).astype(np.float32)
    hole = np.zeros(photo.shape[:2], bool)
    hole[60:150, 70:171] = True
    hole[:20, 200:] = True
    return photo, hole


def test_a_constant_error_goes_and_kept_pixels_stay(photo_and_hole):
    y, x = np.mgrid[:231, :287].astype(np.float32)
    ramp = np.stack([x, y, x + y], axis=-1) / 800 + 0.1
    hole = photo_and_hole[1]
    out = closed(np.where(hole[..., None], ramp + 0.1, ramp), hole)
    assert np.array_equal(out[~hole], ramp[~hole])
    assert np.abs(out - ramp).max() < 0.01


def test_the_fills_own_gradients_stay(photo_and_hole):
    photo, hole = photo_and_hole
    off = np.where(hole[..., None], photo + np.float32(0.1), photo)
    out = closed(off, hole)
    assert np.abs((out - photo)[hole]).mean() < 0.03
    inner = (slice(80, 130), slice(90, 150))
    assert np.abs(np.diff(out[inner], axis=0) - np.diff(photo[inner], axis=0)).max() < 0.02


def test_no_kept_neighbour_no_change():
    filled = np.random.default_rng(0).random((9, 7, 3), np.float32)
    assert np.array_equal(closed(filled, np.ones((9, 7), bool)), filled)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (5, 3), (65, 33)])
def test_every_shape_stays_in_range(shape):
    filled = np.random.default_rng(0).random((*shape, 3), np.float32)
    hole = np.random.default_rng(1).random(shape) < 0.6
    hole.flat[0] = True
    out = closed(filled, hole)
    assert np.isfinite(out).all() and out.min() >= 0 and out.max() <= 1
    assert np.array_equal(out[~hole], filled[~hole])


def test_a_clear_sky_stays_clear_and_a_lively_fill_stays():
    y, x = np.mgrid[:200, :260].astype(np.float32)
    sky = np.stack([x, y, x + y], axis=-1) / 900 + 0.2
    sky += np.random.default_rng(0).normal(0, 0.004, sky.shape).astype(np.float32)
    hole = np.zeros(sky.shape[:2], bool)
    hole[70:130, 80:180] = True
    tinted = np.where(hole[..., None], sky + np.float32(0.1) * np.sin(x / 9)[..., None], sky).astype(np.float32)
    out = calmed(tinted, hole)
    assert np.array_equal(out[~hole], sky[~hole])
    assert np.abs(out - sky)[hole].mean() < 0.15 * np.abs(tinted - sky)[hole].mean()
    lively = np.where(hole[..., None], tinted, np.random.default_rng(1).random(sky.shape, np.float32))
    inner = np.s_[72:128, 82:178]
    assert np.allclose(calmed(lively, hole)[inner], lively[inner], atol=1e-6)


def test_two_calm_surroundings_that_differ_are_not_mixed():
    """A ridge before the sky: each side is smooth at the border, what is between them the network knows better."""
    picture = np.full((300, 300, 3), 0.9, np.float32)
    picture[150:] = 0.1
    hole = np.zeros((300, 300), bool)
    hole[60:240, 60:240] = True
    assert np.allclose(calmed(picture, hole)[140:160, 100:200], picture[140:160, 100:200], atol=1e-6)
