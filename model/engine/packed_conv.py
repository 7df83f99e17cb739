"""Convolutions with fixed weights, kept in the layout that the device computes in."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

NO_ACTIVATION: tuple[str, list[float], str] = ("none", [], "")  # as oneDNN's functions are told


class FixedConv2d(nn.Module):
    """A convolution, or a transposed one, without bias, whose weights never change again.

    Args:
        weight: as `F.conv2d` or `F.conv_transpose2d` takes it.
        stride, padding: likewise, of rows and columns; one number is both.
    """

    def __init__(
        self,
        weight: Tensor,
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        transposed: bool = False,
    ) -> None:
        super().__init__()
        self.weight: Tensor | None = nn.Parameter(weight, requires_grad=False)
        self.stride = (stride, stride) if isinstance(stride, int) else stride
        self.padding = (padding, padding) if isinstance(padding, int) else padding
        self._packed: Tensor | None = None
        self._transposed = transposed

    def forward(self, x: Tensor) -> Tensor:
        if self._packed is None:
            assert self.weight is not None
            convolve = F.conv_transpose2d if self._transposed else F.conv2d
            return convolve(x, self.weight, stride=self.stride, padding=self.padding)
        ops = torch.ops.mkldnn
        if self._transposed:
            return ops._convolution_transpose_pointwise(
                x, self._packed, None, self.padding, [0, 0], self.stride, [1, 1], 1, *NO_ACTIVATION
            )
        return ops._convolution_pointwise(x, self._packed, None, self.padding, self.stride, [1, 1], 1, *NO_ACTIVATION)

    def add_to(self, total: Tensor, x: Tensor) -> Tensor:
        """`total` with the convolution of x added in place; not for a transposed one."""
        if self._packed is None:
            return total.add_(self(x))
        return torch.ops.mkldnn._convolution_pointwise_.binary(
            total, x, self._packed, None, self.padding, self.stride, [1, 1], 1, "add", 1.0, None, [], None
        )

    def pack(self) -> None:
        """Replace the weights by oneDNN's own blocks, which the plain functions lay out anew in each run.

        Where oneDNN is not, or does not take such weights, nothing changes. Move the module to its device before.
        """
        if self.weight is None or not packable(self.weight):
            return
        ops, weight = torch.ops.mkldnn, self.weight.detach()
        if self._transposed:
            packed = ops._reorder_convolution_transpose_weight(weight, self.padding, [0, 0], self.stride, [1, 1], 1)
        else:
            packed = ops._reorder_convolution_weight(weight, self.padding, self.stride, [1, 1], 1)
        self._packed, self.weight = packed, None


def packable(weight: Tensor) -> bool:
    """Whether oneDNN computes with such weights here."""
    if weight.device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return False
    return weight.dtype == torch.float32 or (
        weight.dtype == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )
