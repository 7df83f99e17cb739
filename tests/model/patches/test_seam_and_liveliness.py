"""What is drawn meets the kept pixels beside it, and is as lively as they are."""

from __future__ import annotations

import cv2
import numpy as np

from model.patches.liveliness import expected_liveliness, liveliness
from model.patches.seam import beside, close_seam

HOLE = np.zeros((60, 60), bool)
HOLE[20:40, 15:45] = True
DEPTH = cv2.distanceTransform(HOLE.view(np.uint8), cv2.DIST_L2, 5)


def test_a_step_at_the_border_is_gone_and_the_middle_stays() -> None:
    kept = np.full((60, 60, 3), 100, np.float32)
    drawn = kept - 30  # in the ring as well: patches would have all of it darker
    result = close_seam(drawn, kept, beside(HOLE, ~HOLE), DEPTH)
    assert np.array_equal(result[~HOLE], kept[~HOLE])
    assert np.abs(result[20, 20:40] - 100).max() < 10
    assert np.abs(result[29:31, 29:31] - 70).max() < 4


def test_what_is_forbidden_beside_the_hole_changes_nothing() -> None:
    kept, known = np.full((60, 60, 3), 100, np.float32), ~HOLE
    known[:, :30] = False
    result = close_seam(kept - 30, kept, beside(HOLE, known), DEPTH)
    assert np.allclose(result[25:35, 15:20], 70)
    assert np.abs(result[30, 44] - 100).max() < 10


def test_a_hole_is_expected_to_be_as_lively_as_what_lies_on_its_side() -> None:
    """Noise on the left, one gray on the right."""
    picture = np.full((60, 60, 3), 128, np.float32)
    picture[:, :30] += np.random.default_rng(0).normal(0, 20, (60, 30, 1)).astype(np.float32)
    lively = liveliness(picture, ~HOLE)
    assert lively[10, 8] > 8 and lively[10, 52] == 0
    expected = expected_liveliness(lively, ~HOLE, float(DEPTH.max()))
    assert expected[30, 17] > 2 * expected[30, 43] and expected[30, 17] > 5


def test_edges_between_smooth_things_are_not_taken_for_texture() -> None:
    """Both pictures differ as much from their smoothed selves."""
    rng = np.random.default_rng(1)
    stripes = np.where(np.arange(60) // 15 % 2 == 0, 90, 160)[None, :, None] * np.ones((60, 60, 3))
    noise = 128 + rng.normal(0, 1, (60, 60, 1)) * np.ones(3)

    def energy(picture: np.ndarray) -> float:
        return float((picture - cv2.GaussianBlur(picture, (0, 0), 2.0)).std())

    noise = 128 + (noise - 128) * energy(stripes) / energy(noise)
    expected = [
        float(expected_liveliness(liveliness(picture.astype(np.float32), ~HOLE), ~HOLE, float(DEPTH.max()))[30, 30])
        for picture in (stripes, noise)
    ]
    assert expected[0] < expected[1] / 2
