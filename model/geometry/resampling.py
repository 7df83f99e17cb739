"""A picture at a fraction of its size and back."""

from __future__ import annotations

import cv2
import numpy as np

from model.geometry.boxes import Box

CUBIC = 2  # pixels that cubic interpolation sees to each side


def shrink(picture: np.ndarray, by: int = 2) -> np.ndarray:
    """Means of `by`×`by` cells of (H, W) or (H, W, C) float32 values; cells at the end repeat the last row, column."""
    bottom, right = (-side % by for side in picture.shape[:2])
    if bottom or right:
        picture = cv2.copyMakeBorder(picture, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    return cv2.resize(picture, None, fx=1 / by, fy=1 / by, interpolation=cv2.INTER_AREA)


def enlarge(picture: np.ndarray, by: int = 2) -> np.ndarray:
    """Bicubic; may swing beyond the values that are there."""
    return cv2.resize(picture, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC)


def enlarge_part(picture: np.ndarray, box: Box, by: int = 2) -> np.ndarray:
    """The part `box` of the enlarged picture."""
    small = box.shrunk(by).grown(CUBIC, picture.shape[:2])
    return enlarge(picture[small.slices], by)[box.moved(-by * small.top, -by * small.left).slices]
