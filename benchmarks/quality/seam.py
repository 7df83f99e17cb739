"""Whether a fill's border shows: seam energy."""

from __future__ import annotations

import cv2
import numpy as np

STRETCH = 3.0  # pixels, sigma of the stretch of border over which a step must persist to count
OUTSIDE = (4, 6, 8)  # pixels off the hole of the contours that it is compared with; the nearest step reads 2 off
FLOOR = 0.25  # gray levels: what no screen shows is no seam, and flat surroundings do not divide by zero


def seam_energy(fill: np.ndarray, hole: np.ndarray) -> float:
    """How much stronger steps along the hole's border are than along like contours in its untouched surroundings.

    A border pair is a filled pixel p and a kept pixel q beside it, with p' behind p and q' behind q on the same row
    or column. Its step is what the gradients on both sides do not explain: (p − q) − ½·((q − q') + (p' − p)), inside
    minus outside, in gray levels of each channel. Steps are averaged with their sign over a stretch of border
    (Gaussian, STRETCH pixels), so that grain cancels and a seam, which persists, stays. The energy of a border is
    the mean absolute stretch. The same is measured along the borders of the hole grown by OUTSIDE pixels, where
    nothing was filled.

    Args:
        fill: H×W×3 uint8, the filled picture. hole: H×W bool.

    Returns:
        (energy + FLOOR) / (mean energy outside + FLOOR): about 1 for the photo itself, below 1 where the border is
        smoother than the surroundings, above 1 where it shows; NaN where the hole has no border or no surroundings.
    """
    reach = max(OUTSIDE) + 3
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    if not len(rows):
        return float("nan")
    near = tuple(slice(max(0, int(a[0]) - reach), int(a[-1]) + 1 + reach) for a in (rows, columns))
    picture, inside = fill[near].astype(np.float32), hole[near]
    distance = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    border = _energy(picture, inside)
    outside = [energy for grown in OUTSIDE if (energy := _energy(picture, distance <= grown)) is not None]
    if border is None or not outside:
        return float("nan")
    return (border + FLOOR) / (float(np.mean(outside)) + FLOOR)


def _energy(picture: np.ndarray, inside: np.ndarray) -> float | None:
    """Mean absolute stretch of the border of `inside`; None where it has none."""
    steps, pairs = np.zeros_like(picture), np.zeros(inside.shape, np.float32)
    _collect(picture, inside, steps, pairs)
    _collect(*(a.swapaxes(0, 1) for a in (picture, inside, steps, pairs)))
    on = pairs > 0
    if not on.any():
        return None
    weight = cv2.GaussianBlur(pairs, (0, 0), STRETCH)[on][:, None]
    return float(np.abs(cv2.GaussianBlur(steps, (0, 0), STRETCH)[on] / weight).mean())


def _collect(picture: np.ndarray, inside: np.ndarray, steps: np.ndarray, pairs: np.ndarray) -> None:
    """Add the steps of all border pairs along rows to their inner pixels."""
    before, left, right, after = (picture[:, i : picture.shape[1] - 3 + i] for i in range(4))
    row, column = np.nonzero(inside[:, 1:-2] != inside[:, 2:-1])
    at = (row, column)
    step = (right[at] - left[at]) - 0.5 * ((left[at] - before[at]) + (after[at] - right[at]))
    inner_right = inside[row, column + 2]
    inner = (row, np.where(inner_right, column + 2, column + 1))
    np.add.at(steps, inner, np.where(inner_right[:, None], step, -step))
    np.add.at(pairs, inner, 1.0)
