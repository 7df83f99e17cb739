"""Small networks of two hidden layers that weigh measures, and the file that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

FILE = Path(__file__).with_name("weights.safetensors")
AT_ONCE = 2**16  # rows


@dataclass(frozen=True)
class Weighing:
    """A map from measures to a logit: above 0 where a mark is likelier than not.

    Args:
        layers: weights (inputs, outputs) and biases (outputs,), float32; between layers what is below 0 is cut.
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]

    def of(self, measures: np.ndarray) -> np.ndarray:
        """(N, inputs) float32 → (N,) float32."""
        found = np.empty(len(measures), np.float32)
        for start in range(0, len(measures), AT_ONCE):
            values = measures[start : start + AT_ONCE]
            for number, (weights, bias) in enumerate(self.layers):
                values = values @ weights + bias
                if number < len(self.layers) - 1:
                    np.maximum(values, 0, out=values)
            found[start : start + AT_ONCE] = values[:, 0]
        return found


@cache
def weighings() -> tuple[Weighing, Weighing]:
    """Those of pixels and of whole marks."""
    held = load_file(FILE)
    return _from(held, "pixel"), _from(held, "mark")


def _from(held: dict[str, np.ndarray], name: str) -> Weighing:
    count = sum(key.startswith(name) for key in held) // 2
    return Weighing(tuple((held[f"{name}_weights_{n}"], held[f"{name}_bias_{n}"]) for n in range(count)))


def write(file: Path, pixel: Weighing, mark: Weighing) -> None:
    """Write the networks to where `weighings` looks for them."""
    arrays: dict[str, np.ndarray] = {}
    for name, weighing in (("pixel", pixel), ("mark", mark)):
        for number, (weights, bias) in enumerate(weighing.layers):
            arrays |= {f"{name}_weights_{number}": np.ascontiguousarray(weights), f"{name}_bias_{number}": bias}
    save_file(arrays, file)
