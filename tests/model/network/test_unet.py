from __future__ import annotations

import pytest
import torch

from model.engine.folded_unet import FoldedUNet
from model.engine.packed_conv import FixedConv2d
from model.engine.regions import around
from model.geometry.boxes import Box
from model.network.unet import PConvUNet, UNetConfig
from tests.model.reference import lively, unet

SMALL = UNetConfig(width=4, depth=6)


def example(side: int = 128) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    image = torch.rand(3, 3, side, side)
    valid = torch.ones(3, 1, side, side)
    valid[0, :, 10:90, 20:100] = 0
    valid[1, :, :, :70] = 0
    valid[2] = (torch.rand(1, side, side) > 0.6).float()
    return image, valid


def test_the_default_is_the_papers_network():
    with torch.device("meta"):
        net = PConvUNet()
    assert sum(p.numel() for p in net.parameters()) == 32_859_796
    rows = [(r.name, r.groups, r.out_channels, r.kernel, r.stride) for r in net.config.encoder() + net.config.decoder()]
    assert rows[0] == ("PConv1", (3,), 64, 7, 2)
    assert rows[1:3] == [("PConv2", (64,), 128, 5, 2), ("PConv3", (128,), 256, 5, 2)]
    assert rows[7] == ("PConv8", (512,), 512, 3, 2)
    assert rows[8] == ("PConv9", (512, 512), 512, 3, 1)
    assert rows[12:] == [
        ("PConv13", (512, 256), 256, 3, 1),
        ("PConv14", (256, 128), 128, 3, 1),
        ("PConv15", (128, 64), 64, 3, 1),
        ("PConv16", (64, 3), 3, 3, 1),
    ]


def test_equals_the_float64_multi_channel_reference():
    net = lively(PConvUNet(SMALL)).eval()
    image, valid = example()
    with torch.no_grad():
        out = net(image, valid)
        expected = unet(net, image, valid)
    assert (out - expected).abs().max() < 1e-4 * expected.abs().max()


@pytest.mark.parametrize("on_host", [True, False])
@pytest.mark.parametrize("side", [64, 128, 256])
def test_folding_and_the_exact_up_path_change_nothing(side, on_host):
    net = lively(PConvUNet(SMALL)).eval()
    image, valid = example(side)
    with torch.no_grad():
        out, folded = net(image, valid), FoldedUNet(net)(image, valid, on_host)
    assert (out - folded).abs().max() < 2e-5 * out.abs().max()


def test_what_stands_in_a_hole_has_no_effect():
    net = PConvUNet(SMALL).eval()
    image, valid = example()
    with torch.no_grad():
        assert torch.equal(net(image, valid), net(torch.where(valid > 0, image, torch.tensor(0.123)), valid))


def test_all_hole_and_no_hole_are_finite():
    net = PConvUNet(SMALL).eval()
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        for valid in (torch.zeros(1, 1, 64, 64), torch.ones(1, 1, 64, 64)):
            assert torch.isfinite(net(image, valid)).all()


def test_all_parameters_learn():
    net = PConvUNet(SMALL)
    image, valid = example()
    net(image, valid).abs().mean().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() and p.grad.any() for p in net.parameters())


def test_a_side_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match="multiples of 64"):
        PConvUNet(SMALL)(torch.zeros(1, 3, 100, 128), torch.ones(1, 1, 100, 128))
    with pytest.raises(ValueError, match="depth"):
        UNetConfig(depth=2)


@pytest.mark.parametrize(
    "box",
    [(0, 0, 10, 10), (70, 90, 130, 150), (200, 0, 256, 256), (31, 32, 33, 225), (101, 7, 102, 8), (0, 0, 256, 256)],
)
@pytest.mark.parametrize("on_host", [True, False])
def test_the_wanted_region_alone_has_the_same_pixels(box, on_host):
    net = lively(PConvUNet(UNetConfig(width=4, depth=8))).eval()
    top, left, bottom, right = box
    holes = torch.zeros(2, 256, 256, dtype=torch.bool)
    holes[1, top:bottom, left:right] = True
    image, valid = torch.rand(2, 3, 256, 256), (~holes)[:, None].float()
    wanted, folded = around(holes), FoldedUNet(net)
    with torch.no_grad():
        whole, part = folded(image, valid), folded(image, valid, on_host, wanted=wanted)
    assert wanted == Box(top, left, bottom, right)
    assert (whole[..., top:bottom, left:right] - part).abs().max() < 2e-5 * whole.abs().max()


@pytest.mark.parametrize(
    "known", [(0, 0, 187, 140), (90, 70, 131, 256), (255, 255, 256, 256), (0, 128, 256, 192), (101, 7, 102, 8)]
)
@pytest.mark.parametrize("on_host", [True, False])
def test_where_all_is_hole_nothing_need_be_computed(known, on_host):
    net = lively(PConvUNet(UNetConfig(width=4, depth=8))).eval()
    box = Box(*known)
    valid = torch.zeros(2, 1, 256, 256)
    valid[..., box.slices[0], box.slices[1]] = (torch.rand(2, 1, *box.shape) > 0.3).float()
    valid[0, 0, box.top, box.left] = valid[1, 0, box.bottom - 1, box.right - 1] = 1
    image, folded = torch.rand(2, 3, 256, 256), FoldedUNet(net)
    with torch.no_grad():
        expected, out = folded(image, valid), folded(image, valid, on_host, known=box)
    assert (expected - out).abs().max() < 2e-5 * expected.abs().max()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_packed_weights_compute_the_same(dtype):
    net = lively(PConvUNet(SMALL)).eval()
    image, valid = example()
    plain, packed = FoldedUNet(net), FoldedUNet(net)
    for folded in (plain, packed):
        for parameter in folded.parameters():
            parameter.data = parameter.data.to(dtype)
    packed.pack()
    if torch.backends.mkldnn.is_available() and dtype == torch.float32:
        assert all(module.weight is None for module in packed.modules() if isinstance(module, FixedConv2d))
    with torch.no_grad():
        expected, out = plain(image, valid), packed(image, valid)
    assert (out - expected).abs().max() < 4 * torch.finfo(dtype).eps * expected.abs().max()
