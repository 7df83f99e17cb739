"""Seam energy on made pictures: nothing shows, a step shows, grain does not hide it."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from benchmarks.quality.seam import seam_energy


def make_grainy(seed: int) -> np.ndarray:
    """Clouds with grain of 10 gray levels."""
    rng = np.random.default_rng(seed)
    clouds = cv2.GaussianBlur(rng.normal(0, 1, (240, 240, 3)).astype(np.float32), (0, 0), 12)
    picture = 127 + 40 * clouds / clouds.std() + rng.normal(0, 10, clouds.shape)
    return picture.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def grainy() -> np.ndarray:
    return make_grainy(0)


@pytest.fixture(scope="module")
def hole() -> np.ndarray:
    canvas = np.zeros((240, 240), np.uint8)
    cv2.ellipse(canvas, (120, 110), (70, 40), 30, 0, 360, 1, -1)
    return canvas > 0


def shifted(picture: np.ndarray, hole: np.ndarray, levels: int) -> np.ndarray:
    return np.where(hole[..., None], (picture.astype(int) + levels).clip(0, 255), picture).astype(np.uint8)


def test_the_photo_itself_has_no_seam(hole):
    assert np.median([seam_energy(make_grainy(seed), hole) for seed in range(9)]) == pytest.approx(1, abs=0.08)


def test_a_step_shows_through_grain_that_is_stronger_than_it(grainy, hole):
    energies = [seam_energy(shifted(grainy, hole, levels), hole) for levels in (0, 4, 8, 16)]
    assert energies == sorted(energies)
    assert energies[2] > 1.3 * energies[0] and energies[3] > 2 * energies[0]


def test_a_step_in_either_direction_shows_alike(grainy, hole):
    up, down = (seam_energy(shifted(grainy, hole, levels), hole) for levels in (16, -16))
    assert up == pytest.approx(down, rel=0.1)


def test_a_fill_smoother_than_its_surroundings_is_below_one(grainy, hole):
    smooth = cv2.inpaint(grainy, hole.astype(np.uint8), 3, cv2.INPAINT_NS)
    assert seam_energy(smooth, hole) < 0.95


def test_a_flat_picture_and_a_ramp_have_no_seam_and_a_step_in_them_is_plain(hole):
    flat = np.full((240, 240, 3), 90, np.uint8)
    ramp = np.broadcast_to(np.arange(240, dtype=np.uint8)[None, :, None], flat.shape)
    assert seam_energy(flat, hole) == 1
    assert seam_energy(ramp, hole) == pytest.approx(1)
    assert seam_energy(shifted(flat, hole, 5), hole) > 10


def test_only_the_holes_neighbourhood_counts(grainy, hole):
    far = grainy.copy()
    far[:, 215:] = 255
    assert seam_energy(far, hole) == seam_energy(grainy, hole)


def test_a_line_one_pixel_wide_shows(grainy):
    line = np.zeros(grainy.shape[:2], bool)
    line[100, 40:200] = True
    assert seam_energy(shifted(grainy, line, 20), line) > 2 > seam_energy(grainy, line)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 3), (20, 20)])
def test_no_border_or_no_surroundings_is_not_a_number(shape):
    picture = np.zeros((*shape, 3), np.uint8)
    assert math.isnan(seam_energy(picture, np.zeros(shape, bool)))
    assert math.isnan(seam_energy(picture, np.ones(shape, bool)))
