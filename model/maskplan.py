"""What the masks alone decide for a layer, found by looking only where there are holes.

May know: torch, model.pconv, model.regions. Must not know: features, weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from model.contexts import Box
from model.pconv import ratio_and_update, window_sums
from model.regions import around, clipped, doubled, part, touched, whole


@dataclass(frozen=True)
class LayerPlan:
    """What the mask alone decides for one layer."""

    ratio: Tensor  # (B, 1, H', W')
    valid: Tensor | None  # (B, 1, h, w) of the `holes` alone; None where no output pixel is hole
    holes: Box  # with all holes of the output

    @classmethod
    def of(cls, ratio: Tensor, valid: Tensor, holes: Box | None, dtype: torch.dtype) -> LayerPlan:
        """For features of `dtype`; `holes` as `holes_of(valid)` tells them."""
        if holes is None:
            return cls(ratio.to(dtype), None, whole(valid))
        return cls(ratio.to(dtype), part(valid, holes).to(dtype), holes)


def holes_of(valid: Tensor, look: bool) -> Box | None:
    """Where holes may be in a plane (B, 1, H, W); None if, having looked, there are none."""
    if not look:
        return whole(valid)
    return around(valid[:, 0] == 0)


def encoder_sums(valid: Tensor, holes: Box | None, kernel: int) -> tuple[Tensor, Tensor]:
    """As `partial_sums` of one plane at stride 2: windows are counted as if there were no holes, less their holes."""
    height, width = valid.shape[2:]
    rows, columns = _window_lengths(height, kernel), _window_lengths(width, kernel)
    total = torch.outer(rows, columns).expand(len(valid), 1, -1, -1)
    if holes is not None:
        total = total.clone()
        box = clipped(touched(holes, kernel // 2), len(rows), len(columns))
        part(total, box).sub_(window_sums((part(valid, doubled(box)) == 0).float(), kernel, 2, kernel // 2))
    return ratio_and_update(total, kernel * kernel)


@lru_cache(maxsize=32)
def _window_lengths(length: int, kernel: int) -> Tensor:
    """How much of each window of stride 2 lies on a line of `length`."""
    starts = torch.arange(0, length, 2) - kernel // 2
    return ((starts + kernel).clamp(max=length) - starts.clamp(min=0)).float()
