"""The paper's UNet with ordinary convolutions, for the comparison with partial ones; it is never shipped."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from model.network.partial_conv import PartialConv2d
from model.network.unet import PConvUNet, UNetConfig

HoleValue = Literal["mean", "zero", "noise"]


class OrdinaryUNet(PConvUNet):
    """As PConvUNet, layer by layer and with the same names, but every convolution sees all pixels.

    Args:
        config: of the UNet.
        hole_value: what stands in the hole at the start: ImageNet's "mean" colour, "zero" (black), or "noise" (uniform,
            the same in every picture).
    """

    def __init__(self, config: UNetConfig, hole_value: HoleValue) -> None:
        super().__init__(config)
        self.hole_value = hole_value
        for block in [*self.encoder, *self.decoder]:
            own = block.conv
            outputs, biased = own.weight.shape[0], own.bias is not None
            block.conv = OrdinaryConv2d(own.groups, outputs, own.kernel_size, own.stride, biased)

    def forward(self, image: Tensor, valid: Tensor) -> Tensor:
        """As PConvUNet.forward; what the hole holds is replaced first."""
        return super().forward(torch.where(valid > 0.5, image, self._start(image)), valid)

    def _start(self, image: Tensor) -> Tensor:
        if self.hole_value == "mean":
            return self.mean.expand_as(image)
        if self.hole_value == "zero":
            return torch.zeros_like(image)
        noise = torch.rand(image.shape[1:], generator=torch.Generator().manual_seed(0))
        return noise.to(image).expand_as(image)


class OrdinaryConv2d(PartialConv2d):
    """Wᵀx + b: the mask is handed on unread."""

    def _sums(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        everywhere = torch.ones_like(planes[:, :1, :: self.stride, :: self.stride], dtype=torch.float32)
        return everywhere, everywhere

    def _mask(self, features: Tensor, planes: Tensor) -> Tensor:
        return features

    def forward_up(self, below: Tensor, skip: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
        return super().forward_up(below, skip, torch.ones_like(planes))
