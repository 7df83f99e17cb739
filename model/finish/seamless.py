"""How a fill meets the picture: no step at its border, no tint in calm surroundings."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from model.finish.harmonic import HarmonicFill, sum_of_neighbours
from model.geometry.contexts import hole_box

CALM, LIVELY = 0.03, 0.07  # standard deviations of values in 0..1, means of the channels
AROUND, LINE_WIDTH = 31, 3  # pixels, sides of windows whose means are compared to find a line
NO_LINE, LINE = 0.05, 0.10  # how far it stands out, of values in 0..1
GRAIN = 3.0  # pixels, sigma below which detail is grain
MOST_GRAIN = 0.04  # of values in 0..1


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
        self._harmonic = HarmonicFill(self._at, self._missing)
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
            values += self._harmonic.through(step)
            part[..., channel] = values.clip(0.0, 1.0, out=values)

    def span(self, picture: np.ndarray, avoided: np.ndarray) -> Iterator[None]:
        """Put a membrane through the kept pixels beside the hole, for `calm`, bit by bit.

        What it is in a place is a mean of these pixels (by harmonic measure). Their variance by the same measure
        tells whether they agree about that place: it is calm where they do, as in a clear sky, unless a line that
        stands out of its neighbourhood, however thin, runs into the hole near by, or it would go on from what is to be
        avoided.

        Args:
            picture: (H, W, 3) float32 in 0..1; only what is kept has a say.
            avoided: (H, W) bool, where nothing is to be taken from; the hole may be part of it.
        """
        part = picture[self._outer.slices]
        squares = np.zeros(self._missing.shape, np.float32)
        surfaces = []
        for channel in range(3):
            values = cv2.extractChannel(part, channel)
            surfaces.append(self._harmonic.through(self._kept_beside(values)))
            squares += self._kept_beside(np.square(values))
            yield
        variance = self._harmonic.through(squares)
        for surface in surfaces:
            variance -= np.square(surface)
        deviation = np.sqrt(np.maximum(variance, 0, out=variance) / 3)
        calm = ((LIVELY - deviation) * (1 / (LIVELY - CALM))).clip(0.0, 1.0)
        yield
        calm *= ((LINE - self._lines(part)) * (1 / (LINE - NO_LINE))).clip(0.0, 1.0)
        calm *= self._missing
        beside = self._kept_beside(avoided[self._outer.slices].astype(np.float32))
        if beside.any():
            calm *= (1 - self._harmonic.through(beside)).clip(0.0, 1.0)
        if self._at.any() and calm.any():
            self._calm, self._surfaces = calm, surfaces

    @property
    def calmness(self) -> float:
        """How calm the hole is as a whole by `span`, 0..1."""
        return 0.0 if self._calm is None else float(self._calm[self._missing].mean())

    def calm(self, filled: np.ndarray, grain: bool = False) -> None:
        """Where `span` found it calm, put its membrane in place of the fill, in place.

        Args:
            filled: (H, W, 3) float32 in 0..1, without holes.
            grain: whether to keep of the fill what is as fine and faint as grain.
        """
        if self._calm is None:
            return
        part = filled[self._outer.slices]
        for channel, surface in enumerate(self._surfaces):
            values = cv2.extractChannel(part, channel)
            wanted = surface
            if grain:
                fine = values - cv2.GaussianBlur(values, (0, 0), GRAIN)
                wanted = surface + fine.clip(-MOST_GRAIN, MOST_GRAIN, out=fine)
            part[..., channel] = values + self._calm * (wanted - values)

    def _lines(self, part: np.ndarray) -> np.ndarray:
        """How far the kept pixels beside the hole stand out of those around them, spread over the hole, (h, w)."""
        kept = cv2.copyTo(part, self._kept.astype(np.uint8))
        share = np.maximum(cv2.blur(self._kept, (AROUND, AROUND)), 1e-6)
        share_near = np.maximum(cv2.blur(self._kept, (LINE_WIDTH, LINE_WIDTH)), 1e-6)
        near = cv2.blur(kept, (LINE_WIDTH, LINE_WIDTH)) / share_near[..., None]
        apart = np.abs(near - cv2.blur(kept, (AROUND, AROUND)) / share[..., None]).max(2) * self._at
        reach = max(3, int(np.sqrt(self._missing.sum()) / 4)) | 1
        felt = cv2.dilate(apart, np.ones((reach, 1), np.uint8))
        felt = cv2.dilate(felt, np.ones((1, reach), np.uint8)) * self._at
        return self._harmonic.through(felt)

    def _kept_beside(self, values: np.ndarray) -> np.ndarray:
        """For each hole pixel beside kept ones their mean, 0 elsewhere."""
        return sum_of_neighbours(values * self._kept) * self._to_mean
