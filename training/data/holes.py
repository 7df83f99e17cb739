"""Holes to train and to test with: a mix of kinds, by hole-ratio bucket and by place.

All randomness comes from the numpy Generator that is handed in; holes are bool, True = to be filled.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from model.errors import TrainingError
from training.data import flow_masks, shapes
from training.data.mask_files import MaskFolder

RATIO_BUCKETS = ((0.01, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.6))
INSIDE_MARGIN = 50 / 512  # "inside" holes keep this far off the border, as a share of the side
DRAWN = {"stroke": shapes.stroke, "lasso": shapes.lasso, "box": shapes.box, "scratch": shapes.scratch}
KINDS = ("flow", *DRAWN, "folder")
_TRIES = 300


@dataclass
class HoleSampler:
    """Draws holes of a mix of kinds.

    Args:
        kinds: share of each kind of KINDS; they need not sum to one.
        buckets: indices into RATIO_BUCKETS from which the hole ratio is drawn, evenly.
        border: True = holes touch the border, False = they keep INSIDE_MARGIN off it, None = as they fall.
        raws: (N, h, w) uint8 raw occlusion maps, for the kind "flow".
        folder: for the kind "folder".

    Raises:
        TrainingError: code "bad_masks": a kind that is unknown or lacks what it draws from.
    """

    kinds: dict[str, float]
    buckets: tuple[int, ...] = tuple(range(len(RATIO_BUCKETS)))
    border: bool | None = None
    raws: np.ndarray | None = field(default=None, repr=False)
    folder: MaskFolder | None = None

    def __post_init__(self) -> None:
        self.kinds = {kind: share for kind, share in self.kinds.items() if share > 0}
        unknown = set(self.kinds) - set(KINDS)
        if unknown or not self.kinds:
            raise TrainingError("bad_masks", f"mask kinds are {', '.join(KINDS)}; got {', '.join(unknown) or 'none'}")
        if "flow" in self.kinds and self.raws is None:
            raise TrainingError("bad_masks", "masks of kind flow need raw occlusion maps; give photos or a video")
        if "folder" in self.kinds and self.folder is None:
            raise TrainingError("bad_masks", "masks of kind folder need masks.folder, a folder of mask files")

    def draw(self, rng: Generator, size: int) -> np.ndarray:
        """One hole, bool (size, size), whose ratio lies in one of the buckets and whose place is as asked.

        Raises:
            TrainingError: code "bad_masks": no such hole was found (a mask folder without that bucket).
        """
        bucket = self.buckets[int(rng.integers(len(self.buckets)))]
        names = list(self.kinds)
        shares = np.array(list(self.kinds.values())) / sum(self.kinds.values())
        main = names[rng.choice(len(names), p=shares)]
        if main == "folder" and not self._is_raw:
            return self._from_folder(rng, size, bucket)
        low, high = RATIO_BUCKETS[bucket]
        target = rng.uniform(low, high)
        allowed = self._allowed(size)
        hole, scale = np.zeros((size, size), bool), 1.0
        for _ in range(_TRIES):
            if hole.mean() >= target:
                break
            candidate = hole | (self._one(main, rng, size, scale) & allowed)
            if candidate.mean() <= high:
                hole, scale = candidate, min(3.0, 1.05 * scale)
            else:
                scale *= 0.8
        if hole.mean() <= low:
            raise TrainingError("bad_masks", f"no hole of ratio {low}..{high} could be made of {main}; use kind stroke")
        return _to_border(hole, rng) if self.border else hole

    @property
    def _is_raw(self) -> bool:
        return self.folder is not None and self.folder.is_raw

    def _from_folder(self, rng: Generator, size: int, bucket: int) -> np.ndarray:
        """A mask file that is a hole is used whole or not at all."""
        assert self.folder is not None
        for _ in range(_TRIES):
            hole = self.folder.draw(rng, size, bucket, self.border)
            placed = self.border is None or touches_border(hole) == self.border
            if placed and bucket_of(hole_ratio(hole)) == bucket:
                return hole
        raise TrainingError(
            "bad_masks",
            f"{_TRIES} masks of {self.folder.folder} held none of ratio {RATIO_BUCKETS[bucket]}; drop that bucket",
        )

    def _allowed(self, size: int) -> np.ndarray:
        allowed = np.ones((size, size), bool)
        if self.border is False:
            margin = int(np.ceil(INSIDE_MARGIN * size))
            allowed[:] = False
            allowed[margin:-margin, margin:-margin] = True
        return allowed

    def _one(self, kind: str, rng: Generator, size: int, scale: float) -> np.ndarray:
        if kind in DRAWN:
            return DRAWN[kind](rng, size, scale)
        hole = flow_masks.augment(self._raw(kind, rng), rng, size)
        return hole if scale >= 1 else hole & shapes.lasso(rng, size, 3 * scale)

    def _raw(self, kind: str, rng: Generator) -> np.ndarray:
        if kind == "folder":
            assert self.folder is not None
            return self.folder.raw(rng)
        assert self.raws is not None
        return self.raws[int(rng.integers(len(self.raws)))]


def hole_ratio(hole: np.ndarray) -> float:
    """Share of the picture that is hole, 0..1."""
    return float(np.asarray(hole, bool).mean())


def bucket_of(ratio: float) -> int | None:
    """Index of the paper's bucket (low, high] that holds the ratio; None outside all of them."""
    return next((i for i, (low, high) in enumerate(RATIO_BUCKETS) if low < ratio <= high), None)


def touches_border(hole: np.ndarray) -> bool:
    """Whether any pixel of the picture's rim is hole."""
    return bool(hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any())


def _to_border(hole: np.ndarray, rng: Generator) -> np.ndarray:
    if touches_border(hole):
        return hole
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    size = len(hole)
    shifts = [(-rows[0], 0), (size - 1 - rows[-1], 0), (0, -columns[0]), (0, size - 1 - columns[-1])]
    return np.roll(hole, shifts[int(rng.integers(4))], (0, 1))
