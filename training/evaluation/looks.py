"""How a fill looks beside the truth: feature distance, Gram distance and both in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import nan
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from model.errors import TrainingError
from training.losses.lite0 import STAGES, Lite0Features

TILE = 1024  # pixels, the longest side that is looked at in one piece, so that memory is bounded
HALO = 128  # pixels around a piece of a larger picture; a multiple of 16, as TILE is
Box = tuple[slice, slice]


@dataclass(frozen=True)
class Looks:
    """0 = as the truth. `distance` forgives blur, `gram` forgives nonsense."""

    distance: float
    gram: float

    @property
    def looks(self) -> float:
        """Both in one, weighted so that it agrees best with people's choice between two fills of a hole."""
        return self.distance**0.8 * self.gram**0.2


UNKNOWN = Looks(nan, nan)
Measure = Callable[[np.ndarray, np.ndarray, np.ndarray], Looks]


class LooksMeasure:
    """Looks inside a hole, from features after four blocks of EfficientNet-lite0, each the mean of these stages.

    distance: squared difference of features of length 1, summed over channels, mean over the hole.
    gram: ‖G − G'‖ / ‖G'‖ (Frobenius), where G and G' are the fill's and the truth's products of features, summed
    over the hole. A stage's hole is the hole reduced by area.

    Args:
        weights: of that network, in place of its package's.

    Raises:
        TrainingError: code "no_lite0", "bad_lite0".
    """

    def __init__(self, weights: Path | None = None) -> None:
        self._network = Lite0Features(weights)
        self._truth: tuple[np.ndarray, list[Tensor]] | None = None  # the last one's, since many fills have one truth

    def __call__(self, fill: np.ndarray, truth: np.ndarray, hole: np.ndarray) -> Looks:
        """`fill`, `truth`: H×W×3 uint8; `hole`: H×W bool."""
        off, area = np.zeros(len(STAGES)), np.zeros(len(STAGES))
        products: list[list[Tensor]] = [[torch.zeros(()), torch.zeros(())] for _ in STAGES]
        for at, counted in _pieces(hole):
            weight = torch.from_numpy(counted.astype(np.float32))[None, None]
            for stage, (ours, theirs) in enumerate(zip(self._features(fill[at]), self._of(truth, at), strict=True)):
                share = F.interpolate(weight, ours.shape[2:], mode="area")
                off[stage] += ((F.normalize(ours) - F.normalize(theirs)).square() * share).sum().item()
                area[stage] += share.sum().item()
                for picture, maps in enumerate((ours, theirs)):
                    products[stage][picture] = (
                        products[stage][picture] + (maps * share).flatten(2)[0] @ maps.flatten(2)[0].T
                    )
        gram = [(torch.linalg.norm(a - b) / torch.linalg.norm(b)).item() for a, b in products]
        return Looks(float((off / area).mean()), float(np.mean(gram)))

    def _of(self, truth: np.ndarray, at: Box) -> list[Tensor]:
        if max(truth.shape[:2]) > TILE:
            return self._features(truth[at])
        if self._truth is None or self._truth[0] is not truth:
            self._truth = truth, self._features(truth)
        return self._truth[1]

    @torch.inference_mode()
    def _features(self, picture: np.ndarray) -> list[Tensor]:
        return self._network(torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1)[None])


def looks_metric(say: Callable[[str], object], weights: Path | None = None) -> Measure:
    """The measure; where it cannot be had, a sentence to `say` and one that knows nothing.

    Raises:
        TrainingError: code "no_lite0", "bad_lite0", where `weights` are given and cannot be used.
    """
    try:
        return LooksMeasure(weights)
    except TrainingError as error:
        if weights:
            raise
        say(f"no feature distance: {error}")
        return lambda fill, truth, hole: UNKNOWN


def _pieces(hole: np.ndarray) -> Iterator[tuple[Box, np.ndarray]]:
    """Boxes of a picture and the hole that counts in each: the whole where it is small, else tiles with a halo."""
    height, width = hole.shape
    if max(height, width) <= TILE:
        yield (slice(0, height), slice(0, width)), hole
        return
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            own = slice(top, top + TILE), slice(left, left + TILE)
            if hole[own].any():
                at = slice(max(0, top - HALO), top + TILE + HALO), slice(max(0, left - HALO), left + TILE + HALO)
                counted = np.zeros_like(hole)[at]
                counted[min(top, HALO) :, min(left, HALO) :][:TILE, :TILE] = hole[own]
                yield at, counted
