"""How a fill meets the picture: no step at its border, no tint in calm surroundings."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from model.finish.harmonic import Membrane, sum_of_neighbours
from model.geometry.contexts import hole_box

CALM, LIVELY = 0.03, 0.07  # standard deviations of values in 0..1, means of the channels


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
        self._surfaces: list[np.ndarray] = []

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

    def span(self, picture: np.ndarray) -> Iterator[None]:
        """Put a membrane through the kept pixels beside the hole, for `calm`, bit by bit.

        What it is in a place is a mean of these pixels (by harmonic measure). Their variance by the same measure
        tells whether they agree about that place: it is calm where they do, as in a clear sky.

        Args:
            picture: (H, W, 3) float32 in 0..1; only what is kept has a say.
        """
        part = picture[self._outer.slices]
        squares = np.zeros(self._missing.shape, np.float32)
        surfaces = []
        for channel in range(3):
            values = cv2.extractChannel(part, channel)
            surfaces.append(self._membrane.through(self._kept_beside(values)))
            squares += self._kept_beside(np.square(values))
            yield
        variance = self._membrane.through(squares)
        for surface in surfaces:
            variance -= np.square(surface)
        deviation = np.sqrt(np.maximum(variance, 0, out=variance) / 3)
        calm = ((LIVELY - deviation) * (1 / (LIVELY - CALM))).clip(0.0, 1.0)
        calm *= self._missing
        if self._at.any() and calm.any():
            self._calm, self._surfaces = calm, surfaces

    def calm(self, filled: np.ndarray) -> None:
        """Where `span` found it calm, put its membrane in place of the fill, in place.

        Args:
            filled: (H, W, 3) float32 in 0..1, without holes.
        """
        if self._calm is None:
            return
        part = filled[self._outer.slices]
        for channel, surface in enumerate(self._surfaces):
            values = cv2.extractChannel(part, channel)
            part[..., channel] = values + self._calm * (surface - values)

    def _kept_beside(self, values: np.ndarray) -> np.ndarray:
        """For each hole pixel beside kept ones their mean, 0 elsewhere."""
        return sum_of_neighbours(values * self._kept) * self._to_mean
