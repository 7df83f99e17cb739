"""A picture at half and at double its size.

May know: OpenCV. Must not know: what is shown.
"""

from __future__ import annotations

import cv2
import numpy as np

from model.contexts import Box

CUBIC = 2  # pixels that cubic interpolation sees to each side


def halve(picture: np.ndarray) -> np.ndarray:
    """Means of 2×2 cells of (H, W) or (H, W, C) float32 values; the last row or column of an odd side counts twice."""
    bottom, right = (side % 2 for side in picture.shape[:2])
    if bottom or right:
        picture = cv2.copyMakeBorder(picture, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    return cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def double(picture: np.ndarray) -> np.ndarray:
    """Bicubic; may swing beyond the values that are there."""
    return cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def double_part(picture: np.ndarray, box: Box) -> np.ndarray:
    """The part `box` of the doubled picture."""
    half = Box(box.top // 2, box.left // 2, -(-box.bottom // 2), -(-box.right // 2)).grown(CUBIC, picture.shape[:2])
    return double(picture[half.slices])[box.moved(-2 * half.top, -2 * half.left).slices]
