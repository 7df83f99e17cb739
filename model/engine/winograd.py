"""Winograd's minimal filtering over rows: two output rows of a 5×5 convolution of stride 2 for the price of 1.4.

Even and odd input rows are filtered apart by three and by two kernel rows. F(2, 3) and F(2, 2) take 4 + 3 products
of rows for two output rows instead of 6 + 4, and as both share their sums and differences, these are four
convolutions. In float32 that rounds no worse than the plain sum; in bfloat16 sums and differences round once more,
which a whole network hardly shows (0.0028 instead of 0.0027 off float32 on average, at the paper's width).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.engine.packed_conv import FixedConv2d, packable

KERNEL, STRIDE = 5, 2
LEAST_CHANNELS = 128  # with fewer the sums and differences take what the products save


class RowPairConv2d(nn.Module):
    """A 5×5 convolution of stride 2 and padding 2 without bias, of weights (out, in, 5, 5) that never change again."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        rows = weight.detach().double().unbind(2)

        def fixed(*kernel: Tensor) -> FixedConv2d:
            stacked = torch.stack(kernel, dim=2).to(weight).contiguous()
            return FixedConv2d(stacked, (len(kernel), STRIDE), (0, KERNEL // 2))

        self._first = fixed(rows[0], rows[1])
        self._sum = fixed((rows[0] + rows[2] + rows[4]) / 2, (rows[1] + rows[3]) / 2)
        self._difference = fixed((rows[0] - rows[2] + rows[4]) / 2, (rows[1] - rows[3]) / 2)
        self._last = fixed(-rows[4])

    def forward(self, x: Tensor) -> Tensor:
        """x (B, C, H, W) with even H → (B, C', H / 2, ⌈W / 2⌉)."""
        height = x.shape[2]
        groups = F.pad(x, (0, 0, 2, 2 + height % 4)).unflatten(2, (-1, 4))
        a, b, c, d = groups[:, :, :-1, :2], groups[:, :, :-1, 2:], groups[:, :, 1:, :2], groups[:, :, 1:, 2:3]
        total, difference = self._sum((b + c).flatten(2, 3)), self._difference((c - b).flatten(2, 3))
        even, odd = total + difference, total.sub_(difference)
        even = self._first.add_to(even, (a - c).flatten(2, 3))
        odd = self._last.add_to(odd, (b[:, :, :, :1] - d).flatten(2, 3))
        return torch.stack([even, odd], dim=3).flatten(2, 3)[:, :, : height // 2]


def pays(conv: FixedConv2d) -> bool:
    """Whether a `RowPairConv2d` does the same in less time: for enough channels, where oneDNN is."""
    weight = conv.weight
    return (
        weight is not None
        and packable(weight)
        and tuple(weight.shape[2:]) == (KERNEL, KERNEL)
        and conv.stride == (STRIDE, STRIDE)
        and weight.shape[1] >= LEAST_CHANNELS
    )
