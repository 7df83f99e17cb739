"""A hole drawn by PyPatchMatch from the kept pixels: freely, and guided by the network's fill; the better one is taken.

Patches are sharp and continue lines, but know nothing; the network is soft, but knows what belongs where. So the free
drawing is taken unless it puts other colours beside the border than the network expects and guidance mends that, as
where a thing is eaten by its background.
"""

from __future__ import annotations

from types import ModuleType

import cv2
import numpy as np

PATCH = 3  # radius of patches, pixels
SEED = 1804_07723
GUIDE_WEIGHT = 0.01  # against the difference of two patches
GUIDE_SIGMA = 3.0  # pixels
GUIDE_RANGE = 0.49  # the library's differences of guides wrap around at half of one
EXPECTED_SIGMA = 8.0  # pixels, of the colours in which a drawing must agree with the network
TRUSTED = 16.0  # pixels from the border within which the network is not washed out
DEEPEST = 90.0  # pixels; in a deeper hole it is washed out altogether and guides nothing
LEAST_GAIN = 0.0125  # by which the guided drawing must agree better to be taken, of values in 0..1
LEAST_SIDE = 2 * PATCH + 2  # pixels, of a picture in which patches can be compared


def library() -> ModuleType | None:
    """PyPatchMatch; None where it is not installed or has no binary for this platform."""
    try:
        import patchmatch
    except ImportError:
        return None
    return patchmatch if patchmatch.patchmatch_available else None


def draw(picture: np.ndarray, hole: np.ndarray, forbidden: np.ndarray) -> np.ndarray:
    """The picture with its hole drawn anew, always alike for equal input.

    Args:
        picture: (H, W, 3) uint8, with the network's fill in the hole.
        hole: (H, W) bool, what is to be drawn.
        forbidden: (H, W) bool, what else must not be copied; it stays as it is.

    Raises:
        ValueError: there is nothing to copy from, or the picture is smaller than a patch.
        RuntimeError: the library failed.
    """
    if min(hole.shape) < LEAST_SIDE or not (~(hole | forbidden)).any():
        raise ValueError("nothing to copy from")
    patches = library()
    if patches is None:
        raise RuntimeError("PyPatchMatch is not installed")
    patches.set_random_seed(SEED)
    closed = forbidden & ~hole
    depth = cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, 5)
    near = hole & (depth <= TRUSTED)
    free = patches.inpaint(picture, hole, global_mask=closed, patch_size=PATCH)
    surprise = unexpected(free, picture, near)
    if surprise <= LEAST_GAIN or depth.max() > DEEPEST:  # guidance can gain too little
        return free
    guided = patches.inpaint_regularity(
        picture, hole, guide_map(picture), global_mask=closed, patch_size=PATCH, guide_weight=GUIDE_WEIGHT
    )
    return guided if surprise - unexpected(guided, picture, near) > LEAST_GAIN else free


def guide_map(picture: np.ndarray) -> np.ndarray:
    """Two smoothed colours of every pixel, CIELAB's L and the mean of a and b, as (H, W, 3) float32 in 0..0.49."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    smooth = cv2.GaussianBlur(lab, (0, 0), GUIDE_SIGMA)
    guide = np.zeros_like(smooth)
    guide[..., 0] = smooth[..., 0] * np.float32(GUIDE_RANGE / 100)
    guide[..., 1] = (smooth[..., 1] + smooth[..., 2] + 255) * np.float32(GUIDE_RANGE / 510)
    return guide.clip(0, GUIDE_RANGE)


def unexpected(drawn: np.ndarray, picture: np.ndarray, where: np.ndarray) -> float:
    """How far the smoothed colours of a drawing are from the network's, a mean of values in 0..1 over (H, W) bool."""
    smooth, expected = (cv2.GaussianBlur(p.astype(np.float32), (0, 0), EXPECTED_SIGMA) for p in (drawn, picture))
    return float(np.abs(smooth - expected)[where].mean()) / 255
