"""A picture and its hole at falling sizes: each half as large as the one before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from model.geometry.contexts import depth_of
from model.patches.patch import patches_of

LEAST_SIDE = 16  # pixels
LEAST_PATCHES = 8  # that can be copied whole
SHALLOW = 4.0  # pixels; a hole no deeper is seen through by patches
MOST_MISSING = 0.75  # of a pixel that is known nevertheless
WEIGHTS = np.array([1, 5, 10, 10, 5, 1], np.float32) / 32


@dataclass(frozen=True)
class Level:
    """The picture at one size, and what is known of it there.

    Args:
        colours: (H, W, 3) float32, gray levels: what is known, and the guess where nothing is.
        known: (H, W) bool, where there is something to copy. It reaches into the hole where that has been made smaller.
        hole: (H, W) bool, what is to be drawn.
        guess: (H, W, 3) float32, what the network filled, around it the picture.
    """

    colours: np.ndarray
    known: np.ndarray
    hole: np.ndarray
    guess: np.ndarray

    @cached_property
    def depth(self) -> np.ndarray:
        """(H, W) float32, pixels into the hole; outside the negative distance to it."""
        return depth_of(self.hole) - cv2.distanceTransform((~self.hole).view(np.uint8), cv2.DIST_L2, 5)


def levels_of(picture: np.ndarray, hole: np.ndarray, forbidden: np.ndarray) -> list[Level]:
    """From a picture (H, W, 3) float32 with a guess in its hole (H, W) bool to the smallest that is of use."""
    levels = [Level(picture, ~(hole | forbidden), hole, picture)]
    missing = hole.astype(np.float32)
    while min(hole.shape) // 2 >= LEAST_SIDE and depth_of(hole).max() > SHALLOW:
        last = levels[-1]
        share = _halved(last.known.astype(np.float32))
        missing = _halved(missing) / _halved(np.ones_like(missing))
        known, hole = share > 0, missing > MOST_MISSING
        guess = _halved(last.guess) / _halved(np.ones_like(last.guess))
        colours = _halved(last.colours * last.known[..., None]) / np.maximum(share, 1e-6)[..., None]
        if not hole.any() or patches_of(known).sum() < LEAST_PATCHES:
            break
        levels.append(Level(np.where(known[..., None], colours, guess), known, hole, guess))
    return levels


def _halved(values: np.ndarray) -> np.ndarray:
    """Every other of the weighted means; beyond the picture is 0."""
    height, width = values.shape[:2]
    return cv2.sepFilter2D(
        cv2.copyMakeBorder(values, 2, 3 + height % 2, 2, 3 + width % 2, cv2.BORDER_CONSTANT),
        -1,
        WEIGHTS,
        WEIGHTS,
        anchor=(0, 0),
        borderType=cv2.BORDER_CONSTANT,
    )[: height + height % 2 : 2, : width + width % 2 : 2]
