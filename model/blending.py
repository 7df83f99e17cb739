"""How a fill meets the picture: no step at its border, no tint in calm surroundings.

May know: numpy, OpenCV, model.membrane. Must not know: torch, tiles, the engine.
"""

from __future__ import annotations

import cv2
import numpy as np

from model.contexts import hole_box
from model.membrane import Membrane, sum_of_neighbours

NEAR = 17  # pixels, side of the windows in which calm is measured
CALM, LIVELY = 0.02, 0.05  # standard deviations of values in 0..1


class Border:
    """Where a fill and the kept pixels meet.

    Args:
        hole: (H, W) bool, which pixels were filled; some must be.
    """

    def __init__(self, hole: np.ndarray) -> None:
        self._hole = hole
        self._outer = hole_box(hole).grown(1, hole.shape).slices
        self._missing = hole[self._outer]
        self._kept = (~self._missing).astype(np.float32)
        neighbours = sum_of_neighbours(self._kept)
        self._at = self._missing & (neighbours > 0)
        self._to_mean = self._at / np.maximum(neighbours, 1)
        self._membrane = Membrane(self._at, self._missing)

    def close_seam(self, filled: np.ndarray) -> None:
        """Bend a fill to meet the kept pixels, in place; its gradients stay.

        What is missing at the border is spread over the hole by a membrane and added: gradient-domain blending
        (Pérez et al. 2003) with the fill's own gradients as its guidance.

        Args:
            filled: (H, W, 3) float32 in 0..1, without holes.
        """
        for channel in range(3):
            part = filled[self._outer][..., channel]
            step = np.where(self._at, self._kept_beside(part) - part, np.float32(0))
            bent = part + self._membrane.through(step)
            np.copyto(part, bent.clip(0.0, 1.0), where=self._missing)

    def calm(self, filled: np.ndarray) -> None:
        """Where the kept pixels at the border hardly vary, as in a clear sky, put a membrane through them, in place.

        Args:
            filled: (H, W, 3) float32 in 0..1, without holes.
        """
        if not self._at.any():
            return
        liveliness = self._membrane.through(self._kept_beside(self._variation(filled)))
        liveliness = ((liveliness - CALM) / (LIVELY - CALM)).clip(0.0, 1.0)
        if (liveliness[self._missing] == 1.0).all():
            return
        for channel in range(3):
            part = filled[self._outer][..., channel]
            surface = self._membrane.through(self._kept_beside(part))
            np.copyto(part, surface + liveliness * (part - surface), where=self._missing)

    def _kept_beside(self, values: np.ndarray) -> np.ndarray:
        """For each hole pixel beside kept ones their mean, 0 elsewhere."""
        return sum_of_neighbours(values * self._kept) * self._to_mean

    def _variation(self, picture: np.ndarray) -> np.ndarray:
        """Standard deviation of the kept pixels near each pixel, of the channel that varies most."""
        box = hole_box(self._hole).grown(NEAR, self._hole.shape)
        kept = (~self._hole[box.slices]).astype(np.float32)
        to_mean = 1 / np.maximum(_near(kept), 1e-3)
        variance = np.zeros_like(kept)
        for channel in range(3):
            values = picture[box.slices][..., channel] * kept
            mean, square = _near(values) * to_mean, _near(np.square(values)) * to_mean
            np.maximum(variance, square - np.square(mean), out=variance)
        return np.sqrt(variance)[hole_box(self._hole).grown(1, self._hole.shape).moved(-box.top, -box.left).slices]


def _near(values: np.ndarray) -> np.ndarray:
    return cv2.blur(values, (NEAR, NEAR), borderType=cv2.BORDER_REFLECT)
