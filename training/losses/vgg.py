"""The loss's eyes: VGG-16 up to pool3, three outputs (pool1, pool2, pool3)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.errors import TrainingError
from model.network.unet import IMAGENET_MEAN, IMAGENET_STD
from training.torchvision_import import vision

POOLS = (4, 9, 16)  # indices of pool1..3 in torchvision's vgg16().features


class Vgg16Features(nn.Module):
    """pool1, pool2 and pool3 of a frozen VGG-16.

    Args:
        source: "imagenet" (torchvision's loader: download once, hash checked), "random" (He-initialised,
            always the same by `seed`), or the path of a VGG-16 state dict (.pth or .safetensors), for
            machines without a network.
        seed: of the random extractor.

    Attributes:
        record: what the features are, one line for the run's log and the model card.

    Raises:
        TrainingError: code "no_vgg" (cannot be had), "bad_vgg" (the file is not a VGG-16).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, source: str, seed: int = 0) -> None:
        super().__init__()
        models = vision("models")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = models.vgg.make_layers(models.vgg.cfgs["D"][:10])
            if source == "random":
                self._initialise()
                self.record = f"VGG-16 with random He weights, seed {seed}"
            elif source == "imagenet":
                self._load(_imagenet_state(models))
                self.record = "VGG-16, ImageNet weights of torchvision (IMAGENET1K_V1)"
            else:
                path = Path(source)
                self._load(_file_state(path))
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                self.record = f"VGG-16 from {path.name}, SHA-256 {digest}"
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1))
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> list[Tensor]:
        """Compute the maps of the pooling layers.

        Args:
            image: (B, 3, H, W), RGB in 0..1, not normalised.

        Returns:
            (B, 64, H/2, W/2), (B, 128, H/4, W/4), (B, 256, H/8, W/8).
        """
        features = (image - self.mean) / self.std
        pools = []
        for index, layer in enumerate(self.layers):
            if index + 1 in POOLS:
                continue  # ReLU after the maximum is the same and costs a quarter
            features = layer(features)
            if index in POOLS:
                features = F.relu_(features)
                pools.append(features)
        return pools

    def train(self, mode: bool = True) -> Vgg16Features:
        return super().train(False)

    def _initialise(self) -> None:
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                assert layer.bias is not None
                nn.init.zeros_(layer.bias)

    def _load(self, state: dict[str, Tensor]) -> None:
        wanted = self.layers.state_dict()
        found = {key.removeprefix("features."): value for key, value in state.items()}
        wrong = [key for key, value in wanted.items() if key not in found or found[key].shape != value.shape]
        if wrong:
            raise TrainingError(
                "bad_vgg",
                f"the file is not a VGG-16 (missing or of another shape: {', '.join(wrong[:3])}); "
                "give torchvision's vgg16 state dict",
            )
        self.layers.load_state_dict({key: found[key] for key in wanted})


def _imagenet_state(models) -> dict[str, Tensor]:
    try:
        return models.VGG16_Weights.IMAGENET1K_V1.get_state_dict(progress=True, check_hash=True)
    except (OSError, RuntimeError) as error:
        raise TrainingError(
            "no_vgg",
            f"the ImageNet weights of VGG-16 cannot be had ({error}); download "
            f"{models.VGG16_Weights.IMAGENET1K_V1.url} elsewhere and set loss.features to that file, "
            'or set loss.features = "random"',
        ) from error


def _file_state(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise TrainingError(
            "no_vgg",
            f'no VGG-16 weights at {path}; set loss.features to an existing file, "imagenet" or "random"',
        )
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise TrainingError("bad_vgg", f"{path} cannot be read as weights ({error}); download it again") from error
