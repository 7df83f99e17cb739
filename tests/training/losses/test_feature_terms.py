"""The terms of one map against their equations, in the precision of the map."""

from __future__ import annotations

import pytest
import torch

from training.losses.feature_terms import FeatureTerms


def plain(maps, reference):
    """The equations, by autograd and in float64."""
    maps, reference = maps.double(), reference.double()
    count, channels, height, width = reference.shape
    perceptual = style = 0
    for part in maps.split(count):
        perceptual = perceptual + (part - reference).abs().sum() / reference.numel()
        grams = (torch.einsum("bchw,bdhw->bcd", m, m) / (channels * height * width) for m in (part, reference))
        style = style + torch.sub(*grams).abs().sum() / channels**2 / count
    return perceptual, style


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_terms_and_gradients_equal_the_equations(layout, dtype):
    torch.manual_seed(0)
    maps = torch.randn(6, 8, 5, 7).relu_().to(dtype, memory_format=layout).requires_grad_()
    reference = torch.randn(3, 8, 5, 7).relu_().to(dtype, memory_format=layout)
    before = maps.detach().clone(), reference.clone()
    for weights in ((1.0, 0.0), (0.0, 1.0), (0.3, 0.7)):
        results = []
        for terms in (FeatureTerms.apply(maps, reference), plain(maps, reference)):
            total = sum(w * term for w, term in zip(weights, terms, strict=True))
            results.append((*terms, torch.autograd.grad(total, maps)[0].float()))
        ours, expected = results
        assert ours[0].dtype == ours[1].dtype == torch.float32
        for a, b in zip(ours[:2], expected[:2], strict=True):
            torch.testing.assert_close(a.double(), b, rtol=1e-5, atol=0)
        torch.testing.assert_close(ours[2], expected[2], rtol=1e-2 if dtype == torch.bfloat16 else 1e-4, atol=1e-7)
    assert torch.equal(maps, before[0]) and torch.equal(reference, before[1])
