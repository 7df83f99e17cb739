"""What patches draw: lines go on, a thing is not eaten by its background, forbidden pixels are not copied."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from model.synthesis import candidates

patchmatch = pytest.importorskip("patchmatch", reason="PyPatchMatch has no wheel for this platform")


def hole_in(shape: tuple[int, int], top: int, left: int, bottom: int, right: int) -> np.ndarray:
    hole = np.zeros(shape, bool)
    hole[top:bottom, left:right] = True
    return hole


def noise(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-6, 7, shape)


def stripes(side: int = 160) -> np.ndarray:
    """Dark diagonal stripes on a light ground, (side, side, 3) uint8."""
    rows, columns = np.mgrid[:side, :side]
    dark = ((rows + columns) // 12) % 3 == 0
    return (np.where(dark, 60, 190)[..., None] + noise((side, side, 3))).astype(np.uint8)


def test_stripes_go_on_through_a_hole_that_the_network_left_gray():
    truth = stripes()
    hole = hole_in((160, 160), 60, 60, 100, 100)
    picture = np.where(hole[..., None], np.uint8(150), truth)
    drawn = candidates.draw(picture, hole, hole)
    assert np.array_equal(drawn[~hole], truth[~hole])
    middle = np.s_[65:95, 65:95]
    slope = np.polyfit(truth[middle].ravel().astype(float), drawn[middle].ravel(), 1)[0]
    assert slope > 0.8


def test_a_guide_has_a_thing_drawn_where_the_network_expects_it():
    """The hole takes the right half of a red disc, which the free drawing loses in part."""
    rows, columns = np.mgrid[:120, :120]
    disc = (rows - 60) ** 2 + (columns - 60) ** 2 < 30**2
    truth = (np.where(disc[..., None], (200, 40, 40), (40, 40, 200)) + noise((120, 120, 3))).astype(np.uint8)
    hole = hole_in((120, 120), 20, 55, 100, 110)
    soft = cv2.GaussianBlur(truth, (0, 0), 6)
    picture = np.where(hole[..., None], soft, truth)
    right = []
    for guide in (0.0, 0.3):
        drawn = candidates.draw(picture, hole, hole, guide)
        right.append(((drawn[..., 0] > drawn[..., 2]) == disc)[hole].mean())
    assert right[1] > right[0] + 0.1


def test_another_seed_draws_otherwise():
    picture, hole = noise((100, 100, 3), 1).astype(np.uint8) + np.uint8(100), hole_in((100, 100), 40, 40, 70, 70)
    first, other = (candidates.draw(picture, hole, hole, seed=seed) for seed in (0, 2**32 - 1))
    assert not np.array_equal(first, other)


def test_what_is_forbidden_is_not_copied_and_stays():
    picture = (128 + noise((120, 120, 3))).astype(np.uint8)
    picture[:, :40] = (255, 0, 0)
    hole, forbidden = hole_in((120, 120), 40, 44, 80, 84), hole_in((120, 120), 0, 0, 120, 40)
    drawn = candidates.draw(picture, hole, forbidden)
    assert np.array_equal(drawn[~hole], picture[~hole])
    assert int(np.abs(drawn[hole].astype(int) - 128).max()) < 40


def test_equal_input_is_drawn_alike():
    picture, hole = stripes(), hole_in((160, 160), 50, 50, 90, 90)
    assert np.array_equal(candidates.draw(picture, hole, hole), candidates.draw(picture, hole, hole))


@pytest.mark.parametrize(
    ("picture", "hole"),
    [
        (np.zeros((7, 7, 3), np.uint8), hole_in((7, 7), 2, 2, 4, 4)),
        (np.zeros((40, 40, 3), np.uint8), np.ones((40, 40), bool)),
    ],
)
def test_where_nothing_can_be_copied_it_says_so(picture, hole):
    with pytest.raises(ValueError, match="nothing to copy"):
        candidates.draw(picture, hole, hole)
