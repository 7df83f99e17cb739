"""What the masks alone decide for a layer: its ratio and its updated mask.

`mask_plans_on_device` works with tensors, without looking at them, as a GPU needs it. `mask_plans_on_host` finds the
same on the CPU in a fraction of the time: planes are counted only where there are holes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from model.engine.regions import Regions, cut, whole
from model.geometry.boxes import Box
from model.geometry.contexts import hole_box
from model.network.partial_conv import partial_sums

UP = 2  # times, from level to level


class Layer(Protocol):
    """What must be known of one: channels of each concat group, and its kernel."""

    groups: tuple[int, ...]
    kernel: int


@dataclass(frozen=True)
class LayerPlan:
    """What the mask alone decides for one layer."""

    ratio: Tensor  # (B or 1, 1, H', W'), or one number for all
    valid: Tensor | None  # (B, 1, h, w) of the `holes` alone; None where no output pixel is hole
    holes: Box  # with all holes of the output


def mask_plans_on_device(
    valid: Tensor, encoder: Iterable[Layer], decoder: Iterable[Layer], regions: Regions, dtype: torch.dtype
) -> list[LayerPlan]:
    """The plans of all layers in order.

    Args:
        valid: (B, 1, H, W) bool or float32, 1 = valid.
        encoder, decoder: the layers; those of the encoder have stride 2, those of the decoder see nearest ×2.
        regions: what the layers put out.
        dtype: of the features that the plans will be applied to.
    """
    plane, at = valid, whole(valid)
    planes, plans = [], []
    for layer, box in zip(encoder, regions.encoder, strict=True):
        planes.append((plane, at))
        ratio, plane = partial_sums(cut(plane, at, box.doubled()).float(), layer.groups, layer.kernel, 2)
        plans.append(LayerPlan(ratio.to(dtype), plane.to(dtype), whole(plane)))
        at = box
    for layer, box in zip(decoder, regions.decoder, strict=True):
        up = F.interpolate(cut(plane, at, box.halved().grown(1)), scale_factor=UP, mode="nearest")
        both = torch.cat([up[..., 1:-1, 1:-1], cut(*planes.pop(), box.grown(1)).float()], dim=1)
        ratio, plane = partial_sums(both, layer.groups, layer.kernel, padding=0)
        plans.append(LayerPlan(ratio.to(dtype), plane.to(dtype), whole(plane)))
        at = box
    return plans


def mask_plans_on_host(
    valid: Tensor, encoder: Iterable[Layer], decoder: Iterable[Layer], regions: Regions, dtype: torch.dtype
) -> list[LayerPlan]:
    """As `mask_plans_on_device`, for masks that can be looked at."""
    plane = _Plane.of(valid[:, 0].cpu().numpy().astype(np.uint8), whole(valid))
    planes, plans = [], []
    for layer, box in zip(encoder, regions.encoder, strict=True):
        planes.append(plane)
        plane, ratio = _encode(plane, layer.kernel, box)
        plans.append(_plan(plane, ratio, dtype, valid.device))
    for layer, box in zip(decoder, regions.decoder, strict=True):
        plane, ratio = _decode(plane, planes.pop(), layer, box)
        plans.append(_plan(plane, ratio, dtype, valid.device))
    return plans


@dataclass(frozen=True)
class _Plane:
    """A mask known at a box: (B, h, w) uint8, 1 = valid, and the box of its holes, counted as the box's; or None."""

    valid: np.ndarray
    at: Box
    holes: Box | None

    @classmethod
    def of(cls, valid: np.ndarray, at: Box) -> _Plane:
        return cls(valid, at, _holes(valid))

    def cut(self, box: Box) -> _Plane:
        """The mask of another box; where it is not known it is hole."""
        if box == self.at:
            return self
        valid = _cut(self.valid, box.moved(-self.at.top, -self.at.left))
        if self.holes is None and box.clipped(self.at) == box:
            return _Plane(valid, box, None)
        return _Plane.of(valid, box)


def _encode(plane: _Plane, kernel: int, box: Box) -> tuple[_Plane, np.ndarray]:
    """The updated mask and the ratio of a layer of stride 2: windows without holes, less their holes."""
    plane = plane.cut(box.doubled())
    height, width = box.shape
    rows, columns = _window_lengths(height, kernel), _window_lengths(width, kernel)
    ratio, valid = _even_ratio(height, width, kernel), np.ones((len(plane.valid), height, width), np.uint8)
    if plane.holes is None:
        return _Plane(valid, box, None), ratio
    here = plane.holes.touched(kernel // 2).clipped(Box(0, 0, height, width))
    seen = here.doubled().grown(kernel // 2)
    missing = _window_sums(_cut(1 - plane.valid, seen), kernel)[:, ::2, ::2]
    total = np.outer(rows[here.slices[0]], columns[here.slices[1]]) - missing
    ratio = np.repeat(ratio, len(valid), axis=0)
    ratio[:, *here.slices], valid[:, *here.slices] = _ratio_and_update(total, kernel * kernel)
    holes = _holes(valid[:, *here.slices])
    return _Plane(valid, box, holes.moved(here.top, here.left) if holes else None), ratio


def _decode(below: _Plane, skip: _Plane, layer: Layer, box: Box) -> tuple[_Plane, np.ndarray]:
    """The updated mask and the ratio of a layer on nearest ×2 of the mask below and on the skip's."""
    below, skip = below.cut(box.halved().grown(1)), skip.cut(box.grown(1))
    if below.holes is None and skip.holes is None:
        return _Plane(np.ones((len(skip.valid), *box.shape), np.uint8), box, None), np.ones((1, 1, 1), np.float32)
    up = below.valid.repeat(UP, axis=1).repeat(UP, axis=2)[:, 1:-1, 1:-1]
    own, beside = layer.groups
    counts = np.float32(own) * up + np.float32(beside) * skip.valid
    ratio, valid = _ratio_and_update(_window_sums(counts, layer.kernel), layer.kernel**2 * (own + beside))
    return _Plane.of(valid, box), ratio


def _plan(plane: _Plane, ratio: np.ndarray, dtype: torch.dtype, device: torch.device) -> LayerPlan:
    def tensor(values: np.ndarray) -> Tensor:
        return torch.from_numpy(values)[:, None].to(device, dtype)

    box = Box(0, 0, *plane.at.shape)
    if plane.holes is None:
        return LayerPlan(tensor(ratio), None, box)
    return LayerPlan(tensor(ratio), tensor(plane.valid[:, *plane.holes.slices]), plane.holes)


def _cut(planes: np.ndarray, box: Box) -> np.ndarray:
    """A box of (B, h, w) planes, 0 beyond them."""
    inner = box.clipped(Box(0, 0, *planes.shape[1:]))
    if inner == box:
        return planes[:, *box.slices]
    result = np.zeros((len(planes), *box.shape), planes.dtype)
    if min(inner.shape) > 0:
        result[:, *inner.moved(-box.top, -box.left).slices] = planes[:, *inner.slices]
    return result


def _ratio_and_update(total: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """sum(1)/sum(M) where sum(M) > 0, else 0; and where that is, uint8."""
    valid = total > 0.5
    return valid * np.float32(window) / np.maximum(total, np.float32(0.5)), valid.view(np.uint8)


def _window_sums(planes: np.ndarray, kernel: int) -> np.ndarray:
    """Of the windows that lie within (B, h, w) planes, float32."""
    inner = slice(kernel // 2, -(kernel // 2))
    sums = [cv2.boxFilter(plane, cv2.CV_32F, (kernel, kernel), normalize=False) for plane in planes]
    return np.stack([plane[inner, inner] for plane in sums])


def _holes(valid: np.ndarray) -> Box | None:
    """The smallest box with all holes of (B, h, w) planes; None where there is none."""
    if valid.all():
        return None
    return hole_box((valid.min(0) == 0).view(np.uint8))


@lru_cache(maxsize=64)
def _even_ratio(height: int, width: int, kernel: int) -> np.ndarray:
    """Of windows without holes, (1, height, width): above 1 only where they reach over the border."""
    total = np.outer(_window_lengths(height, kernel), _window_lengths(width, kernel))
    return (kernel * kernel / total)[None]


@lru_cache(maxsize=64)
def _window_lengths(count: int, kernel: int) -> np.ndarray:
    """How much of each window of stride 2 lies on a line of twice as many pixels."""
    starts = 2 * np.arange(count) - kernel // 2
    return (np.minimum(starts + kernel, 2 * count) - np.maximum(starts, 0)).astype(np.float32)
