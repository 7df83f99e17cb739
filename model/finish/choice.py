"""Which drawings of a hole are made, and which of them is the best.

Patches are sharp and continue lines, but know nothing; the network is soft, but knows what belongs where. So the free
drawing is taken unless it puts other colours beside the border than the network expects and guidance mends that, as
where a thing is eaten by its background.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import cv2
import numpy as np

from model.finish.drawing import Drawing
from model.geometry.contexts import depth_of

GUIDE = 0.01  # against the difference of two patches
EXPECTED_SIGMA = 8.0  # pixels, of the colours in which a drawing must agree with the network
TRUSTED = 16.0  # pixels from the border within which the network is not washed out
DEEPEST = 90.0  # pixels; in a deeper hole it is washed out altogether and guides nothing
LEAST_GAIN = 0.0125  # by which the guided drawing must agree better to be taken, of values in 0..1
OTHER_SEED = 1 << 31  # is changed in a seed for the same hole drawn otherwise


def ways(guide: float, other_guide: float, seed: int) -> tuple[tuple[float, int], ...]:
    """Guide and seed of each drawing of one hole, so that they differ on purpose."""
    return (guide, seed), (other_guide, seed), (guide, seed ^ OTHER_SEED)


class Choice:
    """The drawings of one hole.

    Args:
        drawing: the free one.
    """

    def __init__(self, drawing: Drawing) -> None:
        self._all = tuple(replace(drawing, guide=guide, seed=seed) for guide, seed in ways(0.0, GUIDE, drawing.seed))
        self.free, self.guided = self._all[:2]
        depth = depth_of(drawing.hole)
        self._near = drawing.hole & (depth <= TRUSTED)
        self._is_washed_out = bool(depth.max() > DEEPEST)
        self._unexpected_of_free: float | None = None

    def all(self, count: int) -> tuple[Drawing, ...]:
        """So many that differ on purpose, three at most."""
        return self._all[:count]

    def wants_guide(self, free: np.ndarray | None) -> bool:
        """Whether a guided drawing could be better than the free one, (H, W, 3) uint8, or None where that failed."""
        if free is None or self._is_washed_out:
            return False
        if self._unexpected_of_free is None:
            self._unexpected_of_free = self._unexpected(free)
        return self._unexpected_of_free > LEAST_GAIN

    def best_first(self, drawn: list[np.ndarray | None]) -> list[np.ndarray]:
        """Pictures (H, W, 3) uint8, given in the order of `all`, by how good they are; without those that failed."""
        free, guided = [*drawn, None][:2]
        if guided is not None and self.wants_guide(free) and self._gains(guided):
            drawn = [guided, free, *drawn[2:]]
        return [picture for picture in drawn if picture is not None]

    def _gains(self, guided: np.ndarray) -> bool:
        """Over the free drawing, which `wants_guide` has seen."""
        assert self._unexpected_of_free is not None
        return self._unexpected_of_free - self._unexpected(guided) > LEAST_GAIN

    def _unexpected(self, drawn: np.ndarray) -> float:
        """How far the smoothed colours of a drawing are from the network's near the border, of values in 0..1."""
        return float(np.abs(self._near_colours(drawn) - self._expected).mean()) / 255

    @cached_property
    def _expected(self) -> np.ndarray:
        return self._near_colours(self.free.picture)

    def _near_colours(self, picture: np.ndarray) -> np.ndarray:
        """Smoothed, of the pixels of the hole near the border: (N, 3) float32."""
        return cv2.GaussianBlur(picture.astype(np.float32), (0, 0), EXPECTED_SIGMA)[self._near]
