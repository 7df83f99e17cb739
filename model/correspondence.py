"""Which kept patch looks like which patch of a fill, so that neighbours come from neighbouring places.

May know: numpy, OpenCV. Must not know: torch, what is done with the correspondence.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

PATCH = 7  # pixels
HALF = PATCH // 2
STEP = 3  # pixels between patches of the fill
LEAST_CANDIDATES = 16
MOST_CANDIDATES = 4_000
COMPONENTS = 24  # principal components by which patches are compared
CHUNK = 2_000  # patches compared at once
COHERENCE = 0.5
INHERITED = 0.5  # a match must be this much better than the coarser scale's to replace it
FLOOR = 3 * PATCH**2 * (2 / 255) ** 2  # differences of two gray levels are never worth a seam
ROUNDS = 4
SIDES = ((-1, 0), (0, -1), (1, 0), (0, 1))


@dataclass(frozen=True)
class Correspondence:
    """For each grid point of a fill, the displacement (rows, columns) to the kept patch that it resembles."""

    grid: np.ndarray  # (R, C, 2) centres of patches
    wanted: np.ndarray  # (R, C) bool, which of them touch the hole
    shift: np.ndarray  # (R, C, 2)

    @property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Centres of patches to be filled and of those to take from, (N, 2) each."""
        return self.grid[self.wanted], (self.grid + self.shift)[self.wanted]


def match(picture: np.ndarray, missing: np.ndarray, coarser: Correspondence | None = None) -> Correspondence | None:
    """Find for the filled part of a picture the kept patches that it resembles.

    Args:
        picture: (H, W, 3) float32 without holes.
        missing: (H, W) bool, which pixels were filled.
        coarser: the correspondence at half the size, which is kept to where nothing much better is found.

    Returns:
        None where there is nothing to take from or nothing to fill.
    """
    if min(missing.shape) < PATCH:
        return None
    rows, columns = (np.arange(HALF, length - HALF, STEP) for length in missing.shape)
    near = cv2.dilate(missing.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8)).astype(bool)
    wanted = near[np.ix_(rows, columns)]
    usable = ~cv2.dilate(missing.astype(np.uint8), np.ones((PATCH + 2, PATCH + 2), np.uint8)).astype(bool)
    usable[:HALF] = usable[-HALF:] = False
    usable[:, :HALF] = usable[:, -HALF:] = False
    if usable.sum() < LEAST_CANDIDATES or not wanted.any():
        return None
    patches = sliding_window_view(picture, (PATCH, PATCH), axis=(0, 1)).transpose(0, 1, 3, 4, 2)
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)
    width = missing.shape[1]
    place = grid @ (width, 1)
    field = _Field(patches, usable.reshape(-1), place, wanted)
    field.start(_nearest(patches, usable, grid[wanted]) @ (width, 1) - place[wanted])
    if coarser is not None:
        field.inherit(_doubled(coarser, grid) @ (width, 1))
    field.agree()
    source = np.stack(np.divmod(place + field.shift, width), axis=-1)
    return Correspondence(grid, wanted, source - grid)


class _Field:
    """Displacements of grid points as differences of flat positions, improved in place."""

    def __init__(self, patches: np.ndarray, allowed: np.ndarray, place: np.ndarray, wanted: np.ndarray) -> None:
        self._patches, self._allowed, self._place, self._wanted = patches, allowed, place, wanted
        self.shift = np.zeros_like(place)
        self._distance = np.zeros(place.shape, np.float32)

    def start(self, shift: np.ndarray) -> None:
        self.shift[self._wanted] = shift
        self._distance[self._wanted] = self._distances(self._wanted, self._place + self.shift)

    def inherit(self, offered: np.ndarray) -> None:
        """Take an offered displacement where it leads to a kept patch that is not much worse."""
        legal = self._legal(offered, self._wanted)
        new = self._distances(legal, self._place + offered)
        self._take(legal, offered, new, INHERITED * new < self._distance[legal] + FLOOR)

    def agree(self) -> None:
        """Let neighbours that agree on a displacement win over slightly better matches from elsewhere.

        Iterated conditional modes of: distance + COHERENCE · (typical distance) · (neighbours that disagree).
        """
        price = COHERENCE * max(float(np.median(self._distance[self._wanted])), FLOOR)
        known = {side: _shifted(np.pad(self._wanted, 1), side) for side in SIDES}
        for side in ROUNDS * SIDES:
            padded = np.pad(self.shift, 1)
            offered = _shifted(padded, side)
            legal = self._legal(offered, self._wanted & known[side] & (offered != self.shift))
            around = [(_shifted(padded, s)[legal], known[s][legal]) for s in SIDES]
            old, new = self.shift[legal], offered[legal]
            relief = sum(k & (s == new) for s, k in around) - sum(k & (s == old) for s, k in around)
            distance = self._distances(legal, self._place + offered)
            self._take(legal, offered, distance, distance < self._distance[legal] + price * relief)

    def _legal(self, offered: np.ndarray, where: np.ndarray) -> np.ndarray:
        target = self._place + offered
        legal = where & (target >= 0) & (target < self._allowed.size)
        legal[legal] = self._allowed[target[legal]]
        return legal

    def _take(self, legal: np.ndarray, offered: np.ndarray, distance: np.ndarray, better: np.ndarray) -> None:
        index = tuple(axis[better] for axis in np.nonzero(legal))
        self.shift[index] = offered[index]
        self._distance[index] = distance[better]

    def _distances(self, where: np.ndarray, sources: np.ndarray) -> np.ndarray:
        width = self._patches.shape[1] + 2 * HALF
        a, b = (
            _gather(self._patches, np.stack(np.divmod(flat[where], width), axis=-1)) for flat in (self._place, sources)
        )
        return np.square(a - b).sum(1)


def _nearest(patches: np.ndarray, usable: np.ndarray, points: np.ndarray) -> np.ndarray:
    """For each point (N, 2) the centre of the most similar usable patch, by their principal components."""
    centres = np.argwhere(usable)
    if len(centres) > MOST_CANDIDATES:
        centres = np.random.default_rng(0).permutation(centres)[:MOST_CANDIDATES]
    candidates = _gather(patches, centres)
    axes = np.linalg.eigh(candidates.T @ candidates)[1][:, -COMPONENTS:]
    candidates = candidates @ axes
    norms = 0.5 * (candidates**2).sum(1)
    best = [
        (_gather(patches, points[i : i + CHUNK]) @ axes @ candidates.T - norms).argmax(1)
        for i in range(0, len(points), CHUNK)
    ]
    return centres[np.concatenate(best)]


def _doubled(coarser: Correspondence, grid: np.ndarray) -> np.ndarray:
    """The coarser scale's displacements at this scale's grid points, (R, C, 2); 0 leads nowhere and is refused."""
    index = np.rint((grid / 2 - HALF) / STEP).astype(int)
    index = index.clip(0, np.array(coarser.wanted.shape) - 1)
    rows, columns = index[..., 0], index[..., 1]
    return 2 * coarser.shift[rows, columns] * coarser.wanted[rows, columns][..., None]


def _gather(patches: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return patches[centres[:, 0] - HALF, centres[:, 1] - HALF].reshape(len(centres), 3 * PATCH**2)


def _shifted(padded: np.ndarray, side: tuple[int, int]) -> np.ndarray:
    """The neighbours on one side of each cell of an array padded by 1."""
    height, width = padded.shape[0] - 2, padded.shape[1] - 2
    return padded[1 + side[0] : 1 + side[0] + height, 1 + side[1] : 1 + side[1] + width]
