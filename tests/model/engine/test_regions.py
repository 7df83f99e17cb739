from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from model.engine.regions import Regions, around, cut, decoder_boxes
from model.geometry.boxes import Box


def test_around_is_the_bounding_box_over_the_batch():
    holes = torch.zeros(2, 64, 64, dtype=torch.bool)
    holes[0, 5, 9] = holes[1, 40:50, 3] = True
    assert around(holes) == Box(5, 3, 50, 10)


def test_around_nothing_is_no_box():
    assert around(torch.zeros(1, 64, 64, dtype=torch.bool)) is None


@pytest.mark.parametrize("wanted", [Box(0, 0, 1, 1), Box(37, 11, 40, 64), Box(63, 63, 64, 64)])
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
    for region, output in zip(decoder_boxes(wanted, side, side, depth), reversed(outputs), strict=True):
        touched = output.grad[0, 0].nonzero()
        (top, left), (bottom, right) = touched.amin(0).tolist(), touched.amax(0).tolist()
        assert region == Box(top, left, bottom + 1, right + 1)


def test_cut_takes_what_is_known_and_zero_beside_it():
    picture = torch.arange(1.0, 17.0).view(1, 1, 4, 4)
    part = cut(picture, Box(2, 2, 6, 6), Box(1, 3, 4, 7))
    assert torch.equal(part[0, 0], torch.tensor([[0.0, 0, 0, 0], [2, 3, 4, 0], [6, 7, 8, 0]]))


def test_cut_takes_a_part_that_is_known():
    picture = torch.arange(1.0, 17.0).view(1, 1, 4, 4)
    assert torch.equal(cut(picture, Box(2, 2, 6, 6), Box(3, 2, 5, 4))[0, 0], torch.tensor([[5.0, 6], [9, 10]]))


@pytest.mark.parametrize("known", [Box(0, 0, 1, 1), Box(37, 11, 40, 64), Box(63, 63, 64, 64), Box(0, 0, 64, 64)])
def test_beside_the_encoders_boxes_all_is_hole(known):
    kernels = [7, 5, 3]
    plane = torch.zeros(1, 1, 64, 64)
    plane[..., known.slices[0], known.slices[1]] = 1
    for box, kernel in zip(Regions.of(known, known, 64, 64, kernels).encoder, kernels, strict=True):
        inputs = box.doubled()
        assert plane.sum() == plane[..., inputs.slices[0], inputs.slices[1]].sum()
        plane = (F.conv2d(plane, torch.ones(1, 1, kernel, kernel), stride=2, padding=kernel // 2) > 0).float()
        assert around(plane[0] > 0) == box
