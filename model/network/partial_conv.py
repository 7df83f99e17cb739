"""The partial convolution (Liu et al. 2018, eq. 1 and 2), with one mask plane per concat group.

Here M is the paper's mask: 1 = valid, 0 = hole.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SMALLEST_UP = 16  # side below which a kernel of 16 taps costs more than the nine it replaces


def partial_sums(
    planes: Tensor, channels: Sequence[int], kernel: int, stride: int = 1, padding: int | None = None
) -> tuple[Tensor, Tensor]:
    """Mask update and re-normalisation of one partial convolution, from its mask planes alone.

    A mask that is constant over the channels of a concat group is one plane, so with G groups of
    c_g channels and window sums s_g: sum(M) = Σ c_g·s_g and sum(1) = k²·Σ c_g. Outside the picture
    is hole: planes are zero-padded.

    Args:
        planes: (B, G, H, W), 1 = valid, any dtype.
        channels: the c_g of each of the G groups.
        kernel, stride, padding: of the convolution; padding None is kernel // 2.

    Returns:
        ratio: (B, 1, H', W') float32, sum(1)/sum(M) where sum(M) > 0, else 0.
        valid: (B, 1, H', W') float32, 1 where sum(M) > 0, else 0.
    """
    if len(channels) == 1:
        channels, counts = (1,), planes.float()  # the number of channels cancels out
    else:
        counts = channels[0] * planes[:, :1].float()
        for group, c in enumerate(channels[1:], start=1):
            counts.add_(planes[:, group : group + 1], alpha=c)
    total = window_sums(counts, kernel, stride, kernel // 2 if padding is None else padding)
    return ratio_and_update(total, kernel * kernel * sum(channels))


def window_sums(plane: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """The sum of each window of a convolution over a plane (B, 1, H, W), in float32 whatever autocast says."""
    box = torch.ones(1, 1, kernel, kernel, dtype=torch.float32, device=plane.device)
    with torch.autocast(plane.device.type, enabled=False):
        return F.conv2d(plane, box, stride=stride, padding=padding)


def ratio_and_update(total: Tensor, window: int) -> tuple[Tensor, Tensor]:
    """What `partial_sums` returns, from sum(M) and sum(1)."""
    valid = (total > 0.5).float()
    return window * valid / total.clamp(min=0.5), valid


class PartialConv2d(nn.Module):
    """x' = Wᵀ(X⊙M)·sum(1)/sum(M) + b where sum(M) > 0, else 0;  m' = 1 where sum(M) > 0, else 0.

    Args:
        in_channels: channels of each concat group; one int for a single group.
        out_channels, kernel_size (odd), stride, bias: as in nn.Conv2d; padding is kernel_size // 2.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd, got {kernel_size}")
        self.groups = (in_channels,) if isinstance(in_channels, int) else tuple(in_channels)
        self.kernel_size = kernel_size
        self.stride = stride
        self.weight = nn.Parameter(torch.empty(out_channels, sum(self.groups), kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        if not self.weight.is_meta:  # torch would load its compiler to give random values to what has no memory
            nn.init.kaiming_normal_(self.weight)

    def forward(self, features: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
        """Convolve what is valid and update the masks.

        Args:
            features: (B, ΣC, H, W), the concatenated groups.
            planes: (B, G, H, W), one mask plane per group, 1 = valid.

        Returns:
            features: (B, out_channels, H', W'), 0 where no valid input was in the window.
            plane: (B, 1, H', W') float32, the updated mask.

        Raises:
            ValueError: the number of channels or of planes is not that of the layer.
        """
        if features.shape[1] != sum(self.groups) or planes.shape[1] != len(self.groups):
            raise ValueError(
                f"expected {sum(self.groups)} channels in {len(self.groups)} groups, "
                f"got {features.shape[1]} channels and {planes.shape[1]} mask planes"
            )
        ratio, valid = self._sums(planes)
        inputs = self._mask(features, planes)
        out = F.conv2d(inputs, self.weight, stride=self.stride, padding=self.kernel_size // 2)
        return self._finish(out, ratio, valid), valid

    def forward_up(self, below: Tensor, skip: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
        """As `forward` on cat(nearest ×2 of below, skip), for a 3×3 kernel of stride 1 and two groups.

        Nearest ×2 followed by a 3×3 kernel is a transposed convolution of stride 2 with a 4×4 kernel: 16 instead
        of 36 multiplications per small pixel and channel pair, and no enlarged map.
        """
        if min(below.shape[2:]) < SMALLEST_UP:
            up = F.interpolate(below, scale_factor=2, mode="nearest")
            return self.forward(torch.cat([up, skip.to(up.dtype)], dim=1), planes)
        ratio, valid = self._sums(planes)
        own, beside = self.weight.split(self.groups, dim=1)
        below = below * planes[:, :1, ::2, ::2].to(below.dtype)
        skip = skip * planes[:, 1:].to(skip.dtype)
        out = F.conv_transpose2d(below, up_kernel(own), stride=2, padding=1) + F.conv2d(skip, beside, padding=1)
        return self._finish(out, ratio, valid), valid

    @torch.no_grad()
    def _sums(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        return partial_sums(planes, self.groups, self.kernel_size, self.stride)

    def _finish(self, out: Tensor, ratio: Tensor, valid: Tensor) -> Tensor:
        out = out * ratio.to(out.dtype)
        return out if self.bias is None else out + self.bias.to(out.dtype).view(1, -1, 1, 1) * valid.to(out.dtype)

    def _mask(self, features: Tensor, planes: Tensor) -> Tensor:
        planes = planes.to(features.dtype)
        if len(self.groups) == 1:
            return features * planes
        parts = features.split(self.groups, dim=1)
        return torch.cat([part * planes[:, i : i + 1] for i, part in enumerate(parts)], dim=1)

    def extra_repr(self) -> str:
        channels = "+".join(map(str, self.groups))
        return f"{channels}→{self.weight.shape[0]}, kernel_size={self.kernel_size}, stride={self.stride}"


def up_kernel(weight: Tensor) -> Tensor:
    """The transposed kernel (in, out, 4, 4) of a 3×3 kernel (out, in, 3, 3) behind nearest ×2.

    A row of the large map sees its small row twice and the next one once; which two taps fall on the same small
    row alternates between even and odd rows. Columns alike.
    """
    for axis in (2, 3):
        first, middle, last = weight.unbind(axis)
        weight = torch.stack([last, middle + last, first + middle, first], dim=axis)
    return weight.transpose(0, 1)
