"""The network of the comparison: ordinary convolutions that see what stands in the hole, partial ones that do not."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from model.errors import TrainingError
from model.network.unet import PConvUNet, UNetConfig
from training.config import build_config
from training.export.weights import export_run
from training.loop.ordinary import OrdinaryUNet
from training.loop.trainer import Trainer

CONFIG = UNetConfig(width=4, depth=5)


def picture() -> tuple[torch.Tensor, torch.Tensor]:
    image, valid = torch.rand(1, 3, 64, 64), torch.ones(1, 1, 64, 64)
    valid[..., 20:50, 10:40] = 0
    return image, valid


def test_partial_convolutions_do_not_see_what_stands_in_the_hole():
    """The paper's claim: the result does not depend on the hole's initial value."""
    net = PConvUNet(CONFIG).eval()
    image, valid = picture()
    with torch.no_grad():
        filled = [net(torch.where(valid > 0.5, image, value), valid) for value in (0.0, 0.5, 1.0)]
    assert torch.equal(filled[0], filled[1]) and torch.equal(filled[0], filled[2])


def test_ordinary_ones_start_from_the_value_that_is_asked_for():
    image, valid = picture()
    outputs = []
    for value in ("mean", "zero", "noise"):
        torch.manual_seed(0)
        net = OrdinaryUNet(CONFIG, value).eval()
        with torch.no_grad():
            outputs.append(net(image, valid))
            assert torch.equal(outputs[-1], net(torch.where(valid > 0.5, image, 0.3), valid))
    assert not torch.allclose(outputs[0], outputs[1]) and not torch.allclose(outputs[0], outputs[2])


def test_its_layers_are_those_of_torch():
    torch.manual_seed(0)
    net = OrdinaryUNet(CONFIG, "zero").eval()
    for block in [net.encoder[1], net.decoder[-1]]:
        conv = block.conv
        plain = nn.Conv2d(sum(conv.groups), conv.weight.shape[0], conv.kernel_size, conv.stride, conv.kernel_size // 2)
        plain.weight, plain.bias = conv.weight, conv.bias
        features = torch.rand(1, sum(conv.groups), 32, 32)
        planes = (torch.rand(1, len(conv.groups), 32, 32) > 0.5).float()
        out, valid = conv(features, planes)
        torch.testing.assert_close(out, plain(features))
        assert (valid == 1).all()
        if len(conv.groups) == 2:
            below, beside = features.split(conv.groups, dim=1)
            below = below[..., ::2, ::2]
            want = plain(torch.cat([below.repeat_interleave(2, 2).repeat_interleave(2, 3), beside], 1))
            torch.testing.assert_close(conv.forward_up(below, beside, planes)[0], want)


def test_it_trains_and_is_not_shipped(small, tmp_path):
    small["network"] |= {"convolution": "ordinary", "hole_value": "noise"}
    small["stages"][0]["images"] = 4
    outcome = Trainer(build_config(small), tmp_path).run()
    assert outcome.finished and isinstance(outcome.net, OrdinaryUNet)
    with pytest.raises(TrainingError, match="not shipped"):
        export_run(tmp_path, tmp_path / "weights.safetensors")
