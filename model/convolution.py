"""Convolutions with fixed weights, kept in the layout that the device computes in.

May know: torch and its oneDNN operators. Must not know: masks, networks.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class FixedConv2d(nn.Module):
    """A convolution without bias whose weights never change again."""

    def __init__(self, weight: Tensor, stride: int = 1, padding: int = 0) -> None:
        super().__init__()
        self.weight: Tensor | None = nn.Parameter(weight, requires_grad=False)
        self._packed: Tensor | None = None
        self._stride, self._padding = [stride, stride], [padding, padding]

    def forward(self, x: Tensor) -> Tensor:
        if self._packed is None:
            return F.conv2d(x, self.weight, stride=self._stride, padding=self._padding)
        return torch.ops.mkldnn._convolution_pointwise(
            x, self._packed, None, self._padding, self._stride, [1, 1], 1, "none", [], ""
        )

    def pack(self) -> None:
        """Replace the weights by oneDNN's own blocks, which plain conv2d would lay out anew in each run.

        Where there is no oneDNN, or not for this type of weights, nothing changes. Not to be moved afterwards.
        """
        if self.weight is None or not _packable(self.weight):
            return
        reorder = torch.ops.mkldnn._reorder_convolution_weight
        self._packed = reorder(self.weight.detach(), self._padding, self._stride, [1, 1], 1)
        self.weight = None


def _packable(weight: Tensor) -> bool:
    if weight.device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return False
    return weight.dtype == torch.float32 or (
        weight.dtype == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )
