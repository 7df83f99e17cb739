"""A hole drawn by PyPatchMatch from the kept pixels, freely or guided by the network's fill."""

from __future__ import annotations

from types import ModuleType

import cv2
import numpy as np

PATCH = 3  # radius of patches, pixels
SEED = 1804_07723
GUIDE_SIGMA = 3.0  # pixels
GUIDE_RANGE = 0.49  # the library's differences of guides wrap around at half of one
LEAST_SIDE = 2 * PATCH + 2  # pixels, of a picture in which patches can be compared


def library() -> ModuleType | None:
    """PyPatchMatch; None where it is not installed or has no binary for this platform."""
    try:
        import patchmatch
    except ImportError:
        return None
    return patchmatch if patchmatch.patchmatch_available else None


def draw(picture: np.ndarray, hole: np.ndarray, forbidden: np.ndarray, guide: float = 0.0, seed: int = 0) -> np.ndarray:
    """The picture with its hole drawn anew, always alike for equal input. Arguments are those of `Drawing`.

    Raises:
        ValueError: there is nothing to copy from, or the picture is smaller than a patch.
        RuntimeError: the library failed.
    """
    if min(hole.shape) < LEAST_SIDE or not (~(hole | forbidden)).any():
        raise ValueError("nothing to copy from")
    patches = library()
    if patches is None:
        raise RuntimeError("PyPatchMatch is not installed")
    patches.set_random_seed(SEED + seed)
    closed = forbidden & ~hole
    if not guide:
        return patches.inpaint(picture, hole, global_mask=closed, patch_size=PATCH)
    return patches.inpaint_regularity(
        picture, hole, guide_map(picture), global_mask=closed, patch_size=PATCH, guide_weight=guide
    )


def guide_map(picture: np.ndarray) -> np.ndarray:
    """Two smoothed colours of every pixel, CIELAB's L and the mean of a and b, as (H, W, 3) float32 in 0..0.49."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    smooth = cv2.GaussianBlur(lab, (0, 0), GUIDE_SIGMA)
    guide = np.zeros_like(smooth)
    guide[..., 0] = smooth[..., 0] * np.float32(GUIDE_RANGE / 100)
    guide[..., 1] = (smooth[..., 1] + smooth[..., 2] + 255) * np.float32(GUIDE_RANGE / 510)
    return guide.clip(0, GUIDE_RANGE)
