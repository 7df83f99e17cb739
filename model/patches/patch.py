"""Patches of a picture, and how far two of them are apart: compiled, since a fill asks millions of times.

A patch is 7 rows of 8 pixels, named by a pixel in its middle. Eight, since processors take as many numbers at a time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np

from model.patches.compiled import compiled

BEFORE, AFTER = 3, 4  # columns of a patch to the left and right of the pixel that names it; rows: BEFORE on both sides
ROWS, COLUMNS = 2 * BEFORE + 1, BEFORE + AFTER + 1
PIXELS = ROWS * COLUMNS
CHANNELS = 5
IN_ROW = COLUMNS * CHANNELS
MOST_APART = np.float32(9 * 255 * 255 * PIXELS)  # of two patches that have nothing in common
BIAS = np.float32(4.0)  # gray levels by which a patch may be made lighter or darker where it is laid, by channel
KEPT = np.float32(3.0)  # times as much count pixels of a patch that are kept
CALMER = np.float32(8.0 * PIXELS)  # how much it counts that a patch is calmer than it should be


class View(NamedTuple):
    """What is compared of a picture (H, W), all float32, in gray levels of 0..255.

    Args:
        features: (H, W * CHANNELS), each pixel's colours and slopes, whole numbers: their sums are exact in any order.
        means: (H, W, 3), the colours' means over the patch at each pixel.
        guide: (H, W, 3), what the network expects there.
        lively: (H, W), how lively it is there, or in a hole should be.
        weights: (H, W * CHANNELS), how much each feature counts where patches are laid.
    """

    features: np.ndarray
    means: np.ndarray
    guide: np.ndarray
    lively: np.ndarray
    weights: np.ndarray


def weights_of(hole: np.ndarray) -> np.ndarray:
    """(H, W * CHANNELS) float32: what is kept counts more than what is in the hole (H, W) bool."""
    return np.repeat(np.where(hole, np.float32(1), KEPT), CHANNELS, axis=1)


def sum_of_colours(colours: np.ndarray) -> np.ndarray:
    """(H, W) of (H, W, 3); numpy's own sum over so short an axis takes six times as long."""
    return colours[..., 0] + colours[..., 1] + colours[..., 2]


def view(colours: np.ndarray, guide: np.ndarray, lively: np.ndarray, weights: np.ndarray) -> View:
    """Of (H, W, 3) float32 colours."""
    height, width = colours.shape[:2]
    features = np.empty((height, width, CHANNELS), np.float32)
    features[..., :3] = colours
    # as much as slopes of each colour would count
    light = cv2.copyMakeBorder(sum_of_colours(colours) * np.float32(3**-0.5), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    features[..., 3] = (light[1:-1, 2:] - light[1:-1, :-2]) / 2
    features[..., 4] = (light[2:, 1:-1] - light[:-2, 1:-1]) / 2
    np.rint(features, out=features)
    means = cv2.blur(colours, (COLUMNS, ROWS), anchor=(BEFORE, BEFORE), borderType=cv2.BORDER_REPLICATE)
    return View(features.reshape(height, width * CHANNELS), means, guide, lively, weights)


def whole_patches(shape: tuple[int, int]) -> np.ndarray:
    """Which pixels, (H, W) bool, name a patch that lies within the picture."""
    within = np.zeros(shape, bool)
    within[BEFORE : shape[0] - BEFORE, BEFORE : shape[1] - AFTER] = True
    return within


def patches_on(where: np.ndarray) -> np.ndarray:
    """Which patches have some pixel of (H, W) bool."""
    size = np.ones((ROWS, COLUMNS), np.uint8)
    return (cv2.dilate(where.view(np.uint8), size, anchor=(BEFORE, BEFORE)) > 0) & whole_patches(where.shape)


def patches_of(where: np.ndarray) -> np.ndarray:
    """Which patches have all their pixels in (H, W) bool."""
    return whole_patches(where.shape) & ~patches_on(~where)


@compiled(fastmath=True, inline="always")
def _apart(here: View, y: int, x: int, there: View, row: int, column: int, most: float) -> Any:
    total = np.float32(0)
    left, other_left = (x - BEFORE) * CHANNELS, (column - BEFORE) * CHANNELS
    for down in range(-BEFORE, BEFORE + 1):
        ours = here.features[y + down, left : left + IN_ROW]
        theirs = there.features[row + down, other_left : other_left + IN_ROW]
        weights = here.weights[y + down, left : left + IN_ROW]
        of_row = np.float32(0)
        for k in range(IN_ROW):
            off = ours[k] - theirs[k]
            of_row += weights[k] * (off * off)
        total += of_row
        if total >= most:
            break
    return total


@compiled
def bias(target: View, y: int, x: int, source: View, row: int, column: int, channel: int) -> Any:
    """By how much the source's patch is made lighter where it is laid on the target's, gray levels."""
    return min(max(target.means[y, x, channel] - source.means[row, column, channel], -BIAS), BIAS)


@compiled(inline="always")
def distance(target: View, y: int, x: int, source: View, row: int, column: int, trust: np.ndarray, most: float) -> Any:
    """How far the source's patch at (row, column) is from the target's at (y, x); of `most` and more no matter what.

    The weighted squares of differences, less what a bias mends; how far it is from what the network expects, as far as
    that is to be trusted: `trust`, (H, W) float32; and how much calmer it is than it should be.
    """
    total = np.float32(0)
    for channel in range(3):
        off = target.guide[y, x, channel] - source.guide[row, column, channel]
        total += off * off
    total *= trust[y, x]
    calmer = max(np.float32(0), target.lively[y, x] - source.lively[row, column])
    total += CALMER * calmer * calmer
    for channel in range(3):
        off = target.means[y, x, channel] - source.means[row, column, channel]
        mended = min(max(off, -BIAS), BIAS)
        total -= PIXELS * mended * (2 * off - mended)
    if total >= most:
        return total
    return max(np.float32(0), total + _apart(target, y, x, source, row, column, most - total))
