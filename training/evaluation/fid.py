"""The Fréchet Inception distance of each method's fills to the truths: how real they look together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from model.errors import TrainingError
from training.torchvision_import import hub_file, vision

if TYPE_CHECKING:
    from torchmetrics.image.fid import FrechetInceptionDistance

FEATURES = 2048
INCEPTION = "weights-inception-2015-12-05-6726825d.pth"  # of torch-fidelity, the network of the published figures

Features = Callable[[Tensor], Tensor]


class FrechetDistance:
    """The Fréchet distances of methods' fills to the truths.

    Args:
        features: (1, 3, H, W) uint8 → (1, count).
        count: of features.
    """

    def __init__(self, features: Features, count: int) -> None:
        self._features, self._count = features, count
        self._truth: Tensor | None = None
        self._pictures = 0
        self._metrics: dict[str, FrechetInceptionDistance] = {}

    def truth(self, photo: np.ndarray) -> None:
        """The truth, H×W×3 uint8, of the fills that follow."""
        self._truth = self._of(photo)
        self._pictures += 1

    def fill(self, method: str, fill: np.ndarray) -> None:
        """A method's fill of the truth given last."""
        from torchmetrics.image.fid import FrechetInceptionDistance

        assert self._truth is not None
        if method not in self._metrics:
            self._metrics[method] = FrechetInceptionDistance(_Ready(self._count))
        self._metrics[method].update(self._truth, real=True)
        self._metrics[method].update(self._of(fill), real=False)

    def values(self) -> dict[str, float]:
        """Of each method; lower is better. Fewer than some thousand pictures tell little, one alone has none."""
        if self._pictures < 2:
            return {}
        return {name: metric.compute().item() for name, metric in self._metrics.items()}

    def _of(self, picture: np.ndarray) -> Tensor:
        with torch.inference_mode():
            return self._features(torch.from_numpy(picture.copy()).permute(2, 0, 1)[None])


def inception_distance(inception: Path | None = None) -> FrechetDistance | None:
    """None unless torch-fidelity is installed and its Inception is given or in the hub cache; nothing is downloaded.

    Raises:
        TrainingError: code "bad_inception", what lies there is not that network.
    """
    path = inception or hub_file(INCEPTION)
    if path is None:
        return None
    vision()  # both libraries import it
    try:
        import torch_fidelity  # noqa: F401
        from torchmetrics.image.fid import NoTrainInceptionV3
    except ImportError:
        return None
    return FrechetDistance(_load(path, NoTrainInceptionV3), FEATURES)


def _load(path: Path, network: type[nn.Module]) -> Features:
    try:
        torch.load(path, map_location="meta", weights_only=True)  # the library itself would unpickle anything
        return network("inception-v3-compat", [str(FEATURES)], str(path))
    except Exception as error:
        raise TrainingError(
            "bad_inception", f"{path} cannot be read as torch-fidelity's Inception ({error}); delete it"
        ) from error


class _Ready(nn.Module):
    """Stands for the network where the features are there already."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.num_features = count

    def forward(self, features: Tensor) -> Tensor:
        return features
