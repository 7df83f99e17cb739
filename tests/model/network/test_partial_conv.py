from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from model.network.partial_conv import SMALLEST_UP, PartialConv2d
from tests.model.reference import partial_conv


def random_masks(batch: int, groups: int, side: int) -> torch.Tensor:
    """Every batch item and group has its own mask."""
    return (torch.rand(batch, groups, side, side) > 0.7).float()


def expand(planes: torch.Tensor, groups: tuple[int, ...]) -> torch.Tensor:
    return torch.cat([planes[:, i : i + 1].expand(-1, c, -1, -1) for i, c in enumerate(groups)], 1)


@pytest.mark.parametrize("groups", [(3,), (5, 3)])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 2), (7, 2), (1, 1)])
@pytest.mark.parametrize("bias", [True, False])
def test_values_masks_and_gradients_equal_the_equation(groups, kernel, stride, bias):
    torch.manual_seed(0)
    layer = PartialConv2d(groups, 4, kernel, stride, bias).double()
    if bias:
        layer.bias.data.normal_()
    planes = random_masks(3, len(groups), 13)
    planes[:, :, :7, :7] = 0  # windows without any valid pixel
    x = torch.randn(3, sum(groups), 13, 13, dtype=torch.float64, requires_grad=True)
    out, plane = layer(x, planes)
    expected, mask = partial_conv(x, expand(planes, groups).double(), layer.weight, layer.bias, stride)
    torch.testing.assert_close(out, expected, rtol=1e-6, atol=1e-6)
    assert torch.equal(plane.double().expand_as(mask), mask)
    if kernel > 1:
        assert 0 < plane.mean() < 1 or kernel == 7

    weights = torch.randn_like(out)
    ours = torch.autograd.grad((out * weights).sum(), [x, *layer.parameters()])
    theirs = torch.autograd.grad((expected * weights).sum(), [x, *layer.parameters()])
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)


def test_all_hole_gives_zero_and_stays_hole():
    layer = PartialConv2d(3, 4, 3)
    layer.bias.data.fill_(5.0)
    out, plane = layer(torch.randn(1, 3, 8, 8), torch.zeros(1, 1, 8, 8))
    assert not out.any() and not plane.any()


def test_no_hole_is_an_ordinary_convolution_away_from_the_border():
    layer = PartialConv2d(3, 4, 3)
    x = torch.randn(1, 3, 8, 8)
    out, plane = layer(x, torch.ones(1, 1, 8, 8))
    plain = torch.nn.functional.conv2d(x, layer.weight, layer.bias, padding=1)
    torch.testing.assert_close(out[..., 1:-1, 1:-1], plain[..., 1:-1, 1:-1])
    assert plane.all()


def test_outside_the_picture_is_hole():
    """At a corner of a valid picture a 3×3 window holds 4 of 9 pixels: the ratio is 9/4."""
    layer = PartialConv2d(1, 1, 3, bias=False)
    layer.weight.data.fill_(1.0)
    out, _ = layer(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 4, 4))
    torch.testing.assert_close(out, torch.full_like(out, 9.0))


def test_what_stands_in_a_hole_has_no_effect():
    layer = PartialConv2d(3, 4, 3)
    planes = random_masks(2, 1, 9)
    x = torch.randn(2, 3, 9, 9)
    changed = torch.where(planes > 0, x, torch.full_like(x, 1e3))
    assert torch.equal(layer(x, planes)[0], layer(changed, planes)[0])


def test_batch_items_do_not_share_masks_and_nothing_is_remembered():
    layer = PartialConv2d(3, 4, 3)
    x, planes = torch.randn(2, 3, 9, 9), random_masks(2, 1, 9)
    together, _ = layer(x, planes)
    layer(x, 1 - planes)
    for i in range(2):
        torch.testing.assert_close(layer(x[i : i + 1], planes[i : i + 1])[0], together[i : i + 1])
    assert set(layer.state_dict()) == {"weight", "bias"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 1.0])
def test_autocast_is_finite_and_counts_stay_exact(dtype, share):
    """1024 channels × 9 taps is past what either half type can count."""
    torch.manual_seed(0)
    layer = PartialConv2d((512, 512), 8, 3, bias=False)
    planes = (torch.rand(1, 2, 16, 16) < share).float()
    x = torch.randn(1, 1024, 16, 16)
    with torch.autocast("cpu", dtype):
        out, plane = layer(x, planes)
    exact, mask = partial_conv(x.double(), expand(planes, (512, 512)).double(), layer.weight.double(), None, 1)
    assert torch.isfinite(out).all()
    assert torch.equal(plane.double(), mask[:, :1])
    assert (out.double() - exact).abs().max() <= 0.03 * max(1.0, exact.abs().max().item())


def test_wrong_planes_are_named():
    with pytest.raises(ValueError, match="2 groups"):
        PartialConv2d((3, 3), 4, 3)(torch.zeros(1, 6, 8, 8), torch.ones(1, 1, 8, 8))
    with pytest.raises(ValueError, match="odd"):
        PartialConv2d(3, 4, 2)


@pytest.mark.parametrize("side", [SMALLEST_UP // 2, SMALLEST_UP])
@pytest.mark.parametrize("bias", [True, False])
def test_the_up_path_equals_enlarging_and_concatenating(side, bias):
    torch.manual_seed(1)
    layer = PartialConv2d((5, 3), 4, 3, bias=bias).double()
    if bias:
        layer.bias.data.normal_()
    below = torch.randn(2, 5, side, side + 2, dtype=torch.float64, requires_grad=True)
    skip = torch.randn(2, 3, 2 * side, 2 * side + 4, dtype=torch.float64, requires_grad=True)
    small, large = (torch.rand(2, 1, *x.shape[2:]) > 0.6 for x in (below, skip))
    small[:, :, :5, :5] = large[:, :, :10, :10] = False
    planes = torch.cat([F.interpolate(small.float(), scale_factor=2), large.float()], 1)
    out, plane = layer.forward_up(below, skip, planes)
    expected, mask = layer(torch.cat([F.interpolate(below, scale_factor=2), skip], 1), planes)
    torch.testing.assert_close(out, expected, rtol=1e-9, atol=1e-9)
    assert torch.equal(plane, mask) and 0 < plane.mean() < 1
    weights = torch.randn_like(out)
    inputs = [below, skip, *layer.parameters()]
    ours, theirs = (torch.autograd.grad((y * weights).sum(), inputs) for y in (out, expected))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)
