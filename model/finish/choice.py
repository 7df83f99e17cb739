"""Which drawings of a hole are made, and which of them is the best.

Patches are sharp and continue lines, but know nothing; the network is soft, but knows what belongs where. So the free
drawing is taken unless it puts other colours beside the border than the network expects and guidance mends that, as
where a thing is eaten by its background.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from model.finish.drawing import Drawing

GUIDE = 0.01  # against the difference of two patches
EXPECTED_SIGMA = 8.0  # pixels, of the colours in which a drawing must agree with the network
TRUSTED = 16.0  # pixels from the border within which the network is not washed out
DEEPEST = 90.0  # pixels; in a deeper hole it is washed out altogether and guides nothing
LEAST_GAIN = 0.0125  # by which the guided drawing must agree better to be taken, of values in 0..1
OTHER_SEED = 1 << 31  # is changed in a seed for the same hole drawn otherwise


class Choice:
    """The drawings of one hole.

    Args:
        drawing: the free one.
    """

    def __init__(self, drawing: Drawing) -> None:
        self.free = drawing
        self._depth = cv2.distanceTransform(drawing.hole.view(np.uint8), cv2.DIST_L2, 5)
        self._near = drawing.hole & (self._depth <= TRUSTED)

    @property
    def guided(self) -> Drawing:
        return replace(self.free, guide=GUIDE)

    def all(self, count: int) -> tuple[Drawing, ...]:
        """So many that differ on purpose, three at most."""
        other = replace(self.free, seed=self.free.seed ^ OTHER_SEED)
        return (self.free, self.guided, other)[:count]

    def wants_guide(self, free: np.ndarray | None) -> bool:
        """Whether a guided drawing could be better than the free one, (H, W, 3) uint8."""
        return free is not None and self._unexpected(free) > LEAST_GAIN and self._depth.max() <= DEEPEST

    def best_first(self, drawn: list[np.ndarray | None]) -> list[np.ndarray]:
        """Pictures (H, W, 3) uint8, given in the order of `all`, by how good they are; without those that failed."""
        free, guided = [*drawn, None][:2]
        if free is not None and guided is not None and self.wants_guide(free) and self._gains(free, guided):
            drawn = [guided, free, *drawn[2:]]
        return [picture for picture in drawn if picture is not None]

    def _gains(self, free: np.ndarray, guided: np.ndarray) -> bool:
        return self._unexpected(free) - self._unexpected(guided) > LEAST_GAIN

    def _unexpected(self, drawn: np.ndarray) -> float:
        """How far the smoothed colours of a drawing are from the network's near the border, of values in 0..1."""
        smooth, expected = (
            cv2.GaussianBlur(p.astype(np.float32), (0, 0), EXPECTED_SIGMA) for p in (drawn, self.free.picture)
        )
        return float(np.abs(smooth - expected)[self._near].mean()) / 255
