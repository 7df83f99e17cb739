"""The UNet for inference: batch norm folded, masks planned once, no upsampled map ever written, and the
decoder computed only where the picture is wanted.

Exact rewritings of `model.unet` in evaluation mode:
- Folding: γ(Wᵀ(X⊙M)·r − μ)/σ + β = (γW/σ)ᵀ(X⊙M)·r + (β − γμ/σ) wherever sum(M) > 0. Where it is 0 the
  folded layer gives 0 instead of the norm's constant, which every consumer masks away.
- Masked outputs: as each layer's output is 0 in its holes, no layer has to mask its input again.
- Up-path: nearest ×2 followed by a 3×3 kernel is one transposed 4×4 kernel of stride 2 on the small map.
- Regions: pixels are wanted only in the holes, and a decoder layer depends on one pixel around its output.

May know: torch, model.convolution, model.pconv, model.regions, model.unet. Must not know: arrays, devices,
weights files.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.convolution import FixedConv2d
from model.pconv import partial_sums, up_kernel
from model.regions import Region, cut, decoder_regions
from model.unet import PConvBlock, PConvUNet


@dataclass(frozen=True)
class LayerPlan:
    """What the mask alone decides for one layer. `valid` is None where no output pixel is hole."""

    ratio: Tensor  # (B, 1, H', W')
    valid: Tensor | None  # (B, 1, H', W')


class _FoldedLayer(nn.Module):
    """One row of the table with its norm folded in: act(Wᵀx·ratio + b)·valid."""

    def __init__(self, block: PConvBlock, bias: Tensor) -> None:
        super().__init__()
        conv = block.conv
        self.groups, self.kernel, self.stride = conv.groups, conv.kernel_size, conv.stride
        self.slope = block.slope
        self.bias = nn.Parameter(bias.view(1, -1, 1, 1), requires_grad=False)

    def _finish(self, out: Tensor, plan: LayerPlan) -> Tensor:
        torch.addcmul(self.bias, out, plan.ratio, out=out)
        if self.slope is not None:
            out = F.leaky_relu_(out, self.slope) if self.slope else F.relu_(out)
        return out if plan.valid is None else out.mul_(plan.valid)


class FoldedConv(_FoldedLayer):
    """A layer on one map, of all its concatenated groups."""

    def __init__(self, block: PConvBlock) -> None:
        weight, bias = _fold(block)
        super().__init__(block, bias)
        self.conv = FixedConv2d(weight, self.stride, self.kernel // 2)

    def forward(self, x: Tensor, plan: LayerPlan) -> Tensor:
        return self._finish(self.conv(x), plan)


class FoldedUpConv(_FoldedLayer):
    """A 3×3 layer on cat(nearest ×2 of a small map, a skip), without writing that."""

    def __init__(self, block: PConvBlock) -> None:
        weight, bias = _fold(block)
        super().__init__(block, bias)
        own, beside = weight.split(self.groups, dim=1)
        self.up = FixedConv2d(up_kernel(own.double()).float().contiguous(), stride=2, padding=3, transposed=True)
        self.skip = FixedConv2d(beside.clone())

    def forward(self, below: Tensor, skip: Tensor, plan: LayerPlan) -> Tensor:
        """below (B, C, H + 2, W + 2) and skip (B, C', 2H + 2, 2W + 2), a pixel more on each side than the output."""
        return self._finish(self.skip(skip).add_(self.up(below)), plan)


class FoldedUNet(nn.Module):
    """A network in evaluation mode, rewritten for speed. Same inputs and outputs as `PConvUNet`."""

    def __init__(self, net: PConvUNet) -> None:
        super().__init__()
        self.config = net.config
        self.encoder = nn.ModuleList(FoldedConv(block) for block in net.encoder)
        self.decoder = nn.ModuleList(FoldedUpConv(block) for block in net.decoder)
        self.register_buffer("mean", net.mean.clone())
        self.register_buffer("std", net.std.clone())
        self.register_buffer("scale", 1 / net.std)
        self.register_buffer("shift", -net.mean / net.std)

    def pack(self) -> None:
        """Lay out the weights for this device, once type and device are final; see `FixedConv2d.pack`."""
        for module in self.modules():
            if isinstance(module, FixedConv2d):
                module.pack()

    def plan(self, valid: Tensor, dtype: torch.dtype, skip_full: bool, wanted: Region | None = None) -> list[LayerPlan]:
        """Everything that the masks decide, for all layers in order.

        Args:
            valid: (B, 1, H, W) float32, 1 = valid.
            dtype: of the features that the plan will be applied to.
            skip_full: look at each updated mask and leave it out where it is all valid.
            wanted: as in `forward`.
        """
        planes, plans, plane = [], [], valid
        for conv in self.encoder:
            planes.append(plane)
            ratio, plane = partial_sums(plane, conv.groups, conv.kernel, conv.stride)
            plans.append(_layer_plan(ratio, plane, dtype, skip_full))
        at = _whole(plane)
        for conv, region in zip(self.decoder, self._outputs(valid, wanted), strict=True):
            up = F.interpolate(cut(plane, at, region.halved().grown()), scale_factor=2, mode="nearest")
            skip = planes.pop()
            both = torch.cat([up[..., 1:-1, 1:-1], cut(skip, _whole(skip), region.grown())], dim=1)
            ratio, plane = partial_sums(both, conv.groups, conv.kernel, padding=0)
            plans.append(_layer_plan(ratio, plane, dtype, skip_full))
            at = region
        return plans

    def forward(self, image: Tensor, valid: Tensor, skip_full: bool = False, wanted: Region | None = None) -> Tensor:
        """
        Args:
            image: (B, 3, H, W) float32 RGB in 0..1; hole pixels may hold anything, NaN too.
            valid: (B, 1, H, W) float32, 1 = valid.
            skip_full: see `plan`; costs a synchronisation per layer on a GPU.
            wanted: the region to put out; None is all.

        Returns:
            (B, 3, H, W) float32, about 0..1, of `wanted`.
        """
        dtype = self.encoder[0].bias.dtype
        plans = iter(self.plan(valid, dtype, skip_full, wanted))
        x = self.normalised(image, valid).to(dtype, memory_format=torch.channels_last)
        skips = []
        for conv in self.encoder:
            skips.append(x)
            x = conv(x, next(plans))
        at = _whole(x)
        for conv, region in zip(self.decoder, self._outputs(valid, wanted), strict=True):
            skip = skips.pop()
            x = conv(cut(x, at, region.halved().grown()), cut(skip, _whole(skip), region.grown()), next(plans))
            at = region
        return cut(x, at, wanted or at).float() * self.std + self.mean

    def normalised(self, image: Tensor, valid: Tensor) -> Tensor:
        """What the first layer sees: (image − mean) / std, 0 in the holes."""
        return torch.addcmul(self.shift, image, self.scale).masked_fill_(valid == 0, 0.0)

    def _outputs(self, valid: Tensor, wanted: Region | None) -> list[Region]:
        """What each decoder layer puts out, in the order of the layers."""
        height, width = valid.shape[-2:]
        regions = decoder_regions(wanted or _whole(valid), height, width, len(self.decoder))
        return [region.even() for region in reversed(regions)]


def _whole(tensor: Tensor) -> Region:
    return Region.whole(*tensor.shape[-2:])


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
