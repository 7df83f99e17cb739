"""How lively a picture is from place to place: what is drawn shall be as lively as what is around the hole.

Patches that many others agree with are smooth ones; left to themselves they make a hole softer with each round. What is
meant is texture, not edges: few strong pixels count for less than many weak ones, so that what lies between the edges
of smooth things stays smooth.
"""

from __future__ import annotations

import cv2
import numpy as np

from model.patches.patch import sum_of_colours

FINE_SIGMA = 2.0  # pixels; what is coarser is a matter of colour
AROUND_SIGMA = 3.0  # pixels, over which liveliness is averaged
REACH = 0.75  # of the hole's depth, by which what is around it is smoothed into it
LEAST_REACH = 4.0  # pixels
LIKE_NOISE = np.float32(1.4)  # times the squared mean root of noise is about its standard deviation
FAINT = np.float32(0.5)  # gray levels, added before logarithms are taken
SIGMA_SHRUNK = 8.0  # pixels, that a wider smoothing is done with, on a smaller picture
STEP = 1 / 16  # gray levels, to which it is rounded: the same on every processor


def liveliness(colours: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(H, W) float32: how far pixels are from their smoothed surroundings, squared mean root in gray levels.

    Args:
        colours: (H, W, 3) float32.
        known: (H, W) bool, what counts.
    """
    light, counts = sum_of_colours(colours) / np.float32(3), known.astype(np.float32)
    fine = np.abs(light - cv2.GaussianBlur(light, (0, 0), FINE_SIGMA)) * counts
    return _rounded(LIKE_NOISE * _mean(np.sqrt(fine), counts, AROUND_SIGMA) ** 2)


def expected_liveliness(lively: np.ndarray, known: np.ndarray, depth: float) -> np.ndarray:
    """(H, W) float32, the geometric mean of that of the known pixels around, into a hole of this depth, in pixels."""
    counts, sigma = known.astype(np.float32), REACH * depth + LEAST_REACH
    by = max(1, int(sigma / SIGMA_SHRUNK))
    height, width = known.shape
    size = (-(-width // by), -(-height // by))
    logarithms = np.log(lively + FAINT) * counts
    values, weight = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (logarithms, counts))
    expected = np.exp(_mean(values, weight, sigma / by)) - FAINT
    return _rounded(np.maximum(cv2.resize(expected, (width, height)), 0))


def _mean(values: np.ndarray, counts: np.ndarray, sigma: float) -> np.ndarray:
    smooth, weight = (cv2.GaussianBlur(plane, (0, 0), sigma) for plane in (values, counts))
    return smooth / np.maximum(weight, 1e-6)


def _rounded(values: np.ndarray) -> np.ndarray:
    return (np.rint(values / STEP) * STEP).astype(np.float32)
