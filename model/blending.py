"""How a fill meets the picture: no step at its border, no tint in calm surroundings.

May know: numpy, OpenCV, model.membrane, model.scales. Must not know: torch, tiles, the engine.
"""

from __future__ import annotations

from functools import reduce

import cv2
import numpy as np

from model.contexts import hole_box
from model.membrane import Membrane, sum_of_neighbours
from model.scales import shrink

NEAR = 17  # pixels, side of the windows in which calm is measured
CALM, LIVELY = 0.02, 0.05  # standard deviations of values in 0..1


class Border:
    """Where a fill and the kept pixels meet.

    Args:
        hole: (H, W) bool, which pixels were filled; some must be.
    """

    def __init__(self, hole: np.ndarray) -> None:
        self._hole = hole
        self._outer = hole_box(hole).grown(1, hole.shape)
        self._missing = hole[self._outer.slices]
        self._kept = (~self._missing).astype(np.float32)
        neighbours = sum_of_neighbours(self._kept)
        self._at = self._missing & (neighbours > 0)
        self._to_mean = self._at / np.maximum(neighbours, 1)
        self._membrane = Membrane(self._at, self._missing)
        self._calm: np.ndarray | None = None
        self._spanned: list[np.ndarray] = []

    def close_seam(self, filled: np.ndarray) -> None:
        """Bend a fill to meet the kept pixels, in place; its gradients stay.

        What is missing at the border is spread over the hole by a membrane and added: gradient-domain blending
        (Pérez et al. 2003) with the fill's own gradients as its guidance.

        Args:
            filled: (H, W, 3) float32 in 0..1, without holes.
        """
        part = filled[self._outer.slices]
        for channel in range(3):
            values = cv2.extractChannel(part, channel)
            step = self._kept_beside(values)
            step -= values * self._at
            values += self._membrane.through(step)
            part[..., channel] = values.clip(0.0, 1.0, out=values)

    def measure_calm(self, picture: np.ndarray, missing: np.ndarray) -> None:
        """Find where the kept pixels at the border hardly vary, as in a clear sky.

        Args:
            picture: (H, W, 3) float32 in 0..1; only what is kept has a say.
            missing: (H, W) bool, what is not kept: the hole and others.
        """
        if not self._at.any():
            return
        liveliness = self._membrane.through(self._kept_beside(self._variation(picture, missing)))
        calm = ((LIVELY - liveliness) * (1 / (LIVELY - CALM))).clip(0.0, 1.0)
        calm *= self._missing
        if calm.any():
            self._calm = calm

    def span(self, picture: np.ndarray) -> None:
        """Put a membrane through the kept pixels ahead of `calm`, which does so itself otherwise."""
        if self._calm is not None:
            self._spanned = [self._surface(picture, channel) for channel in range(3)]

    def calm(self, filled: np.ndarray) -> None:
        """Where `measure_calm` found it calm, put a membrane through the kept pixels in place of the fill, in place.

        Args:
            filled: (H, W, 3) float32 in 0..1, without holes.
        """
        if self._calm is None:
            return
        part = filled[self._outer.slices]
        for channel in range(3):
            values = cv2.extractChannel(part, channel)
            surface = self._spanned[channel] if self._spanned else self._surface(filled, channel)
            part[..., channel] = values + self._calm * (surface - values)

    def _surface(self, picture: np.ndarray, channel: int) -> np.ndarray:
        return self._membrane.through(self._kept_beside(cv2.extractChannel(picture[self._outer.slices], channel)))

    def _kept_beside(self, values: np.ndarray) -> np.ndarray:
        """For each hole pixel beside kept ones their mean, 0 elsewhere."""
        return sum_of_neighbours(values * self._kept) * self._to_mean

    def _variation(self, picture: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Standard deviation of the kept pixels near each pixel, of the channel that varies most."""
        box = hole_box(self._hole).grown(NEAR, self._hole.shape)
        kept = (~missing[box.slices]).view(np.uint8)
        values = cv2.copyTo(picture[box.slices], kept)
        to_mean = cv2.merge([1 / np.maximum(_near(kept.astype(np.float32)), 1e-3)] * 3)
        mean, square = (_near(plane) * to_mean for plane in (values, cv2.multiply(values, values)))
        variance = reduce(np.maximum, cv2.split(square - np.square(mean)))
        deviation = cv2.resize(np.sqrt(np.maximum(variance, 0)), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
        return deviation[self._outer.moved(-box.top, -box.left).slices]


def _near(values: np.ndarray) -> np.ndarray:
    """Means of windows of `NEAR` pixels around each second pixel."""
    return cv2.blur(shrink(values), (NEAR // 2 + 1,) * 2, borderType=cv2.BORDER_REFLECT)
