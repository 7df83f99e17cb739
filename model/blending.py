"""How a fill meets the picture: no step at its border, no tint in calm surroundings.

May know: numpy, OpenCV, model.membrane. Must not know: torch, tiles, the engine.
"""

from __future__ import annotations

import cv2
import numpy as np

from model.contexts import hole_box
from model.membrane import border_means, membrane

NEAR = 17  # pixels, side of the windows in which calm is measured
CALM, LIVELY = 0.02, 0.05  # standard deviations of values in 0..1


def close_seam(filled: np.ndarray, hole: np.ndarray) -> None:
    """Bend a fill to meet the kept pixels, in place; its gradients stay.

    What is missing at the border is spread over the hole by a membrane and added: gradient-domain blending
    (Pérez et al. 2003) with the fill's own gradients as its guidance.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes.
        hole: (H, W) bool, which pixels were filled; some must be.
    """
    box = hole_box(hole).grown(1, hole.shape)
    part, missing = filled[box.slices], hole[box.slices]
    kept, border = border_means(part, missing)
    if border.any():
        step = np.where(border[..., None], kept - part, 0)
        bent = part + membrane(step, border, missing)
        np.copyto(part, bent.clip(0.0, 1.0), where=missing[..., None])


def calm(filled: np.ndarray, hole: np.ndarray) -> None:
    """Where the kept pixels at the border hardly vary, as in a clear sky, put a membrane through them, in place.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes.
        hole: (H, W) bool, which pixels were filled; some must be.
    """
    box = hole_box(hole).grown(NEAR, hole.shape)
    part, missing = filled[box.slices], hole[box.slices]
    kept, border = border_means(np.dstack([part, _variation(part, missing)]), missing)
    if border.any():
        surface = membrane(kept, border, missing)
        liveliness = ((surface[..., 3:] - CALM) / (LIVELY - CALM)).clip(0.0, 1.0)
        np.copyto(part, surface[..., :3] + liveliness * (part - surface[..., :3]), where=missing[..., None])


def _variation(picture: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Standard deviation of the kept pixels near each pixel, of the channel that varies most: (H, W, 1)."""
    kept = (~missing).astype(np.float32)
    share = np.maximum(_near(kept), 1e-3)[..., None]
    mean, square = (_near(power * kept[..., None]) / share for power in (picture, np.square(picture)))
    return np.sqrt(np.maximum(square - np.square(mean), 0).max(axis=2, keepdims=True))


def _near(values: np.ndarray) -> np.ndarray:
    return cv2.blur(values, (NEAR, NEAR), borderType=cv2.BORDER_REFLECT)
