"""The self-check: before an engine serves, it must answer a fixed small input as its weights file says.

The plain network of `model.network.unet`, in float32 on the CPU, must answer as was recorded when its file was written,
and as a network that looks at its picture does; the folded, rounded, device-resident one must answer as the plain one.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from model.errors import WeightsError
from model.network.recorded import golden_input, run_plain, sample
from model.network.weights import Weights

LARGEST_MEAN_DIFFERENCE = 0.03  # of values in 0..1; bfloat16 is off by less than a hundredth
WILDEST_MEAN = 100.0  # how far off the middle of 0..1 the plain network may be on average
LEAST_CHANGE = 1e-3  # from pixel to pixel, and from picture to picture; half a step of 8 bits is twice as much
LARGEST_DRIFT = 0.01  # from what was recorded, as a share of it; float32 elsewhere is off by a hundredth of this


class Checked(Protocol):
    """What is needed of an engine."""

    tile_sides: tuple[int, ...]

    def run(self, images: np.ndarray, holes: np.ndarray) -> np.ndarray: ...


def self_check(engine: Checked, weights: Weights) -> None:
    """Compare an engine with the plain network of its weights.

    Raises:
        WeightsError: "weights_unusable", the network gives no finite or no sensible values;
            "weights_mismatch", it gives others than when its file was written;
            "engine_wrong", the engine does not give what the network gives, or touches valid pixels.
    """
    images, holes = golden_input(engine.tile_sides[0])
    expected = _checked_answers(weights, images, holes)
    filled = engine.run(images, holes)
    if not np.array_equal(filled[~holes], images[~holes]):
        raise WeightsError("engine_wrong", "The device changes pixels that it must keep. Run `pconv doctor`.")
    difference = np.abs(filled[holes] - expected.clip(0, 1)).mean()
    if not difference <= LARGEST_MEAN_DIFFERENCE:
        raise WeightsError(
            "engine_wrong", f"The device computes other values than the network ({difference:.3f}). Run `pconv doctor`."
        )


def _checked_answers(weights: Weights, images: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """(N, 3) that the plain network gives in the hole. Raises as `self_check`."""
    net = weights.build()
    given = run_plain(net, images, holes)[holes]
    if weights.answers is not None:
        drift = np.abs(sample(given) - weights.answers).mean() / max(np.abs(weights.answers).mean(), LEAST_CHANGE)
        if not drift <= LARGEST_DRIFT:
            raise WeightsError(
                "weights_mismatch",
                f"The network {weights.name} gives other values than when its file was written. Export it again.",
            )
    if not np.isfinite(given).all() or np.abs(given - 0.5).mean() > WILDEST_MEAN:
        raise _unusable(weights, "gives no sensible picture")
    if not (given.max(axis=0) - given.min(axis=0)).max() > LEAST_CHANGE:
        raise _unusable(weights, "gives one colour everywhere")
    if not np.abs(given - run_plain(net, 1 - images, holes)[holes]).mean() > LEAST_CHANGE:
        raise _unusable(weights, "gives the same whatever the picture")
    return given


def _unusable(weights: Weights, what: str) -> WeightsError:
    return WeightsError("weights_unusable", f"The network {weights.name} {what}. Use another weights file.")
