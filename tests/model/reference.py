"""Slow float64 transcriptions of the paper's equations with full multi-channel masks: what the fast code must equal."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from model.network.unet import PConvBlock, PConvUNet


def partial_conv(x: Tensor, m: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> tuple[Tensor, Tensor]:
    """x' = Wᵀ(X⊙M)·sum(1)/sum(M) + b where sum(M) > 0, else 0; m' likewise 1 or 0. x and m: (B, C, H, W) float64."""
    kernel = weight.shape[-1]
    ones = torch.ones_like(weight)
    total = F.conv2d(m, ones, stride=stride, padding=kernel // 2)
    features = F.conv2d(x * m, weight, stride=stride, padding=kernel // 2)
    valid = total > 0
    out = features * weight[0].numel() / torch.where(valid, total, torch.ones_like(total))
    if bias is not None:
        out = out + bias.view(1, -1, 1, 1)
    return torch.where(valid, out, torch.zeros_like(out)), valid.double()


def _block(block: PConvBlock, x: Tensor, m: Tensor) -> tuple[Tensor, Tensor]:
    conv = block.conv
    bias = None if conv.bias is None else conv.bias.double()
    x, m = partial_conv(x, m, conv.weight.double(), bias, conv.stride)
    if block.norm is not None:
        n = block.norm
        x = F.batch_norm(
            x, n.running_mean.double(), n.running_var.double(), n.weight.double(), n.bias.double(), False, 0.0, n.eps
        )
    if block.slope is not None:
        x = F.leaky_relu(x, block.slope)
    return x, m


def unet(net: PConvUNet, image: Tensor, valid: Tensor) -> Tensor:
    """The network in evaluation mode, masks of as many channels as their features throughout."""
    x = (image.double() - net.mean.double()) / net.std.double()
    m = valid.double().expand_as(x)
    skips = []
    for block in net.encoder:
        skips.append((x, m))
        x, m = _block(block, x, m)
    for block in net.decoder:
        skip, skip_mask = skips.pop()
        x, m = (F.interpolate(t, scale_factor=2, mode="nearest") for t in (x, m))
        x, m = _block(block, torch.cat([x, skip], 1), torch.cat([m, skip_mask], 1))
    return x * net.std.double() + net.mean.double()


def lively(net: PConvUNet, seed: int = 0) -> PConvUNet:
    """Norms with statistics that are not the identity, as after training."""
    generator = torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2, generator=generator)
            module.running_var.uniform_(0.5, 2.0, generator=generator)
            module.weight.data.uniform_(0.3, 1.0, generator=generator)
            module.bias.data.normal_(0, 0.2, generator=generator)
    return net
