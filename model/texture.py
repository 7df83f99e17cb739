"""Detail from the photo itself: what a fill lacks in its fine bands is taken from kept texture that looks alike.

A picture is its base (what survives halving and doubling again) plus its detail. For each patch of the fill's
base a similar base patch among the kept pixels is sought, and that place's detail is laid over the fill, as far
as the fill has none of its own. This goes from the coarsest band to the finest, each matched on the picture so
far and starting from the coarser band's correspondence, so that all bands of a place come from one place.

May know: numpy, OpenCV, model.correspondence. Must not know: torch, tiles, the engine.
"""

from __future__ import annotations

import cv2
import numpy as np

from model.correspondence import HALF, PATCH, Correspondence, match

SCALES = 4
SMALLEST_SIDE = 4 * PATCH  # pixels; a smaller picture has no band to take
MOST_GAIN = 2.0
WINDOW = 4.0  # pixels, sigma of the windows in which energies are compared


def add_detail(filled: np.ndarray, hole: np.ndarray, amount: float) -> np.ndarray:
    """Lay kept texture over the filled pixels.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes.
        hole: (H, W) bool, which pixels were filled.
        amount: 0 = nothing, 1 = as much energy as the texture that was found has.

    Returns:
        (H, W, 3) float32 in 0..1; kept pixels as given.
    """
    return filled if amount == 0 else _add_bands(filled, hole, amount, SCALES)[0]


def _add_bands(
    filled: np.ndarray, hole: np.ndarray, amount: float, scales: int
) -> tuple[np.ndarray, Correspondence | None]:
    """`add_detail` for the coarser scales and then this one; also where this one's detail came from."""
    height, width = hole.shape
    if scales == 0 or min(height, width) < SMALLEST_SIDE:
        return filled, None
    padding = ((0, height % 2), (0, width % 2))
    fine = np.pad(filled, (*padding, (0, 0)), mode="edge")
    missing = np.pad(hole, padding, mode="edge")
    small = _halve(fine)
    missing_small = np.asarray(missing.reshape(missing.shape[0] // 2, 2, -1, 2).any(axis=(1, 3)))
    coarse, coarser = _add_bands(small, missing_small, amount, scales - 1)
    found = match(coarse, missing_small, coarser)
    if found is None:
        return filled, None
    detail = fine - _double(small)
    texture, taken = _lay(detail, missing, found)
    own = _local_mean((detail**2).mean(axis=2, keepdims=True), missing)
    gain = amount * np.sqrt(np.clip(1.0 - own / np.maximum(taken, 1e-8), 0.0, 1.0))
    result = np.where(missing[..., None], (_double(coarse) + detail + gain * texture).clip(0.0, 1.0), fine)
    return result[:height, :width], found


def _lay(detail: np.ndarray, missing: np.ndarray, found: Correspondence) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping detail patches, averaged and brought back to the energy that they have at their sources.

    Returns:
        The texture (H, W, 3) and that energy (H, W, 1).
    """
    side = 2 * PATCH
    bump = np.hanning(side + 2)[1:-1].astype(np.float32)
    bump = (bump[:, None] * bump[None, :])[..., None]
    layers = np.concatenate([detail, (detail**2).mean(axis=2, keepdims=True)], axis=2)
    total = np.zeros_like(layers)
    weight = np.zeros((*detail.shape[:2], 1), np.float32)
    corners = (2 * (centres - HALF) for centres in found.pairs)
    for (tr, tc), (sr, sc) in zip(*(c.tolist() for c in corners), strict=True):
        total[tr : tr + side, tc : tc + side] += bump * layers[sr : sr + side, sc : sc + side]
        weight[tr : tr + side, tc : tc + side] += bump
    mean = total / np.maximum(weight, 1e-3)
    texture = mean[..., :3]
    taken = _local_mean(mean[..., 3:], missing)
    left = _local_mean((texture**2).mean(axis=2, keepdims=True), missing)
    return texture * np.sqrt(np.clip(taken / np.maximum(left, 1e-8), 1.0, MOST_GAIN**2)), taken


def _halve(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _double(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def _local_mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Mean of (H, W, 1) values in a window around each pixel, of the pixels in `where` alone."""
    share = cv2.GaussianBlur(where.astype(np.float32), (0, 0), WINDOW)
    return (cv2.GaussianBlur(values[..., 0] * where, (0, 0), WINDOW) / np.maximum(share, 1e-3))[..., None]
