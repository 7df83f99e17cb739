"""A loss over pictures that takes its gradient part by part, while what a part leaves behind is in the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

PartLoss = Callable[[Tensor, slice], tuple[Tensor, Tensor]]


class ByPicture(torch.autograd.Function):
    """out (B, …), loss, count → (total, terms), means over the B pictures.

    `loss(pictures, which)` gives the same means for the pictures out[which], at most `count` of them: total, a scalar,
    and terms, a vector. Only the total has a gradient, and only towards `out`. At no time there is more than one part's
    graph in memory.
    """

    @staticmethod
    def forward(ctx: Any, out: Tensor, loss: PartLoss, count: int) -> tuple[Tensor, Tensor]:
        wanted = out.requires_grad
        means, gradient = [], torch.empty_like(out) if wanted else None
        for start in range(0, len(out), count):
            which = slice(start, start + count)
            with torch.set_grad_enabled(wanted):
                pictures = out[which].detach().requires_grad_(wanted)
                total, terms = loss(pictures, which)
            share = len(pictures) / len(out)
            if gradient is not None:
                gradient[which] = torch.autograd.grad(total, pictures)[0] * share
            means.append(torch.cat([total.detach().view(1), terms.detach()]) * share)
        ctx.save_for_backward(gradient)
        mean = torch.stack(means).sum(0)
        total, terms = mean[0].clone(), mean[1:].clone()
        ctx.mark_non_differentiable(terms)
        return total, terms

    @staticmethod
    def backward(ctx: Any, slope: Tensor, _terms: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * slope, None, None
