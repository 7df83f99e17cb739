"""The map between a picture's values and the network's 0..1."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from model.errors import FillError
from model.geometry.contexts import holds_any, hole_box, put

FULL_SCALE = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0, np.dtype(np.float32): 1.0}
MIDDLE = 0.3  # where the network sees the median of a picture that lamps would make dark
LOOKED_AT = 2**16  # kept pixels, about, of which the median is taken
STEEPEST = 1e9


@dataclass(frozen=True)
class Scaling:
    """An affine map, then, where `bend` is above 0, a logarithm: u = log(1 + bend·t) / log(1 + bend)."""

    low: float
    high: float
    bend: float = 0.0

    @classmethod
    def of(cls, colour: np.ndarray, missing: np.ndarray) -> Scaling:
        """Integers by their type's range; floats by 0..1, widened to what the kept pixels hold.

        Where scene-referred light goes far beyond 1, the map is bent so that the picture below is not left in the dark.

        Raises:
            FillError: `not_finite`, a kept pixel is NaN or infinite.
        """
        if colour.dtype != np.float32:
            return cls(0.0, FULL_SCALE[colour.dtype])
        kept = colour[~missing]
        if not np.isfinite(kept).all():
            raise FillError("not_finite", "The picture has NaN or infinite values outside the hole. Mend or mask them.")
        low, high = min(0.0, float(kept.min())), max(1.0, float(kept.max()))
        if high == 1.0:
            return cls(low, high)
        some = kept[:: max(1, len(kept) // LOOKED_AT)]
        lit = some[some > low]  # what is black stays black under any bend
        return cls(low, high, _bend(float(np.median(lit) - low) / (high - low)) if lit.size else 0.0)

    def to_unit(self, colour: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """(H, W, 1 or 3) of any dtype → (H, W, 3) float32 in 0..1, 0 where missing."""
        unit = np.multiply(colour, np.float32(1 / (self.high - self.low)), dtype=np.float32, order="C")
        if self.low:
            unit -= np.float32(self.low / (self.high - self.low))
        if holds_any(missing):
            box = hole_box(missing).slices
            put(unit[box], np.zeros_like(unit[box]), missing[box])
        if self.bend:
            np.maximum(unit, 0, out=unit)  # rounding may have put the lowest value below it
            unit = np.log1p(unit * np.float32(self.bend)) * np.float32(1 / math.log1p(self.bend))
        return unit if colour.shape[2] == 3 else np.repeat(unit, 3, axis=2)

    def from_unit(self, unit: np.ndarray) -> np.ndarray:
        if self.bend:
            unit = np.expm1(unit.clip(0, 1) * np.float32(math.log1p(self.bend))) * np.float32(1 / self.bend)
        return unit * np.float32(self.high - self.low) + np.float32(self.low)


def _bend(middle: float) -> float:
    """That which lifts `middle` to `MIDDLE`; 0 where it lies there or above."""
    if middle >= MIDDLE:
        return 0.0
    least, most = 1e-6, STEEPEST
    while most / least > 1.001:
        bend = math.sqrt(least * most)
        least, most = (bend, most) if math.log1p(bend * middle) < MIDDLE * math.log1p(bend) else (least, bend)
    return most
