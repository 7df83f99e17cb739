"""The UNet for inference: batch norm folded, masks planned once, no upsampled map ever written, and the
costly end of the decoder computed only where the picture is wanted.

Exact rewritings of `model.unet` in evaluation mode:
- Folding: γ(Wᵀ(X⊙M)·r − μ)/σ + β = (γW/σ)ᵀ(X⊙M)·r + (β − γμ/σ) wherever sum(M) > 0. Where it is 0 the
  folded layer gives 0 instead of the norm's constant, which every consumer masks away.
- Masked outputs: as each layer's output is 0 in its holes, no layer has to mask its input again.
- Up-path: nearest ×2 followed by a 3×3 kernel is, for each of the four output phases, a 2×2 kernel on the
  small map; 16 instead of 36 multiplications per small pixel and channel pair.
- Window: pixels are wanted only in the holes. A 3×3 layer cut out of its map is wrong in one border pixel,
  which is 2**l pixels of the picture at level l; the levels 0…4 together spoil 1 + 2 + 4 + 8 + 16 = 31 of
  the `WINDOW_STEP` = 32 pixels around what is wanted.

May know: torch, model.pconv, model.unet. Must not know: arrays, devices, weights files.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.pconv import partial_sums
from model.unet import PConvBlock, PConvUNet

WINDOW_LEVELS = 5
WINDOW_STEP = 2**WINDOW_LEVELS
SMALLEST_PHASED = 16  # below this side the four kernels cost more memory traffic than they save


@dataclass(frozen=True)
class Window:
    """A rectangle of the picture in pixels, all four multiples of `WINDOW_STEP`."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def around(cls, holes: Tensor) -> Window:
        """What must be computed so that all hole pixels of a batch (B, H, W) of bool come out exactly."""
        any_hole = holes.any(0)
        spans = []
        for axis, length in ((1, holes.shape[1]), (0, holes.shape[2])):
            where = any_hole.any(axis).nonzero()
            first, last = (int(where[0]), int(where[-1])) if len(where) else (0, 0)
            begin = max(0, first // WINDOW_STEP * WINDOW_STEP - WINDOW_STEP)
            spans.append((begin, min(length, (last // WINDOW_STEP + 2) * WINDOW_STEP)))
        (top, bottom), (left, right) = spans
        return cls(top, left, bottom, right)

    def crop(self, tensor: Tensor, level: int = 0) -> Tensor:
        """The window's part of a (…, H, W) map whose pixels are 2**level pixels wide."""
        return tensor[..., self.top >> level : self.bottom >> level, self.left >> level : self.right >> level]


@dataclass(frozen=True)
class LayerPlan:
    """What the mask alone decides for one layer. `valid` is None where no output pixel is hole."""

    ratio: Tensor  # (B, 1, H', W')
    valid: Tensor | None  # (B, 1, H', W')

    def crop(self, window: Window, level: int) -> LayerPlan:
        valid = None if self.valid is None else window.crop(self.valid, level)
        return LayerPlan(window.crop(self.ratio, level), valid)


class FoldedConv(nn.Module):
    """One row of the table with its norm folded in: act(Wᵀx·ratio + b)·valid."""

    def __init__(self, block: PConvBlock, up_channels: int = 0) -> None:
        super().__init__()
        conv = block.conv
        self.groups, self.kernel, self.stride = conv.groups, conv.kernel_size, conv.stride
        self.slope = block.slope
        weight, bias = _fold(block)
        self.bias = nn.Parameter(bias.view(1, -1, 1, 1), requires_grad=False)
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.up_channels = up_channels
        if up_channels:
            phases = _phase_kernels(weight[:, :up_channels])
            self.phases = nn.ParameterList(nn.Parameter(p, requires_grad=False) for p in phases)
            self.skip_weight = nn.Parameter(weight[:, up_channels:].clone(), requires_grad=False)

    def forward(self, x: Tensor, plan: LayerPlan) -> Tensor:
        return self._finish(F.conv2d(x, self.weight, stride=self.stride, padding=self.kernel // 2), plan)

    def forward_up(self, below: Tensor, skip: Tensor, plan: LayerPlan) -> Tensor:
        """As `forward` on cat(nearest ×2 of below, skip)."""
        if below.shape[-1] < SMALLEST_PHASED:
            up = F.interpolate(below, scale_factor=2, mode="nearest")
            return self.forward(torch.cat([up, skip], dim=1), plan)
        out = F.conv2d(skip, self.skip_weight, padding=1)
        height, width = below.shape[-2:]
        cells = out.permute(0, 2, 3, 1).unflatten(1, (height, 2)).unflatten(3, (width, 2))
        for index, kernel in enumerate(self.phases):
            i, j = divmod(index, 2)
            phase = F.conv2d(below, kernel, padding=1)[..., i : i + height, j : j + width]
            cells[:, :, i, :, j].add_(phase.permute(0, 2, 3, 1))
        return self._finish(out, plan)

    def _finish(self, out: Tensor, plan: LayerPlan) -> Tensor:
        out = torch.addcmul(self.bias, out, plan.ratio)
        if self.slope is not None:
            out = F.leaky_relu_(out, self.slope) if self.slope else F.relu_(out)
        return out if plan.valid is None else out.mul_(plan.valid)


class FoldedUNet(nn.Module):
    """A network in evaluation mode, rewritten for speed. Same inputs and outputs as `PConvUNet`."""

    def __init__(self, net: PConvUNet) -> None:
        super().__init__()
        self.config = net.config
        self.encoder = nn.ModuleList(FoldedConv(block) for block in net.encoder)
        self.decoder = nn.ModuleList(FoldedConv(block, up_channels=block.conv.groups[0]) for block in net.decoder)
        self.register_buffer("mean", net.mean.clone())
        self.register_buffer("std", net.std.clone())

    def plan(self, valid: Tensor, dtype: torch.dtype, skip_full: bool) -> list[LayerPlan]:
        """Everything that the masks decide, for all layers in order.

        Args:
            valid: (B, 1, H, W) float32, 1 = valid.
            dtype: of the features that the plan will be applied to.
            skip_full: look at each updated mask and leave it out where it is all valid.
        """
        planes, plans, plane = [], [], valid
        for conv in self.encoder:
            planes.append(plane)
            ratio, plane = partial_sums(plane, conv.groups, conv.kernel, conv.stride)
            plans.append(_layer_plan(ratio, plane, dtype, skip_full))
        for conv in self.decoder:
            up = F.interpolate(plane, scale_factor=2, mode="nearest")
            both = torch.cat([up, planes.pop()], dim=1)
            ratio, plane = partial_sums(both, conv.groups, conv.kernel, conv.stride)
            plans.append(_layer_plan(ratio, plane, dtype, skip_full))
        return plans

    def forward(self, image: Tensor, valid: Tensor, skip_full: bool = False, window: Window | None = None) -> Tensor:
        """
        Args:
            image: (B, 3, H, W) float32 RGB in 0..1.
            valid: (B, 1, H, W) float32, 1 = valid.
            skip_full: see `plan`; costs a synchronisation per layer on a GPU.
            window: the part that is wanted; None is all.

        Returns:
            (B, 3, H, W) float32, about 0..1; with a window its part alone, exact from `WINDOW_STEP` pixels
            off those of its borders that are not the picture's.
        """
        dtype = self.encoder[0].weight.dtype
        plans = iter(self.plan(valid, dtype, skip_full))
        x = ((image - self.mean) / self.std * valid).to(dtype, memory_format=torch.channels_last)
        skips = []
        for conv in self.encoder:
            skips.append(x)
            x = conv(x, next(plans))
        for level, conv in zip(reversed(range(len(self.decoder))), self.decoder, strict=True):
            skip, plan = skips.pop(), next(plans)
            if window and level < WINDOW_LEVELS:
                skip, plan = window.crop(skip, level), plan.crop(window, level)
                if level == WINDOW_LEVELS - 1:
                    x = window.crop(x, WINDOW_LEVELS)
            x = conv.forward_up(x, skip, plan)
        return x.float() * self.std + self.mean


def _layer_plan(ratio: Tensor, valid: Tensor, dtype: torch.dtype, skip_full: bool) -> LayerPlan:
    full = skip_full and bool(valid.all())
    return LayerPlan(ratio.to(dtype), None if full else valid.to(dtype))


def _fold(block: PConvBlock) -> tuple[Tensor, Tensor]:
    """W' = γW/σ and b' = β − γμ/σ in float64; a layer without norm keeps its own W and b."""
    weight = block.conv.weight.detach().double()
    if block.norm is None:
        return weight.float(), block.conv.bias.detach().float()
    norm = block.norm
    scale = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.eps)
    bias = norm.bias.detach().double() - norm.running_mean.double() * scale
    return (weight * scale.view(-1, 1, 1, 1)).float(), bias.float()


def _phase_kernels(weight: Tensor) -> list[Tensor]:
    """The 2×2 kernels of output phases (0,0), (0,1), (1,0), (1,1) of a 3×3 kernel behind nearest ×2.

    An even output row sees its own small row twice (taps 1, 2) and the one above once (tap 0); an odd one
    its own row twice (taps 0, 1) and the one below once (tap 2). Columns alike.
    """
    w = weight.double()
    rows = (
        torch.stack([w[:, :, 0], w[:, :, 1] + w[:, :, 2]], dim=2),
        torch.stack([w[:, :, 0] + w[:, :, 1], w[:, :, 2]], dim=2),
    )
    kernels = []
    for r in rows:
        kernels.append(torch.stack([r[..., 0], r[..., 1] + r[..., 2]], dim=3).float())
        kernels.append(torch.stack([r[..., 0] + r[..., 1], r[..., 2]], dim=3).float())
    return kernels
