"""Checkpoints in the layouts of public programs, with random weights, and what those programs make of a picture.

Each forward pass is written from the program's description, in float64, with a mask of as many channels as features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

DEPTH = 5
WIDTH = 4
ENCODER = [(3, 4, 7), (4, 8, 5), (8, 16, 5), (16, 32, 3), (32, 32, 3)]
DECODER = {5: (64, 32), 4: (48, 16), 3: (24, 8), 2: (12, 4), 1: (7, 3)}


@dataclass(frozen=True)
class Program:
    encoder: str
    decoder: str
    conv: str
    bias: str
    norm: str
    biased: Callable[[str, bool], bool]  # (part, has a norm) -> the convolution has a bias
    divided: bool
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    extra: str = ""  # a tensor beside the kernel
    prefix: str = ""
    key: str = ""  # of the state dict in the file


IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5,) * 3, (0.5,) * 3)

PROGRAMS = {
    "input_conv": Program(
        "enc_{n}", "dec_{n}", "conv.input_conv.weight", "conv.input_conv.bias", "bn",
        lambda part, norm: part == "decoder" and not norm, True, *IMAGENET, "conv.mask_conv.weight", "module.", "model",
    ),
    "conv2d": Program(
        "enc_{n}", "dec_{n}", "conv.conv2d.weight", "conv.conv2d.bias", "bn",
        lambda part, norm: True, True, *IMAGENET, "conv.mask2d.weight", "", "model",
    ),
    "nvidia": Program(
        "enc_{n}", "dec_{n}", "conv.weight", "conv.bias", "bn",
        lambda part, norm: not norm, False, *IMAGENET, "", "", "state_dict",
    ),
    "mmagic": Program(
        "encoder.enc{n}", "decoder.dec{n}", "conv.weight", "conv.bias", "bn",
        lambda part, norm: not norm, False, *HALF, "", "generator.", "state_dict",
    ),
    "bias beside the convolution": Program(
        "encoder{n}", "decoder{n}.partial_conv", "conv.weight", "bias", "norm",
        lambda part, norm: True, False, *HALF, "mask_conv_weight", "", "model",
    ),
}  # fmt: skip


def checkpoint(program: Program) -> dict:
    """What torch.save would be given: the state dict under its key, and what is saved beside it."""
    torch.manual_seed(0)
    state = {}

    def layer(part: str, name: str, inputs: int, outputs: int, kernel: int, norm: bool) -> None:
        conv = nn.Conv2d(inputs, outputs, kernel)
        gain = inputs * kernel if program.divided else 3.0
        state[f"{name}.{program.conv}"] = conv.weight.data * gain
        if program.biased(part, norm):
            state[f"{name}.{program.bias}"] = conv.bias.data
        if program.extra:
            state[f"{name}.{program.extra}"] = torch.ones_like(conv.weight)
        if norm:
            bn = nn.BatchNorm2d(outputs)
            bn.running_mean.normal_(std=0.1)
            bn.running_var.uniform_(0.01, 0.1)
            state.update({f"{name}.{program.norm}.{k}": v for k, v in bn.state_dict().items()})

    for i, (inputs, outputs, kernel) in enumerate(ENCODER):
        layer("encoder", program.encoder.format(n=i + 1), inputs, outputs, kernel, norm=i > 0)
    for i, (inputs, outputs) in DECODER.items():
        layer("decoder", program.decoder.format(n=i), inputs, outputs, 3, norm=i > 1)
    state = {program.prefix + name: value for name, value in state.items()}
    return {program.key: state, "n_iter": 3, "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}}}


def forward(program: Program, content: dict, image: Tensor, valid: Tensor) -> Tensor:
    """The program's own picture, RGB: image (1, 3, H, W) in 0..1, valid (1, 1, H, W)."""
    state = {k.removeprefix(program.prefix): v.double() for k, v in content[program.key].items()}
    mean, std = (torch.tensor(v, dtype=torch.float64).view(1, 3, 1, 1) for v in (program.mean, program.std))
    features, mask = (image.double() - mean) / std, valid.double().expand(-1, 3, -1, -1)

    def block(name: str, x: Tensor, m: Tensor, stride: int, slope: float | None) -> tuple[Tensor, Tensor]:
        weight = state[f"{name}.{program.conv}"]
        bias = state.get(f"{name}.{program.bias}", torch.zeros(len(weight), dtype=torch.float64)).view(1, -1, 1, 1)
        pad = weight.shape[-1] // 2
        total = F.conv2d(m, torch.ones_like(weight), stride=stride, padding=pad)
        window = 1 if program.divided else weight[0].numel()
        out = F.conv2d(x * m, weight, stride=stride, padding=pad) * window / total.clamp(min=1) + bias
        out, m = torch.where(total > 0, out, 0.0), (total > 0).double()
        norm = f"{name}.{program.norm}"
        if f"{norm}.weight" in state:
            values = (state[f"{norm}.{k}"] for k in ("running_mean", "running_var", "weight", "bias"))
            out = F.batch_norm(out, *values, False, 0.0, 1e-5)
        return (out if slope is None else F.leaky_relu(out, slope)), m

    skips = []
    for i in range(DEPTH):
        skips.append((features, mask))
        features, mask = block(program.encoder.format(n=i + 1), features, mask, 2, 0.0)
    for i in range(DEPTH, 0, -1):
        below, below_mask = F.interpolate(features, scale_factor=2), F.interpolate(mask, scale_factor=2)
        skip, skip_mask = skips.pop()
        features, mask = torch.cat([below, skip], 1), torch.cat([below_mask, skip_mask], 1)
        features, mask = block(program.decoder.format(n=i), features, mask, 1, 0.2 if i > 1 else None)
    return features * std + mean
