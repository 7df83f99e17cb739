"""The perceptual and the style term of one feature map, with their gradients in closed form.

A step spends as long on these sums as on a tenth of its convolutions when autograd writes every intermediate
map out in float32. What is kept here for the backward pass are the maps as they came and the signs of the Gram
differences.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class FeatureTerms(torch.autograd.Function):
    """maps (n·B, C, H, W), reference (B, C, H, W) → the two terms, each summed over the n pictures of a reference
    and averaged over B, scalars in float32:

        perceptual = ‖Ψ − Ψ_gt‖₁ / (C·H·W)
        style      = (1/C²)·‖K(ΨᵀΨ − Ψ_gtᵀΨ_gt)‖₁, K = 1/(C·H·W)

    Maps may be of any floating type; differences and Gram matrices are float32. The reference gets no gradient.
    """

    @staticmethod
    def forward(ctx: Any, maps: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
        channels = maps.shape[1]
        perceptual, style = torch.zeros(2, device=maps.device).unbind()
        signs = torch.empty(len(maps), channels, channels, device=maps.device)
        wanted = _pixels(reference)
        gram = wanted.mT @ wanted
        for part in _parts(maps, reference):
            pixels = _pixels(maps[part])
            difference = torch.baddbmm(gram, pixels.mT, pixels, beta=-1)
            torch.sign(difference, out=signs[part])
            style += difference.abs_().sum()
            perceptual += (pixels - wanted).abs_().sum()
        ctx.save_for_backward(maps, reference, signs)
        return perceptual / reference.numel(), style / (reference.numel() * channels**2)

    @staticmethod
    def backward(ctx: Any, perceptual: Tensor, style: Tensor) -> tuple[Tensor, None]:
        maps, reference, signs = ctx.saved_tensors
        channels, height, width = maps.shape[1:]
        slopes = signs * (2 * style / (reference.numel() * channels**2))  # a Gram matrix is symmetric: twice one side
        step = perceptual / reference.numel()
        gradient = torch.empty_like(maps)
        wanted = _pixels(reference)
        for part in _parts(maps, reference):
            pixels = _pixels(maps[part])
            slope = torch.baddbmm((pixels - wanted).sign_().mul_(step), pixels, slopes[part])
            gradient[part].permute(0, 2, 3, 1).copy_(slope.view(-1, height, width, channels))
        return gradient, None


def _parts(maps: Tensor, reference: Tensor) -> list[slice]:
    """Which maps are the first pictures of the references, which the second …"""
    return [slice(start, start + len(reference)) for start in range(0, len(maps), len(reference))]


def _pixels(maps: Tensor) -> Tensor:
    """(B, C, H, W) → (B, H·W, C) in float32, a copy where it has to be one."""
    return maps.permute(0, 2, 3, 1).flatten(1, 2).float()
