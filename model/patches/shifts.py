"""By which shifts a picture resembles itself, as a fence does by the distance of its pales (after He and Sun 2012)."""

from __future__ import annotations

import cv2
import numpy as np

COUNT = 12
SHORTEST = 6.0  # pixels; everything resembles what is right beside it
LEAST_OVERLAP = 0.15  # of what is known, that must be compared
APART = 5  # pixels, side of the window in which a shift is the best one


def dominant_shifts(colours: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(n, 2) int32, rows and columns, n ≤ COUNT, of (H, W, 3) float32 colours where (H, W) bool: the best first.

    Those at which picture and shifted picture differ least, by the mean square over what is known of both (by Fourier
    transform).
    """
    shape = [cv2.getOptimalDFTSize(2 * side) for side in known.shape]
    there = np.fft.rfft2(known, shape)
    overlap = np.fft.irfft2(np.conj(there) * there, shape)
    apart = np.zeros(shape)
    for channel in range(3):
        values = np.where(known, colours[..., channel] - colours[..., channel][known].mean(), 0.0)
        first, second = np.fft.rfft2(values, shape), np.fft.rfft2(values**2, shape)
        squares = np.conj(there) * second + np.conj(second) * there
        apart += np.fft.irfft2(squares - 2 * np.conj(first) * first, shape)
    apart = np.where(overlap < LEAST_OVERLAP * known.sum(), np.inf, apart / np.maximum(overlap, 1))
    middle = shape[0] // 2, shape[1] // 2
    apart = np.roll(apart, middle, (0, 1)).astype(np.float32)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    apart[np.hypot(rows - middle[0], columns - middle[1]) < SHORTEST] = np.inf
    is_least = (apart <= cv2.erode(apart, np.ones((APART, APART), np.uint8))) & np.isfinite(apart)
    best = np.argsort(apart[is_least], kind="stable")[:COUNT]
    return (np.argwhere(is_least)[best] - middle).astype(np.int32)
