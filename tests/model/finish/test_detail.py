from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from model.finish.detail import add_detail
from model.finish.offset_map import displacement_map


def detailed(filled: np.ndarray, hole: np.ndarray, amount: float) -> np.ndarray:
    result = filled.copy()
    for _ in add_detail(result, hole, hole, amount):
        pass
    return result


def gradient(picture: np.ndarray, where: np.ndarray) -> float:
    gray = picture.mean(axis=2)
    return float(np.hypot(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1))[where].mean())


@pytest.fixture(scope="module")
def blurred_hole() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gravel with a hole whose filling has the right colours and no grain."""
    truth = cv2.cvtColor(data.gravel()[:301, :333], cv2.COLOR_GRAY2RGB).astype(np.float32) / 255
    hole = np.zeros(truth.shape[:2], bool)
    hole[100:200, 110:230] = True
    smooth = cv2.GaussianBlur(truth, (0, 0), 6)
    return truth, np.where(hole[..., None], smooth, truth), hole


def test_grain_comes_back_and_kept_pixels_stay(blurred_hole):
    truth, filled, hole = blurred_hole
    inner = cv2.erode(hole.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    sharpness = [gradient(detailed(filled, hole, a), inner) / gradient(truth, inner) for a in (0.05, 0.5, 1.0)]
    assert sharpness == sorted(sharpness)
    assert sharpness[0] < 0.35 and 0.7 < sharpness[2] < 1.2
    out = detailed(filled, hole, 1.0)
    assert out.dtype == np.float32 and np.array_equal(out[~hole], filled[~hole])
    assert out.min() >= 0 and out.max() <= 1


def test_the_colours_of_the_fill_are_kept(blurred_hole):
    _, filled, hole = blurred_hole
    out = detailed(filled, hole, 1.0)
    assert np.abs(cv2.GaussianBlur(out - filled, (0, 0), 25)[hole]).mean() < 0.02


def test_a_smooth_photo_stays_smooth():
    y, x = np.mgrid[:200, :200].astype(np.float32) / 200
    sky = np.stack([x, y, 0.5 * (x + y)], axis=-1) * 0.8
    hole = np.zeros((200, 200), bool)
    hole[60:140, 60:140] = True
    assert np.abs(detailed(sky, hole, 1.0) - sky).max() < 0.01


def test_a_flat_wall_beside_a_hedge_stays_flat():
    picture = np.full((420, 420, 3), 0.5, np.float32)
    picture[:, :150] += np.random.default_rng(0).normal(0, 0.2, (420, 150, 3)).astype(np.float32)
    hole = np.zeros((420, 420), bool)
    hole[120:300, 90:330] = True
    filled = np.where(hole[..., None], np.float32(0.5), picture.clip(0, 1))
    out = detailed(filled, hole, 1.0)
    assert np.isfinite(out).all()
    assert out[150:270, 90:110].std() > 0.1  # the hedge goes on
    assert np.abs(out - 0.5)[150:270, 260:330].max() < 0.01


def test_the_same_call_gives_the_same_bytes(blurred_hole):
    _, filled, hole = blurred_hole
    assert np.array_equal(detailed(filled, hole, 0.7), detailed(filled, hole, 0.7))


@pytest.mark.parametrize("shape", [(5, 5), (28, 400), (61, 33)])
def test_too_little_to_take_from_changes_nothing_or_stays_in_range(shape):
    filled = np.random.default_rng(0).random((*shape, 3), np.float32)
    hole = np.ones(shape, bool)
    hole[:3, :3] = False
    out = detailed(filled, hole, 1.0)
    assert out.shape == filled.shape and np.isfinite(out).all() and np.array_equal(out[~hole], filled[~hole])


def test_texture_is_copied_in_pieces(blurred_hole):
    _, filled, hole = blurred_hole
    picture, share = (
        cv2.resize(a.astype(np.float32), (160, 152), interpolation=cv2.INTER_AREA) for a in (filled, hole)
    )
    displacements = displacement_map(picture, share, share > 0, np.zeros_like(share))
    inside = share > 0
    beside = inside[:, 1:] & inside[:, :-1]
    same = (displacements[:, 1:] == displacements[:, :-1]).all(axis=2)
    assert same[beside].mean() > 0.6
    rows, columns = np.nonzero(share == 1)
    sources = np.stack([rows, columns], 1) + displacements[rows, columns]
    assert (share[sources[:, 0], sources[:, 1]] == 0).all()


def test_a_pattern_goes_on_through_the_hole():
    y, x = np.mgrid[:320, :320]
    stripes = 0.5 + 0.3 * np.sin((x + y) / 5)[..., None] * np.ones(3)
    hole = np.zeros((320, 320), bool)
    hole[130:190, 120:200] = True
    flat = np.where(hole[..., None], 0.5, stripes).astype(np.float32)
    inner = cv2.erode(hole.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    out = detailed(flat, hole, 1.0)
    assert np.corrcoef(out[inner][:, 0], stripes[inner][:, 0])[0, 1] > 0.8
