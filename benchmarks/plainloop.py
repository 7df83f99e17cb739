"""The rival: the training step as it is commonly published.

Float32 throughout, masks of as many channels as the features, three passes through VGG-16, each term of the
loss as written in the paper, gradients by autograd, Adam as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import torch
from torch import Tensor

from benchmarks.multichannel import MultiChannelUNet
from model.network.unet import PConvUNet
from training.losses.losses import LossWeights, composite, hole_l1, total_variation, valid_l1
from training.losses.vgg import POOLS, Vgg16Features


def plain_step(net: PConvUNet, extractor: Vgg16Features, truth: Tensor, valid: Tensor) -> Callable[[], Tensor]:
    """A step on one batch that gives its total loss; the network's weights are taken over and trained."""
    rival = MultiChannelUNet(net).train()
    optimiser = torch.optim.Adam(rival.parameters(), lr=2e-4)
    weights = LossWeights()

    def step() -> Tensor:
        out = rival(truth * valid, valid)
        comp = composite(out, truth, valid)
        maps = [_pools(extractor, image) for image in (out, comp, truth)]
        loss = weights.valid * valid_l1(out, truth, valid) + weights.hole * hole_l1(out, truth, valid)
        grams = [_gram(features) for features in maps[2]]
        for features in maps[:2]:
            loss = loss + weights.perceptual * _feature_l1(features, maps[2])
            loss = loss + weights.style * _style_l1(features, grams)
        loss = loss + weights.tv * total_variation(comp, valid)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step


def _pools(extractor: Vgg16Features, image: Tensor) -> list[Tensor]:
    """As torchvision lays the network out: each layer in its turn."""
    features, pools = (image - extractor.mean) / extractor.std, []
    for index, layer in enumerate(extractor.layers):
        features = layer(features)
        if index in POOLS:
            pools.append(features)
    return pools


def _feature_l1(features: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    return reduce(torch.add, ((a - b).abs().mean() for a, b in zip(features, truth, strict=True)))


def _gram(features: Tensor) -> Tensor:
    batch, channels, height, width = features.shape
    flat = features.reshape(batch, channels, height * width)
    return flat @ flat.transpose(1, 2) / (channels * height * width)


def _style_l1(features: Sequence[Tensor], grams: Sequence[Tensor]) -> Tensor:
    return reduce(torch.add, ((_gram(a) - b).abs().mean() for a, b in zip(features, grams, strict=True)))
