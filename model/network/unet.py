"""The paper's UNet: its table of layers as data, and the network built from that table."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.network.module_list import ModuleList
from model.network.partial_conv import PartialConv2d

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
LARGEST_NUMBER = 1e6
WIDEST = 1024  # a network of this width has eight thousand million parameters


@dataclass(frozen=True)
class Layer:
    """One row of the paper's table. `groups` are the channels of each concatenated input."""

    name: str
    groups: tuple[int, ...]
    out_channels: int
    kernel: int
    stride: int
    norm: bool
    slope: float | None  # negative slope: 0.0 is ReLU, 0.2 LeakyReLU, None no activation


@dataclass(frozen=True)
class UNetConfig:
    """Architecture; the defaults are the paper's.

    Args:
        width: channels after the first layer.
        depth: encoder layers; sides of the input are multiples of 2**depth.
        mean, std: per-channel normalisation of RGB values in 0..1, applied inside the network.
    """

    width: int = 64
    depth: int = 8
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def __post_init__(self) -> None:
        sizes = (self.width, self.depth)
        if any(type(size) is not int for size in sizes) or not 1 <= sizes[0] <= WIDEST or not 3 <= sizes[1] <= 10:
            text = f"width must be a whole number from 1 to {WIDEST} and depth one from 3 to 10"
            raise ValueError(f"{text}, got width {self.width!r:.40}, depth {self.depth!r:.40}")
        for name, values in (("mean", self.mean), ("std", self.std)):
            if not _are_three_numbers(values) or (name == "std" and min(values) <= 0):
                raise ValueError(f"{name} must be three numbers{', all above 0' if name == 'std' else ''}")

    @property
    def multiple(self) -> int:
        """Sides of the network's input are multiples of this many pixels."""
        return 2**self.depth

    def encoder(self) -> list[Layer]:
        channels = [min(self.width * 2**i, self.width * 8) for i in range(self.depth)]
        kernels = [7, 5, 5] + [3] * (self.depth - 3)
        inputs = [3, *channels]
        return [
            Layer(f"PConv{i + 1}", (inputs[i],), channels[i], kernels[i], 2, norm=i > 0, slope=0.0)
            for i in range(self.depth)
        ]

    def decoder(self) -> list[Layer]:
        skips = [3] + [layer.out_channels for layer in self.encoder()]
        layers: list[Layer] = []
        for i in range(self.depth):
            level = self.depth - 1 - i
            below = skips[-1] if i == 0 else layers[-1].out_channels
            last = level == 0
            layers.append(
                Layer(
                    f"PConv{self.depth + 1 + i}",
                    (below, skips[level]),
                    skips[level],
                    3,
                    1,
                    norm=not last,
                    slope=None if last else 0.2,
                )
            )
        return layers

    def to_dict(self) -> dict:
        return asdict(self)


def _are_three_numbers(values: object) -> bool:
    if not isinstance(values, list | tuple) or len(values) != 3:
        return False
    return all(type(value) in (int, float) and abs(value) < LARGEST_NUMBER for value in values)


class PConvBlock(nn.Module):
    """Partial convolution, batch norm and activation of one table row."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        groups, out = layer.groups, layer.out_channels
        self.conv = PartialConv2d(groups, out, layer.kernel, layer.stride, bias=not layer.norm)
        self.norm = nn.BatchNorm2d(out) if layer.norm else None
        self.slope = layer.slope

    def forward(self, features: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
        return self._finish(*self.conv(features, planes))

    def forward_up(self, below: Tensor, skip: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
        """As `forward` on cat(nearest ×2 of below, skip)."""
        return self._finish(*self.conv.forward_up(below, skip, planes))

    def _finish(self, features: Tensor, plane: Tensor) -> tuple[Tensor, Tensor]:
        if self.norm is not None:
            features = self.norm(features)
        if self.slope is not None:
            features = F.leaky_relu(features, self.slope) if self.slope else F.relu(features)
        return features, plane


class PConvUNet(nn.Module):
    """The partial-convolution UNet (Liu et al. 2018, table in the appendix)."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: UNetConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or UNetConfig()
        self.encoder = ModuleList(PConvBlock(layer) for layer in config.encoder())
        self.decoder = ModuleList(PConvBlock(layer) for layer in config.decoder())
        self.register_buffer("mean", torch.tensor(config.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(config.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor, valid: Tensor) -> Tensor:
        """Predict the whole picture.

        Args:
            image: (B, 3, H, W) RGB in 0..1; H and W multiples of `config.multiple`.
                Hole pixels may hold anything finite.
            valid: (B, 1, H, W), 1 = valid, 0 = hole.

        Returns:
            (B, 3, H, W), RGB, about 0..1 (not clamped).

        Raises:
            ValueError: a side is not a multiple of `config.multiple`.
        """
        multiple = self.config.multiple
        if image.shape[2] % multiple or image.shape[3] % multiple:
            raise ValueError(f"sides must be multiples of {multiple}, got {tuple(image.shape[2:])}")
        features, plane = (image - self.mean) / self.std, valid.float()
        skips = []
        for block in self.encoder:
            skips.append((features, plane))
            features, plane = block(features, plane)
        for block in self.decoder:
            skip, skip_plane = skips.pop()
            up_plane = F.interpolate(plane, scale_factor=2, mode="nearest")
            planes = torch.cat([up_plane, skip_plane], dim=1)
            features, plane = block.forward_up(features, skip, planes)
        return features.float() * self.std + self.mean
