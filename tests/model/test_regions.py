from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from model.regions import Region, cut, decoder_regions


def test_around_is_the_bounding_box_over_the_batch():
    holes = torch.zeros(2, 64, 64, dtype=torch.bool)
    holes[0, 5, 9] = holes[1, 40:50, 3] = True
    assert Region.around(holes) == Region(5, 3, 50, 10)


def test_around_nothing_is_one_pixel():
    region = Region.around(torch.zeros(1, 64, 64, dtype=torch.bool))
    assert (region.bottom - region.top, region.right - region.left) == (1, 1)


@pytest.mark.parametrize("wanted", [Region(0, 0, 1, 1), Region(37, 11, 40, 64), Region(63, 63, 64, 64)])
def test_the_regions_hold_all_that_the_wanted_pixels_depend_on(wanted):
    """Dependence traced by the gradient of the wanted pixels through nearest ×2 and 3×3 kernels of ones."""
    depth, side = 5, 64
    kernel = torch.ones(1, 1, 3, 3)
    outputs = [torch.ones(1, 1, side >> (depth - 1), side >> (depth - 1), requires_grad=True)]
    for _ in range(1, depth):
        outputs.append(F.conv2d(F.interpolate(outputs[-1], scale_factor=2), kernel, padding=1))
        outputs[-1].retain_grad()
    rows, columns = wanted.slices
    outputs[-1][..., rows, columns].sum().backward()
    for region, output in zip(decoder_regions(wanted, side, side, depth), reversed(outputs), strict=True):
        touched = output.grad[0, 0].nonzero()
        (top, left), (bottom, right) = touched.amin(0).tolist(), touched.amax(0).tolist()
        assert region == Region(top, left, bottom + 1, right + 1)


def test_cut_takes_what_is_known_and_zero_beside_it():
    picture = torch.arange(1.0, 17.0).view(1, 1, 4, 4)
    part = cut(picture, Region(2, 2, 6, 6), Region(1, 3, 4, 7))
    assert torch.equal(part[0, 0], torch.tensor([[0.0, 0, 0, 0], [2, 3, 4, 0], [6, 7, 8, 0]]))
