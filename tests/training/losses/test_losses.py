"""Each loss against a slow float64 transcription of its equation, gradients included; and the known traps."""

from __future__ import annotations

import itertools

import pytest
import torch

from training.losses import losses
from training.losses.by_picture import ByPicture
from training.losses.losses import InpaintingLoss, LossWeights

B, C, H, W = 2, 3, 6, 7
POOLED = ((4, 3, 3), (5, 2, 2))  # C_p, H_p, W_p of the toy extractor


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(1)
    out = torch.rand(B, C, H, W, generator=generator)
    truth = torch.rand(B, C, H, W, generator=generator)
    valid = torch.ones(B, 1, H, W)
    valid[0, 0, 2:4, 2:5] = 0
    valid[1, 0, 0:3, 5:7] = 0
    valid[1, 0, 5, 0] = 0
    return out, truth, valid


@pytest.fixture
def extractor():
    generator = torch.Generator().manual_seed(2)
    maps = [torch.randn(c * h * w, C * H * W, generator=generator) / 8 for c, h, w in POOLED]

    def extract(image):
        flat = image.flatten(1)
        return [torch.relu(flat @ m.to(flat.dtype).T).view(-1, *shape) for m, shape in zip(maps, POOLED, strict=True)]

    return extract


def pixels():
    return itertools.product(range(C), range(H), range(W))


def slow_l1(out, truth, mask):
    total = 0
    for b in range(B):
        picture = 0
        for c, y, x in pixels():
            picture = picture + mask[b, 0, y, x] * (out[b, c, y, x] - truth[b, c, y, x]).abs()
        total = total + picture / (C * H * W)
    return total / B


def slow_composite(out, truth, valid):
    return valid * truth + (1 - valid) * out


def slow_perceptual(out, truth, valid, extract):
    comp, total = slow_composite(out, truth, valid), 0
    for image in (out, comp):
        for a, b in zip(extract(image), extract(truth), strict=True):
            total = total + (a - b).abs().sum() / a[0].numel() / B
    return total


def slow_style(out, truth, valid, extract):
    comp, total = slow_composite(out, truth, valid), 0
    for image in (out, comp):
        for maps, reference in zip(extract(image), extract(truth), strict=True):
            channels, height, width = maps.shape[1:]
            k = 1 / (channels * height * width)
            for b, i, j in itertools.product(range(B), range(channels), range(channels)):
                inner = (maps[b, i] * maps[b, j]).sum() - (reference[b, i] * reference[b, j]).sum()
                total = total + (k * inner).abs() / channels**2 / B
    return total


def slow_tv(out, truth, valid):
    comp, total = slow_composite(out, truth, valid), 0

    def in_region(b, y, x):
        near = itertools.product(range(max(0, y - 1), min(H, y + 2)), range(max(0, x - 1), min(W, x + 2)))
        return any(valid[b, 0, v, u] == 0 for v, u in near)

    for b in range(B):
        for c, y, x in pixels():
            for v, u in ((y + 1, x), (y, x + 1)):
                if v < H and u < W and in_region(b, y, x) and in_region(b, v, u):
                    total = total + (comp[b, c, v, u] - comp[b, c, y, x]).abs() / (C * H * W) / B
    return total


SLOW = {
    "valid": lambda o, t, m, e: slow_l1(o, t, m),
    "hole": lambda o, t, m, e: slow_l1(o, t, 1 - m),
    "perceptual": slow_perceptual,
    "style": slow_style,
    "tv": lambda o, t, m, e: slow_tv(o, t, m),
}


@pytest.mark.parametrize("name", SLOW)
def test_term_and_gradient_equal_the_equation(name, batch, extractor):
    out, truth, valid = batch
    fast_out = out.clone().requires_grad_()
    weights = {term: 0.0 for term in SLOW} | {name: 1.0}
    terms = InpaintingLoss(LossWeights(**weights), extractor)(fast_out, truth, valid)
    fast = terms[name]
    terms["total"].backward()
    slow_out = out.double().requires_grad_()
    slow = SLOW[name](slow_out, truth.double(), valid.double(), extractor)
    slow.backward()
    assert slow > 0
    torch.testing.assert_close(fast.double(), slow, rtol=1e-5, atol=0)
    torch.testing.assert_close(fast_out.grad.double(), slow_out.grad, rtol=1e-4, atol=1e-7)


def test_total_is_the_paper_s_sum(batch, extractor):
    terms = InpaintingLoss(LossWeights(), extractor)(*batch)
    paper = {"valid": 1, "hole": 6, "perceptual": 0.05, "style": 120, "tv": 0.1}
    assert set(terms) == set(paper) | {"total"}
    torch.testing.assert_close(terms["total"], sum(w * terms[name] for name, w in paper.items()))


def test_terms_without_weight_are_not_computed(batch):
    terms = InpaintingLoss(LossWeights(perceptual=0, style=0, tv=0))(*batch)
    assert set(terms) == {"valid", "hole", "total"}
    with pytest.raises(ValueError, match="extractor"):
        InpaintingLoss(LossWeights())


def test_l1_is_divided_by_the_picture_not_by_the_hole():
    out, truth, valid = torch.ones(1, 3, 8, 8), torch.zeros(1, 3, 8, 8), torch.ones(1, 1, 8, 8)
    valid[..., :2, :2] = 0
    assert losses.hole_l1(out, truth, valid).item() == pytest.approx(4 / 64)
    assert losses.valid_l1(out, truth, valid).item() == pytest.approx(60 / 64)


def test_tv_sees_only_the_dilated_hole():
    comp, valid = torch.zeros(1, 3, 9, 9), torch.ones(1, 1, 9, 9)
    valid[..., 4, 4] = 0
    comp[..., 0, 0] = 1  # an edge far from the hole
    assert losses.total_variation(comp, valid) == 0
    comp[..., 4, 4] = 1  # four edges within the hole's neighbourhood
    assert losses.total_variation(comp, valid).item() == pytest.approx(4 * 3 / (3 * 81))


def test_tv_of_a_flat_picture_is_zero():
    """Masking before differencing would show the region's border as an edge."""
    valid = torch.ones(1, 1, 9, 9)
    valid[..., 3:6, 3:6] = 0
    assert losses.total_variation(torch.full((1, 3, 9, 9), 0.7), valid) == 0


def test_tv_compares_neighbours_not_opposite_rows():
    valid = torch.ones(1, 1, 9, 9)
    valid[..., 0, :] = 0
    valid[..., 8, :] = 0
    comp = torch.zeros(1, 3, 9, 9)
    comp[..., 7:, :] = 1  # rows 0 and 8 differ, no two neighbours within R do
    assert losses.total_variation(comp, valid) == 0


def test_composite_keeps_valid_pixels_exactly(batch):
    out, truth, valid = batch
    comp = losses.composite(out * 1e6, truth, valid)
    keep = valid.expand_as(comp) == 1
    assert torch.equal(comp[keep], truth[keep])
    assert torch.equal(comp[~keep], (out * 1e6)[~keep])


def test_pixel_losses_alone_leave_the_extractor_asleep(batch, extractor):
    def asleep(image):
        raise AssertionError("looked through the extractor")

    whole = InpaintingLoss(LossWeights(), extractor)(*batch)
    pixels = InpaintingLoss(LossWeights(), asleep).pixels_only()(*batch)
    assert set(whole) - set(pixels) == {"perceptual", "style"}
    assert all(torch.equal(pixels[name], whole[name]) for name in ("valid", "hole", "tv"))
    assert pixels["total"] == pytest.approx((whole["valid"] + 6 * whole["hole"] + 0.1 * whole["tv"]).item())


def test_losses_are_float32_under_autocast(batch):
    class Half(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 4, 3)

        def forward(self, image):
            return [self.conv(image)]

    out, truth, valid = batch
    extract = Half()
    with torch.autocast("cpu", torch.bfloat16):
        assert extract(out)[0].dtype == torch.bfloat16
        terms = InpaintingLoss(LossWeights(), extract)(out.bfloat16(), truth, valid)
    assert {term.dtype for term in terms.values()} == {torch.float32}


def test_the_truth_gets_no_gradient(batch, extractor):
    out, truth, valid = batch
    calls = []

    def watched(image):
        maps = extractor(image)
        calls.append(maps[0].requires_grad)
        return maps

    InpaintingLoss(LossWeights(), watched)(out.requires_grad_(), truth, valid)
    assert calls == B * [True, False]


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_parts_of_any_size_give_the_mean_and_its_gradient(count):
    """As with all pictures at once, also where the last part is smaller, and through what comes before and after."""
    start, factor = torch.rand(5, 4, requires_grad=True), torch.rand(5, 4)
    seen = []

    def loss(pictures, which):
        seen.append(len(pictures))
        cubes = (pictures**3 * factor[which]).sum(1)
        return cubes.mean(), torch.stack([cubes.mean(), pictures.mean()])

    total, terms = ByPicture.apply(2 * start, loss, count)
    (gradient,) = torch.autograd.grad(7 * total, start)
    assert max(seen) == count and sum(seen) == 5 and not terms.requires_grad
    out = 2 * start
    whole, expected = loss(out, slice(None))
    torch.testing.assert_close(total, whole)
    torch.testing.assert_close(terms, expected.detach())
    torch.testing.assert_close(gradient, torch.autograd.grad(7 * whole, start)[0])


def test_without_gradients_none_are_taken(batch, extractor):
    out, truth, valid = batch
    watched = []

    def extract(image):
        watched.append(image.requires_grad)
        return extractor(image)

    terms = InpaintingLoss(LossWeights(), extract)(out, truth, valid)
    assert not any(watched) and not terms["total"].requires_grad
    torch.testing.assert_close(terms, InpaintingLoss(LossWeights(), extractor)(out.requires_grad_(), truth, valid))
