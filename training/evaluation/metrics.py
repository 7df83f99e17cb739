"""How good a fill is, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from model.errors import TrainingError
from training.torchvision_import import hub_file, hub_with, vision

OFF_BORDER = 3  # pixels off the hole's border from which sharpness is measured
HIGHEST_PSNR = 100.0  # of a perfect fill


def l1_percent(fill: np.ndarray, truth: np.ndarray) -> float:
    """Mean absolute difference over the whole picture, in percent of the range of uint8."""
    return float(np.abs(fill.astype(np.float64) - truth).mean() / 2.55)


def psnr(fill: np.ndarray, truth: np.ndarray) -> float:
    """Peak signal-to-noise ratio over the whole picture, dB."""
    error = float(np.square(fill.astype(np.float64) - truth).mean())
    return HIGHEST_PSNR if error == 0 else min(HIGHEST_PSNR, 10 * np.log10(255**2 / error))


def sharpness(fill: np.ndarray, truth: np.ndarray, hole: np.ndarray, shrink: int = 1) -> float:
    """Mean gradient magnitude inside the hole, OFF_BORDER pixels off its border: fill over truth.

    Args:
        fill, truth: H×W×3 uint8. hole: H×W bool.
        shrink: 1 measures at full size, 4 at quarter size.

    Returns:
        1 = as sharp as the truth; NaN where the hole is too thin.
    """
    kernel = np.ones((2 * OFF_BORDER + 1,) * 2, np.uint8)
    inner = cv2.erode(hole.astype(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE)
    if shrink > 1:
        height, width = (side // shrink for side in hole.shape)
        inner = inner[: height * shrink, : width * shrink].reshape(height, shrink, width, shrink).min((1, 3))
    inner = inner.astype(bool)
    if not inner.any():
        return float("nan")
    return _gradient(fill, shrink)[inner].mean() / max(_gradient(truth, shrink)[inner].mean(), 1e-6)


def ssim_metric() -> Callable[[np.ndarray, np.ndarray], float] | None:
    """Structural similarity (torchmetrics: Gaussian window of 11, over the whole picture); None if not installed."""
    vision()  # torchmetrics imports it
    try:
        from torchmetrics.functional.image import structural_similarity_index_measure as measure
    except ImportError:
        return None
    import torch

    def ssim(fill: np.ndarray, truth: np.ndarray) -> float:
        filled, true = (torch.from_numpy(a.copy()).permute(2, 0, 1)[None].float() / 255 for a in (fill, truth))
        similarity = measure(filled, true, data_range=1.0)
        assert isinstance(similarity, torch.Tensor)  # alone where nothing else is asked for
        return similarity.item()

    return ssim


def lpips_metric(alexnet: Path | None = None) -> Callable[[np.ndarray, np.ndarray], float] | None:
    """LPIPS on AlexNet (torchmetrics), lower is better; None unless torchvision's AlexNet weights are given or in the
    hub cache, or where torchmetrics is not installed.

    Nothing is downloaded: whether a number appears depends on the machine alone.

    Raises:
        TrainingError: code "bad_alexnet", the file is not that network.
    """
    import torch

    name = vision("models").AlexNet_Weights.IMAGENET1K_V1.url.rsplit("/", 1)[1]
    path = alexnet or hub_file(name)
    if path is None:
        return None
    try:
        from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity
    except ImportError:
        return None
    try:
        with hub_with(name, alexnet):
            measure = LearnedPerceptualImagePatchSimilarity("alex", normalize=True).eval()
    except Exception as error:
        raise TrainingError(
            "bad_alexnet", f"{path} cannot be read as torchvision's AlexNet ({error}); fetch it again"
        ) from error

    def lpips(fill: np.ndarray, truth: np.ndarray) -> float:
        pair = (torch.from_numpy(a.copy()).permute(2, 0, 1)[None].float() / 255 for a in (fill, truth))
        with torch.inference_mode():
            return measure(*pair).item()

    return lpips


def _gradient(image: np.ndarray, shrink: int) -> np.ndarray:
    gray = image.astype(np.float32).mean(2)
    if shrink > 1:
        height, width = (side // shrink for side in gray.shape)
        gray = gray[: height * shrink, : width * shrink].reshape(height, shrink, width, shrink).mean((1, 3))
    down, right = np.gradient(gray)
    return np.hypot(down, right)
