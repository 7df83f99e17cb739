"""Ways to fill a hole that are measured against each other: the network and the built-in baselines.

A method maps (photo H×W×3 uint8, hole H×W bool) to the filled photo.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import torch
from torch.nn import functional

from model.engine.engine import Engine
from model.errors import TrainingError
from model.fill.plan import fill
from model.network.unet import PConvUNet
from model.network.weights import Weights, load_weights
from model.options import FillOptions

Method = Callable[[np.ndarray, np.ndarray], np.ndarray]
RADIUS = 3  # of OpenCV's neighbourhoods, pixels
PATCH = 3  # radius of PyPatchMatch's patches, pixels


def product(weights: Weights | Path | str | None, device: str = "cpu", options: FillOptions | None = None) -> Method:
    """Our network as the product runs it: engine, contexts, scales, blending, patches.

    Raises:
        PconvError: the weights or the device cannot be used.
    """
    engine, options = Engine(weights, device), options or FillOptions()
    return lambda photo, hole: fill(photo, hole, engine, options)


def raw(weights: PConvUNet | Weights | Path | str | None, device: str = "cpu") -> Method:
    """The network alone, as the paper measures it: I_comp, its output in the hole and the photo elsewhere, from one run
    at the photo's own size. No engine, contexts, scales, blending or patches.

    A side that is no multiple of the network's is filled up with hole at the right and at the bottom.

    Raises:
        PconvError: the weights or the device cannot be used.
    """
    if isinstance(weights, PConvUNet):
        net = weights.eval().to(device)
    else:
        net = (weights if isinstance(weights, Weights) else load_weights(weights)).build().to(device)
    multiple = net.config.multiple

    @torch.inference_mode()
    def run(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
        height, width = hole.shape
        padding = (0, -width % multiple, 0, -height % multiple)
        image = functional.pad(torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255, padding)
        valid = functional.pad(1 - torch.from_numpy(hole)[None, None].float(), padding)
        out = net(image.to(device), valid.to(device))[0, :, :height, :width].permute(1, 2, 0).clamp(0, 1)
        return np.where(hole[..., None], (out.cpu().numpy() * 255).round().astype(np.uint8), photo)

    return run


def telea(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """OpenCV's fast-marching inpainting (Telea 2004)."""
    return cv2.inpaint(photo, hole.astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)


def navier_stokes(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """OpenCV's Navier–Stokes inpainting (Bertalmio 2001)."""
    return cv2.inpaint(photo, hole.astype(np.uint8), RADIUS, cv2.INPAINT_NS)


def biharmonic(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """scikit-image's biharmonic inpainting.

    Raises:
        TrainingError: code "no_skimage".
    """
    try:
        from skimage.restoration import inpaint_biharmonic
    except ImportError as error:
        raise TrainingError(
            "no_skimage", "the biharmonic baseline needs scikit-image: pip install scikit-image"
        ) from error
    filled = inpaint_biharmonic(photo, hole, channel_axis=-1)
    return np.where(hole[..., None], (filled.clip(0, 1) * 255).round().astype(np.uint8), photo)


def patchmatch(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """PyPatchMatch on the whole picture: patches of the photo itself, always from the same seed.

    Raises:
        TrainingError: code "no_patchmatch".
    """
    library = patchmatch_library()
    library.set_random_seed(0)
    return library.inpaint(photo, hole, patch_size=PATCH)


def patchmatch_library() -> ModuleType:
    """PyPatchMatch's module.

    Raises:
        TrainingError: code "no_patchmatch".
    """
    try:
        import patchmatch as library
    except ImportError as error:
        raise TrainingError("no_patchmatch", "PyPatchMatch is not installed: pip install pypatchmatch") from error
    if not library.patchmatch_available:
        raise TrainingError("no_patchmatch", "PyPatchMatch has no library for this platform: leave it out")
    return library


BASELINES: dict[str, Method] = {
    "telea": telea,
    "navier-stokes": navier_stokes,
    "biharmonic": biharmonic,
    "patchmatch": patchmatch,
}


def baselines_here(say: Callable[[str], object]) -> list[str]:
    """Names of the baselines that can run; for PyPatchMatch, where it cannot, a sentence to `say`."""
    try:
        patchmatch_library()
    except TrainingError as error:
        say(f"no patchmatch: {error}")
        return [name for name in BASELINES if name != "patchmatch"]
    return list(BASELINES)
