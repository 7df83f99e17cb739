"""What a configuration says, built: the network, its mode in a stage, the loss."""

from __future__ import annotations

from pathlib import Path

import msgspec
import torch
from torch import nn

from model.errors import TrainingError
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import SHIPPED, load_weights
from training.config import Config, Loss
from training.loop.ordinary import OrdinaryUNet
from training.losses.lite0 import Lite0Features
from training.losses.losses import InpaintingLoss, LossWeights
from training.losses.vgg import Vgg16Features


def build_network(config: Config) -> tuple[PConvUNet, str]:
    """The network of a run: fresh (He-initialised), or from the weights file `config.init` ("shipped": our own);
    and which weights those are, for the record.

    Raises:
        WeightsError: the file cannot be used.
        TrainingError: code "other_architecture".
    """
    if not config.init:
        return new_network(config), "random weights"
    weights = load_weights(SHIPPED if config.init == "shipped" else config.init)
    found, wanted = (weights.config.width, weights.config.depth), (config.network.width, config.network.depth)
    if found != wanted:
        raise TrainingError(
            "other_architecture",
            f"{config.init} has width {found[0]}, depth {found[1]}; the run wants {wanted[0]}, {wanted[1]}: "
            "set network.width and network.depth to it",
        )
    return weights.build(), f"{weights.name}, SHA-256 {weights.sha256}"


def new_network(config: Config) -> PConvUNet:
    """The network of a configuration with He-initialised weights."""
    shape = UNetConfig(width=config.network.width, depth=config.network.depth)
    if config.network.convolution == "ordinary":
        return OrdinaryUNet(shape, config.network.hole_value)
    return PConvUNet(shape)


def make_loss(settings: Loss, device: torch.device, compiled: bool = False) -> tuple[InpaintingLoss, str]:
    """The loss of a configuration and what its features are, for the record."""
    values = msgspec.structs.asdict(settings)
    source, seed = values.pop("features"), values.pop("features_seed")
    weights = LossWeights(**values)
    if not weights.needs_features:
        return InpaintingLoss(weights), "none"
    name, _, file = source.partition(":")
    extractor = Lite0Features(Path(file) if file else None) if name == "lite0" else Vgg16Features(source, seed)
    extractor.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's gap
    return InpaintingLoss(weights, torch.compile(extractor) if compiled else extractor), extractor.record


def set_mode(net: PConvUNet, freeze_encoder_norm: bool) -> None:
    """Training mode; the encoder's batch norms, statistics and affine, are frozen where asked."""
    net.train()
    for block in net.encoder:
        if isinstance(block.norm, nn.modules.batchnorm._BatchNorm):
            block.norm.train(not freeze_encoder_norm)
            block.norm.requires_grad_(not freeze_encoder_norm)
