"""The rival: the paper's UNet on a partial convolution as it is commonly published.

Masks have as many channels as features, are convolved by a kernel of ones of the weight's full shape in
each layer, concatenated along with the features, and batch norm runs as its own layer. Written from that
description; it takes the weights of a `PConvUNet`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.network.module_list import ModuleList
from model.network.unet import PConvBlock, PConvUNet


class MultiChannelPartialConv(nn.Conv2d):
    ones: Tensor
    padding: tuple[int, ...]

    def __init__(self, block: PConvBlock) -> None:
        source = block.conv
        out, inputs, kernel, _ = source.weight.shape
        super().__init__(inputs, out, kernel, source.stride, kernel // 2, bias=source.bias is not None)
        self.weight, self.bias = source.weight, source.bias
        self.register_buffer("ones", torch.ones_like(self.weight))
        self.window = inputs * kernel * kernel

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]  # as published
        with torch.no_grad():
            update = F.conv2d(mask, self.ones, stride=self.stride, padding=self.padding)
            ratio = self.window / (update + 1e-8)
            update = update.clamp(0, 1)
            ratio = ratio * update
        out = super().forward(x * mask)
        if self.bias is None:
            return out * ratio, update
        bias = self.bias.view(1, -1, 1, 1)
        return ((out - bias) * ratio + bias) * update, update


class MultiChannelUNet(nn.Module):
    """Same values as the `PConvUNet` it is made from, in evaluation and in training mode."""

    def __init__(self, net: PConvUNet) -> None:
        super().__init__()
        self.mean, self.std = net.mean, net.std
        self.encoder = ModuleList(_Block(block) for block in net.encoder)
        self.decoder = ModuleList(_Block(block) for block in net.decoder)

    def forward(self, image: Tensor, valid: Tensor) -> Tensor:
        x, mask = (image - self.mean) / self.std, valid.expand(-1, 3, -1, -1)
        skips = []
        for block in self.encoder:
            skips.append((x, mask))
            x, mask = block(x, mask)
        for block in self.decoder:
            skip, skip_mask = skips.pop()
            x = torch.cat([F.interpolate(x, scale_factor=2), skip], 1)
            mask = torch.cat([F.interpolate(mask, scale_factor=2), skip_mask], 1)
            x, mask = block(x, mask)
        return x * self.std + self.mean


class _Block(nn.Module):
    def __init__(self, block: PConvBlock) -> None:
        super().__init__()
        self.conv = MultiChannelPartialConv(block)
        self.norm = block.norm
        self.slope = block.slope

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        x, mask = self.conv(x, mask)
        if self.norm is not None:
            x = self.norm(x)
        return (x if self.slope is None else F.leaky_relu(x, self.slope)), mask
