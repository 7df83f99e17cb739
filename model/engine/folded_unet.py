"""The UNet for inference: batch norm folded, masks planned once, no upsampled map ever written, and the
decoder computed only where the picture is wanted.

Exact rewritings of `model.network.unet` in evaluation mode:
- Folding: γ(Wᵀ(X⊙M)·r − μ)/σ + β = (γW/σ)ᵀ(X⊙M)·r + (β − γμ/σ) wherever sum(M) > 0. Where it is 0 the
  folded layer gives 0 instead of the norm's constant, which every consumer masks away.
- Masked outputs: as each layer's output is 0 in its holes, no layer has to mask its input again.
- Up-path: nearest ×2 followed by a 3×3 kernel is one transposed 4×4 kernel of stride 2 on the small map.
- Regions: pixels are wanted only in the holes, and a decoder layer depends on one pixel around its output;
  where all is hole, as in padding, the encoder has nothing to compute.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.engine.mask_plan import LayerPlan, mask_plans_on_device, mask_plans_on_host
from model.engine.packed_conv import FixedConv2d
from model.engine.regions import Regions, around, cut, part, whole
from model.engine.winograd import RowPairConv2d, pays
from model.geometry.boxes import Box
from model.network.module_list import ModuleList
from model.network.partial_conv import up_kernel
from model.network.unet import PConvBlock, PConvUNet


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
            F.leaky_relu_(out, self.slope) if self.slope else _relu_(out)
        if plan.valid is not None:
            part(out, plan.holes).mul_(plan.valid)
        return out


class FoldedConv(_FoldedLayer):
    """A layer on one map, of all its concatenated groups."""

    def __init__(self, block: PConvBlock) -> None:
        weight, bias = _fold(block)
        super().__init__(block, bias)
        self.conv: FixedConv2d | RowPairConv2d = FixedConv2d(weight, self.stride, self.kernel // 2)

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
        return self._finish(self.skip.add_to(self.up(below), skip), plan)


class FoldedUNet(nn.Module):
    """A network in evaluation mode, rewritten for speed. Same inputs and outputs as `PConvUNet`."""

    mean: Tensor
    std: Tensor
    scale: Tensor
    shift: Tensor

    def __init__(self, net: PConvUNet) -> None:
        super().__init__()
        self.config = net.config
        self.encoder = ModuleList(FoldedConv(block) for block in net.encoder)
        self.decoder = ModuleList(FoldedUpConv(block) for block in net.decoder)
        self.register_buffer("mean", net.mean.clone())
        self.register_buffer("std", net.std.clone())
        self.register_buffer("scale", 1 / net.std)
        self.register_buffer("shift", -net.mean / net.std)

    def pack(self) -> None:
        """Lay out the weights for this device, once type and device are final; see `FixedConv2d.pack`."""
        for layer in self.encoder:
            conv = layer.conv
            if isinstance(conv, FixedConv2d) and conv.weight is not None and pays(conv):
                layer.conv = RowPairConv2d(conv.weight)
        for module in self.modules():
            if isinstance(module, FixedConv2d):
                module.pack()

    def regions(self, valid: Tensor, known: Box | None = None, wanted: Box | None = None) -> Regions:
        """What each layer puts out; boxes as in `forward`."""
        full = whole(valid)
        return Regions.of(known or full, wanted or full, full.bottom, full.right, [c.kernel for c in self.encoder])

    def plan(
        self, valid: Tensor, dtype: torch.dtype, on_host: bool = False, regions: Regions | None = None
    ) -> list[LayerPlan]:
        """Everything that the masks decide, for all layers in order.

        Args:
            valid: (B, 1, H, W) bool or float32, 1 = valid.
            dtype: of the features that the plan will be applied to.
            on_host: plan on the CPU, looking at the masks: faster there, but a GPU would be waited for.
            regions: what the layers put out; None is all.
        """
        find = mask_plans_on_host if on_host else mask_plans_on_device
        return find(valid, self.encoder, self.decoder, regions or self.regions(valid), dtype)

    def forward(
        self,
        image: Tensor,
        valid: Tensor,
        on_host: bool = False,
        known: Box | None = None,
        wanted: Box | None = None,
    ) -> Tensor:
        """Fill holes.

        Args:
            image: (B, 3, H, W) float32 RGB in 0..1; hole pixels may hold anything, NaN too.
            valid: (B, 1, H, W) bool or float32, 1 = valid.
            on_host: see `plan`.
            known: the box with all valid pixels; None is all.
            wanted: the box to put out; None is all.

        Returns:
            (B, 3, H, W) float32, about 0..1, of `wanted`.
        """
        dtype = self.encoder[0].bias.dtype
        regions = self.regions(valid, known, wanted)
        plans = iter(self.plan(valid, dtype, on_host, regions))
        at = regions.encoder[0].doubled()
        normalise = self._normalised_by_rows if on_host else self.normalised
        x = normalise(part(image, at), part(valid, at)).to(dtype, memory_format=torch.channels_last)
        skips = []
        for conv, box in zip(self.encoder, regions.encoder, strict=True):
            skips.append((x, at))
            x = conv(cut(x, at, box.doubled()), next(plans))
            at = box
        for up, box in zip(self.decoder, regions.decoder, strict=True):
            x = up(cut(x, at, box.halved().grown(1)), cut(*skips.pop(), box.grown(1)), next(plans))
            at = box
        return cut(x, at, wanted or at).float() * self.std + self.mean

    def normalised(self, image: Tensor, valid: Tensor) -> Tensor:
        """What the first layer sees: (image − mean) / std, 0 in the holes."""
        return torch.addcmul(self.shift, image, self.scale).masked_fill_(valid == 0, 0.0)

    def _normalised_by_rows(self, image: Tensor, valid: Tensor) -> Tensor:
        """As `normalised`, for channels-last images on a CPU: whole rows at a time, masked only around the holes."""
        width = image.shape[3]
        scale, shift = (values.flatten().repeat(width) for values in (self.scale, self.shift))
        pixels = torch.addcmul(shift, image.permute(0, 2, 3, 1).flatten(2), scale).unflatten(2, (width, 3))
        x = pixels.permute(0, 3, 1, 2)
        if holes := around(valid[:, 0] == 0):
            part(x, holes).masked_fill_(part(valid, holes) == 0, 0.0)
        return x


def _relu_(x: Tensor) -> Tensor:
    """In place; bfloat16 on a CPU, where torch is slow, as integers: both have the sign in the same bit."""
    if x.dtype == torch.bfloat16 and x.device.type == "cpu":
        x.view(torch.int16).clamp_(min=0)
        return x
    return F.relu_(x)


def _fold(block: PConvBlock) -> tuple[Tensor, Tensor]:
    """W' = γW/σ and b' = β − γμ/σ in float64; a layer without norm keeps its own W and b."""
    weight = block.conv.weight.detach().double()
    if block.norm is None:
        assert block.conv.bias is not None
        return weight.float(), block.conv.bias.detach().float()
    norm = block.norm
    assert norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.eps)
    bias = norm.bias.detach().double() - norm.running_mean.double() * scale
    return (weight * scale.view(-1, 1, 1, 1)).float(), bias.float()
