"""The paper's losses, term by term (Liu et al. 2018, section 3.3).

Here M is the paper's mask: 1 = valid, 0 = hole; N counts all values of a picture, C·H·W.
Every function gives the mean over the batch of the per-picture loss, in float32 and outside autocast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from training.losses.by_picture import ByPicture
from training.losses.feature_terms import FeatureTerms

Extractor = Callable[[Tensor], Sequence[Tensor]]


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms; the defaults are the paper's. A term of weight 0 is left out."""

    valid: float = 1.0
    hole: float = 6.0
    perceptual: float = 0.05
    style: float = 120.0
    tv: float = 0.1

    @property
    def needs_features(self) -> bool:
        return bool(self.perceptual or self.style)


def composite(out: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
    """I_comp: the prediction in the hole, the truth elsewhere."""
    return torch.where(valid > 0.5, truth, out)


def hole_l1(out: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
    """‖(1−M)⊙(I_out−I_gt)‖₁ / N."""
    return ((out - truth).abs() * (1 - valid)).mean()


def valid_l1(out: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
    """‖M⊙(I_out−I_gt)‖₁ / N."""
    return ((out - truth).abs() * valid).mean()


def hole_region(valid: Tensor) -> Tensor:
    """R: the hole dilated by one pixel, (B, 1, H, W) of 0 and 1."""
    return F.max_pool2d(1 - valid, kernel_size=3, stride=1, padding=1)


def total_variation(comp: Tensor, valid: Tensor) -> Tensor:
    """Σ |neighbour differences of I_comp| / N over pairs that lie both in R."""
    region = hole_region(valid)
    down = (comp[:, :, 1:] - comp[:, :, :-1]).abs() * (region[:, :, 1:] * region[:, :, :-1])
    right = (comp[..., 1:] - comp[..., :-1]).abs() * (region[..., 1:] * region[..., :-1])
    return (down.sum() + right.sum()) / comp.numel()


class InpaintingLoss:
    """All terms of one batch.

    Args:
        weights: of the terms.
        extractor: image in 0..1 → feature maps; may be None where neither perceptual nor style is weighted.
            It runs under the autocast of the caller; what is summed over its maps is float32.
    """

    def __init__(self, weights: LossWeights, extractor: Extractor | None = None) -> None:
        if weights.needs_features and extractor is None:
            raise ValueError("perceptual and style losses need an extractor")
        self.weights = weights
        self.extractor = extractor

    def pixels_only(self) -> InpaintingLoss:
        """The same without perceptual and style terms."""
        return InpaintingLoss(replace(self.weights, perceptual=0.0, style=0.0))

    def __call__(self, out: Tensor, truth: Tensor, valid: Tensor) -> dict[str, Tensor]:
        """Sum the weighted terms.

        Args:
            out, truth: (B, 3, H, W), RGB, about 0..1.
            valid: (B, 1, H, W), exactly 0 or 1.

        Returns:
            each term unweighted (style: out and comp together), and "total", through which gradients are to be taken:
            the perceptual and the style term alone have none.
        """
        weights, device = self.weights, out.device.type
        out, truth, valid = out.float(), truth.float(), valid.float()
        total, terms = self._features(out, truth, valid) if weights.needs_features else (0, {})
        with torch.autocast(device, enabled=False):
            pixels: dict[str, Tensor] = {}
            if weights.valid:
                pixels["valid"] = valid_l1(out, truth, valid)
            if weights.hole:
                pixels["hole"] = hole_l1(out, truth, valid)
            if weights.tv:
                pixels["tv"] = total_variation(composite(out, truth, valid), valid)
            total = total + sum(getattr(weights, name) * term for name, term in pixels.items())
        return {**pixels, **terms, "total": total}

    def _features(self, out: Tensor, truth: Tensor, valid: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum of the perceptual and the style term, and those of the two that have a weight."""
        weighted = {name: getattr(self.weights, name) for name in ("perceptual", "style")}

        def loss(pictures: Tensor, which: slice) -> tuple[Tensor, Tensor]:
            terms = self._feature_terms(pictures, composite(pictures, truth[which], valid[which]), truth[which])
            return sum(w * term for w, term in zip(weighted.values(), terms, strict=True)), torch.stack(terms)

        count = 1 if out.device.type == "cpu" else len(out)
        total, terms = ByPicture.apply(out, loss, count)
        return total, {name: term for (name, weight), term in zip(weighted.items(), terms, strict=True) if weight}

    def _feature_terms(self, out: Tensor, comp: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
        assert self.extractor is not None
        maps = self.extractor(torch.cat([out, comp]))
        with torch.no_grad():
            reference = self.extractor(truth)
        with torch.autocast(out.device.type, enabled=False):
            terms = [FeatureTerms.apply(own, wanted) for own, wanted in zip(maps, reference, strict=True)]
            perceptual, style = (torch.stack(term).sum() for term in zip(*terms, strict=True))
        return perceptual, style
