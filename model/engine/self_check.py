"""The golden check: before an engine serves, it must answer a fixed small input as its weights file says.

The folded, rounded, device-resident network is compared with the plain one of `model.network.unet` in float32 on CPU.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

from model.errors import WeightsError
from model.network.weights import Weights

LARGEST_MEAN_DIFFERENCE = 0.03  # of values in 0..1; bfloat16 is off by less than a hundredth
WILDEST_MEAN = 100.0  # how far off the middle of 0..1 the plain network may be on average


class Checked(Protocol):
    """What is needed of an engine."""

    buckets: tuple[int, ...]

    def run(self, images: np.ndarray, holes: np.ndarray) -> np.ndarray: ...


def check(engine: Checked, weights: Weights) -> None:
    """
    Raises:
        WeightsError: "weights_unusable", the network gives no finite or no sensible values;
            "engine_wrong", the engine does not give what the network gives, or touches valid pixels.
    """
    images, holes = golden_input(engine.buckets[0])
    expected = _plain(weights, images, holes)[holes]
    if not np.isfinite(expected).all() or np.abs(expected - 0.5).mean() > WILDEST_MEAN:
        raise WeightsError(
            "weights_unusable", f"The network {weights.name} gives no sensible picture. Use another weights file."
        )
    filled = engine.run(images, holes)
    if not np.array_equal(filled[~holes], images[~holes]):
        raise WeightsError("engine_wrong", "The device changes pixels that it must keep. Run `pconv doctor`.")
    difference = np.abs(filled[holes] - expected.clip(0, 1)).mean()
    if not difference <= LARGEST_MEAN_DIFFERENCE:
        raise WeightsError(
            "engine_wrong", f"The device computes other values than the network ({difference:.3f}). Run `pconv doctor`."
        )


def golden_input(side: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture (1, S, S, 3) float32 in 0..1 of waves and noise, and a hole (1, S, S) in its middle."""
    rows, columns = np.mgrid[:side, :side] / side
    noise = np.random.default_rng(1804_07723).random((side, side, 3))
    waves = np.stack([np.sin(9 * rows), np.cos(7 * columns), np.sin(5 * (rows + columns))], axis=2)
    image = (0.5 + 0.3 * waves + 0.2 * (noise - 0.5)).astype(np.float32)
    hole = np.hypot(rows - 0.5, columns - 0.5) < 0.2
    return image[None], hole[None]


def _plain(weights: Weights, images: np.ndarray, holes: np.ndarray) -> np.ndarray:
    picture = torch.from_numpy(images).permute(0, 3, 1, 2)
    valid = torch.from_numpy(~holes)[:, None].float()
    with torch.inference_mode():
        return weights.build()(picture * valid, valid).permute(0, 2, 3, 1).numpy()
