"""What the Inception network sees of all fills of a method together: FID and inception score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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
LOGITS = "logits_unbiased"  # the published figures leave the last layer's bias out
INCEPTION = "weights-inception-2015-12-05-6726825d.pth"  # of torch-fidelity, the network of the published figures
MOST_PARTS = 10  # of the pictures, whose inception scores are averaged
SMALLEST_PART = 100  # pictures

Network = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Together:
    """Of all fills of a method, or of the truths. `fid` is None for the truths, from which it is measured."""

    fid: float | None
    score: float


class InceptionMeasures:
    """FID and inception score over all pictures; fewer than some thousand tell little.

    FID: the Fréchet distance of two normal distributions, that of the fills' features and that of the truths'; 0 = as
    the truths, lower is better.

    Inception score: exp of the mean over the pictures of KL(p(class | picture) ‖ p(class)), by natural logarithms,
    where p(class) is the mean of p(class | picture) over the same pictures. It knows no truth: 1 where all pictures
    look alike or like nothing, more where each looks like one class and all like many, at most the number of classes
    or of pictures. The pictures are shuffled, always alike, and dealt into as many parts as have SMALLEST_PART each,
    one at least and MOST_PARTS at most; what is given is the mean of the parts' scores. It grows with the size of a
    part: compare what was measured on the same cases.

    Args:
        network: (1, 3, H, W) uint8 → features (1, count) and logits (1, classes).
        count: of features.
    """

    def __init__(self, network: Network, count: int) -> None:
        self._network, self._count = network, count
        self._truth = _Seen()
        self._fills: dict[str, _Seen] = {}

    def truth(self, photo: np.ndarray) -> None:
        """The truth, H×W×3 uint8, of the fills that follow."""
        self._truth.add(*self._of(photo))

    def fill(self, method: str, fill: np.ndarray) -> None:
        """A method's fill of the truth given last."""
        self._fills.setdefault(method, _Seen()).add(*self._of(fill))

    def values(self) -> dict[str, Together]:
        """Of the truths ("truth") and each method; nothing of a single picture."""
        if len(self._truth.features) < 2:
            return {}
        found = {"truth": Together(None, inception_score(torch.cat(self._truth.logits)))}
        for method, seen in self._fills.items():
            found[method] = Together(self._distance(seen), inception_score(torch.cat(seen.logits)))
        return found

    def _distance(self, seen: _Seen) -> float:
        from torchmetrics.image.fid import FrechetInceptionDistance

        metric: FrechetInceptionDistance = FrechetInceptionDistance(_Ready(self._count))
        metric.update(torch.cat(self._truth.features), real=True)
        metric.update(torch.cat(seen.features), real=False)
        return metric.compute().item()

    def _of(self, picture: np.ndarray) -> tuple[Tensor, Tensor]:
        with torch.inference_mode():
            return self._network(torch.from_numpy(picture.copy()).permute(2, 0, 1)[None])


@dataclass
class _Seen:
    features: list[Tensor] = field(default_factory=list)
    logits: list[Tensor] = field(default_factory=list)

    def add(self, features: Tensor, logits: Tensor) -> None:
        self.features.append(features)
        self.logits.append(logits)


def parts_of(pictures: int) -> int:
    """Into how many parts an inception score divides so many pictures."""
    return max(1, min(MOST_PARTS, pictures // SMALLEST_PART))


def inception_score(logits: Tensor) -> float:
    """Of pictures whose logits are (pictures, classes); see InceptionMeasures."""
    from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, isc_features_to_metric

    return isc_features_to_metric(logits, splits=parts_of(len(logits)))[KEY_METRIC_ISC_MEAN]


def inception_measures(inception: Path | None = None) -> InceptionMeasures | None:
    """None unless torchmetrics and torch-fidelity are installed and its Inception is given or in the hub cache.

    Nothing is downloaded: whether a number appears depends on the machine alone.

    Raises:
        TrainingError: code "bad_inception", what lies there is not that network.
    """
    path = inception or hub_file(INCEPTION)
    if path is None:
        return None
    vision()  # both libraries import it
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
        from torchmetrics.image.fid import FrechetInceptionDistance  # noqa: F401
    except ImportError:
        return None
    return InceptionMeasures(_load(path, FeatureExtractorInceptionV3), FEATURES)


def _load(path: Path, network: type[nn.Module]) -> Network:
    try:
        torch.load(path, map_location="meta", weights_only=True)  # the library itself would unpickle anything
        return network("inception-v3-compat", [str(FEATURES), LOGITS], feature_extractor_weights_path=str(path))
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
