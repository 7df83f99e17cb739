"""How lively the kept detail beside a hole is, spread over the hole: lively at a hedge, hardly at a sky."""

from __future__ import annotations

import cv2
import numpy as np

from model.finish.harmonic import HarmonicFill
from model.geometry.boxes import Box
from model.geometry.resampling import enlarge_part, shrink

NEAR = 11  # pixels of the map, side of the windows in which energies are compared
LEAST_ENERGY = 1e-8
MOST_RAISED = 2.6  # times what is interpolated
BLOCK = 512  # pixels, side of what is worked on at a time; a multiple of every enlargement
BESIDE = np.ones((3, 3), np.uint8)
MEAN = np.full((1, 3), 1 / 3, np.float32)


class Surroundings:
    """The kept pixels beside a hole at the scale of a map; for all bands of detail.

    Args:
        hole: (H, W) bool, over which is spread; some must be.
        kept: (H, W) bool, which pixels have a say.
    """

    def __init__(self, hole: np.ndarray, kept: np.ndarray) -> None:
        beside = cv2.dilate(hole.view(np.uint8), BESIDE).view(bool) & kept
        self._hole, self._beside = hole, beside
        self._harmonic = HarmonicFill(beside, hole | beside)

    def energy(self, detail: np.ndarray, kept: np.ndarray, halvings: int, times: float) -> np.ndarray:
        """How lively a band should be in the hole, judged by what is kept beside it.

        A membrane is put through the logarithms of the energies beside the hole, so that it lies below their mean where
        some are lively and others calm. It is raised to `times` their mean, by `MOST_RAISED` at most.

        Args:
            detail: (h, w, 3) float32.
            kept: (h, w) bool.
            halvings: from the map's scale to the band's; negative where the band is finer.
            times: above 0.

        Returns:
            (H, W) float32, of the map's size. Where nothing is beside a hole it follows the mean of all that is kept.
        """
        near, mean = self._near(detail, kept, halvings)
        return self._spread(near, mean, times)

    def deviation(self, detail: np.ndarray, kept: np.ndarray) -> np.ndarray:
        """How lively a band at the map's scale is around each kept pixel, and how lively it should be in the hole.

        Args:
            detail: (H, W, 3) float32.
            kept: (H, W) bool.

        Returns:
            (H, W) float32, standard deviations.
        """
        near, mean = self._near(detail, kept, 0)
        energy = np.where(self._hole, self._spread(near, mean, 1.0), near)
        return np.sqrt(np.maximum(energy, 0.0, out=energy))  # a blur's sums may end just below 0

    def _near(self, detail: np.ndarray, kept: np.ndarray, halvings: int) -> tuple[np.ndarray, float]:
        """The energy of what is kept around each pixel of the map, (H, W), and its mean over all that is kept."""
        total, share = _at_map(detail, kept, halvings, self._beside.shape)
        mean = max(float(total.sum() / max(share.sum(), 1e-6)), LEAST_ENERGY)
        return _near(total) / np.maximum(_near(share), 1e-3), mean

    def _spread(self, near: np.ndarray, mean: float, times: float) -> np.ndarray:
        """Energies beside the hole over the hole, (H, W)."""
        above = np.log(np.maximum(near, LEAST_ENERGY) * np.float32(1 / mean))
        beside = above[self._beside]
        if len(beside):
            times *= float(np.exp(beside).mean() / np.exp(beside.mean()))
        return np.float32(mean * min(times, MOST_RAISED)) * np.exp(self._harmonic.through(above * self._beside))


def energy_of(detail: np.ndarray) -> np.ndarray:
    """(H, W, 3) → (H, W), the mean square of the channels."""
    return cv2.transform(cv2.multiply(detail, detail), MEAN)


def part_of(plane: np.ndarray, halvings: int, box: Box) -> np.ndarray:
    """What a map (H, W) says for a box of a band so many halvings away."""
    if halvings > 0:
        return shrink(plane, 2**halvings)[box.slices]
    return enlarge_part(plane, box, 2**-halvings) if halvings else plane[box.slices]


def _at_map(
    detail: np.ndarray, kept: np.ndarray, halvings: int, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Energy and share of the kept pixels of a band, (H, W) each, as means of the map's cells."""
    if halvings >= 0:
        size = shape[::-1]
        weight = kept.astype(np.float32)
        energy = cv2.resize(energy_of(detail) * weight, size, interpolation=cv2.INTER_LINEAR)
        return energy, cv2.resize(weight, size, interpolation=cv2.INTER_LINEAR)
    total, share = np.empty((2, *shape), np.float32)
    for block in Box(0, 0, *kept.shape).pieces(BLOCK):
        weight, there = kept[block.slices].astype(np.float32), block.shrunk(2**-halvings).slices
        total[there] = shrink(energy_of(detail[block.slices]) * weight, 2**-halvings)
        share[there] = shrink(weight, 2**-halvings)
    return total, share


def _near(plane: np.ndarray) -> np.ndarray:
    return cv2.blur(plane, (NEAR, NEAR))
