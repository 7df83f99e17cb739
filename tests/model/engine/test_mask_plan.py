from __future__ import annotations

import numpy as np
import pytest
import torch

from model.engine.folded_unet import FoldedUNet
from model.engine.regions import around
from model.geometry.boxes import Box
from model.network.unet import PConvUNet, UNetConfig

SIDE = 128
MASKS = {
    "a blob": [(30, 40, 75, 90)],
    "at a corner": [(0, 0, 20, 128)],
    "apart": [(0, 0, 5, 5), (100, 110, 128, 128)],
    "nothing": [],
    "all but a pixel": [(0, 0, 127, 128), (127, 0, 128, 127)],
    "all": [(0, 0, 128, 128)],
}


def holes_of(boxes: list[tuple[int, ...]]) -> torch.Tensor:
    holes = torch.zeros(2, SIDE, SIDE, dtype=torch.bool)
    for number, (top, left, bottom, right) in enumerate(boxes):
        holes[number % 2, top:bottom, left:right] = True
    return holes


@pytest.mark.parametrize("wanted", [None, Box(0, 0, 9, 9), Box(40, 50, 81, 91), Box(120, 3, 128, 60)])
@pytest.mark.parametrize("name", MASKS)
def test_looking_finds_what_counting_everywhere_finds(name, wanted):
    net, holes = FoldedUNet(PConvUNet(UNetConfig(width=4, depth=5))), holes_of(MASKS[name])
    known = around(~holes)
    valid = ~holes[:, None]
    everywhere, looking = (
        net.plan(valid, torch.float32, on_host, net.regions(valid, known, wanted)) for on_host in (False, True)
    )
    for counted, seen in zip(everywhere, looking, strict=True):
        np.testing.assert_allclose(seen.ratio.expand_as(counted.ratio), counted.ratio, rtol=1e-6)
        mask = torch.ones_like(counted.ratio)
        if seen.valid is not None:
            mask[:, :, *seen.holes.slices] = seen.valid
        assert torch.equal(mask, (counted.ratio > 0).float())
