from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from model.engine.folded_unet import FoldedUNet
from model.engine.packed_conv import FixedConv2d
from model.engine.winograd import RowPairConv2d, pays
from model.network.unet import PConvUNet, UNetConfig


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("shape", [(1, 64, 32, 32), (2, 64, 6, 10), (3, 80, 18, 7), (1, 64, 2, 2)])
def test_row_pairs_compute_the_convolution(shape, packed):
    torch.manual_seed(0)
    weight = torch.randn(48, shape[1], 5, 5)
    x = torch.randn(shape).to(memory_format=torch.channels_last)
    conv = RowPairConv2d(weight)
    if packed:
        for module in conv.children():
            module.pack()
    with torch.no_grad():
        out, plain = conv(x), F.conv2d(x, weight, stride=2, padding=2)
        expected = F.conv2d(x.double(), weight.double(), stride=2, padding=2)
    assert out.shape == expected.shape
    assert (out - expected).abs().max() <= 2 * (plain - expected).abs().max() + 1e-5


def test_row_pairs_round_in_bfloat16_about_as_the_plain_convolution():
    torch.manual_seed(0)
    weight, x = torch.randn(32, 128, 5, 5), torch.randn(1, 128, 32, 32).relu_().bfloat16()
    with torch.no_grad():
        expected = F.conv2d(x.float(), weight, stride=2, padding=2)
        plain = F.conv2d(x, weight.bfloat16(), stride=2, padding=2)
        out = RowPairConv2d(weight.bfloat16())(x)
    assert (out - expected).std() < 3 * (plain - expected).std()


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="measured with oneDNN alone")
def test_row_pairs_are_for_wide_layers_of_their_shape():
    assert pays(FixedConv2d(torch.zeros(8, 128, 5, 5), 2, 2))
    assert not pays(FixedConv2d(torch.zeros(8, 64, 5, 5), 2, 2))
    assert not pays(FixedConv2d(torch.zeros(8, 128, 5, 5), 1, 2))
    assert not pays(FixedConv2d(torch.zeros(8, 128, 3, 3), 2, 1))


@pytest.mark.parametrize("packed", [True, False])
def test_adding_to_a_total_is_adding(packed):
    torch.manual_seed(0)
    conv = FixedConv2d(torch.randn(16, 8, 3, 3), padding=1)
    if packed:
        conv.pack()
    x, total = (torch.randn(2, c, 9, 12).to(memory_format=torch.channels_last) for c in (8, 16))
    with torch.no_grad():
        expected = total + conv(x)
        out = conv.add_to(total, x)
    assert out is total or torch.equal(out, total)
    assert (out - expected).abs().max() < 1e-4


def test_a_network_wide_enough_computes_the_same_with_row_pairs():
    torch.manual_seed(0)
    net = PConvUNet(UNetConfig(width=64, depth=3)).eval()
    image, valid = torch.rand(1, 3, 40, 56), (torch.rand(1, 1, 40, 56) > 0.2).float()
    plain, packed = FoldedUNet(net), FoldedUNet(net)
    packed.pack()
    if torch.backends.mkldnn.is_available():
        assert any(isinstance(module, RowPairConv2d) for module in packed.modules())
    with torch.no_grad():
        expected, out = plain(image, valid), packed(image, valid)
    assert (out - expected).abs().max() < 1e-5 * expected.abs().max()
