"""What is measured around each pixel to tell a mark from the photo: contrast on both sides, lines, texture.

A mark differs in the same way from what is on either side of it: `two_sided` is high across a line, 0 at an edge. Its
least over all directions says "spot", its highest mean along a direction says "line".
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from model.patches.compiled import compiled

DIRECTIONS = 12
ASIDE = (3, 6)  # pixels from a mark's middle to what is beside it
ALONG = (8, 32)  # pixels over which lines are averaged; powers of 2
DEEPEST = -20.0  # levels: what speaks most against a line, at one pixel
WINDOWS = (5, 11)  # pixels, of medians
BLOCK = 8  # pixels, of which textures are made
LEAST = 10.0  # levels by which a mark differs from the median around it
PER_SCALE, DIFFERENT = 17, 7  # maps, and that of the wider median
COUNT = 2 * PER_SCALE
REACH = 64  # pixels beyond which nothing counts, nearly; a multiple of 2 · BLOCK


def measures(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure at full and half size, wherever there may be a mark.

    Args:
        image: (H, W, 3) uint8.

    Returns:
        (H, W) bool, True for N pixels that differ from the median around them, and (N, COUNT) float32.
    """
    height, width = image.shape[:2]
    half = cv2.resize(image, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    fine, coarse = _at_one_scale(image), _at_one_scale(half)
    where = np.maximum(fine[DIFFERENT], cv2.resize(coarse[DIFFERENT], (width, height))) >= LEAST
    ys, xs = np.nonzero(where)
    at = ys * width + xs
    at_half = np.minimum(ys // 2, half.shape[0] - 1) * half.shape[1] + np.minimum(xs // 2, half.shape[1] - 1)
    found = np.empty((COUNT, len(at)), np.float32)
    for number, (one, other) in enumerate(zip(fine, coarse, strict=True)):
        np.take(one, at, out=found[number], mode="clip")
        np.take(other, at_half, out=found[PER_SCALE + number], mode="clip")
    return where, np.copysign(np.log(np.abs(found) * np.float32(0.25) + 1), found).T


def _at_one_scale(image: np.ndarray) -> list[np.ndarray]:
    """PER_SCALE maps, (H, W) float32, levels of 255."""
    smooth = cv2.GaussianBlur(image, (0, 0), 0.8).astype(np.float32)
    found: list[np.ndarray] = []
    for aside in ASIDE:
        found += _spots_and_lines(smooth, cv2.blur(smooth, (3, 3)), aside)
    spots, lines = found[0], found[1]
    for window in WINDOWS:
        median = cv2.medianBlur(image, window)
        size = highest(cv2.absdiff(image, median)).astype(np.float32)
        found.append(size)
    third = np.full((1, 3), 1 / 3, np.float32)
    brighter = cv2.transform(cv2.subtract(image, median, dtype=cv2.CV_32F), third)
    found += [brighter, _texture(size, BLOCK, 4, 0.7), _texture(size, BLOCK // 2, 3, 0.5)]
    found += [_texture(np.maximum(lines, 0), BLOCK, 4, 0.7), _texture(np.maximum(spots, 0), BLOCK, 4, 0.8)]
    gray = cv2.cvtColor(smooth, cv2.COLOR_RGB2GRAY)
    slope = cv2.magnitude(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)) / 8
    found += [gray, highest(smooth) + highest(-smooth), slope, cv2.dilate(slope, np.ones((5, 5), np.uint8))]
    return found


def highest(image: np.ndarray) -> np.ndarray:
    """Of each pixel of (H, W, 3) the highest channel."""
    red, green, blue = cv2.split(image)
    return cv2.max(cv2.max(red, green), blue)


def _spots_and_lines(smooth: np.ndarray, beside: np.ndarray, aside: int) -> list[np.ndarray]:
    """The least `two_sided` of all directions, and the highest of its means along each, for each length of `ALONG`."""
    found: list[np.ndarray] = []
    for number in range(DIRECTIONS):
        cos, sin = math.cos(math.pi * number / DIRECTIONS), math.sin(math.pi * number / DIRECTIONS)
        sides = two_sided(smooth, beside, round(-sin * aside), round(cos * aside))
        means = _means_along(np.maximum(sides, DEEPEST), cos, sin)
        if found:
            np.minimum(found[0], sides, out=found[0])
            for most, mean in zip(found[1:], means, strict=True):
                np.maximum(most, mean, out=most)
        else:
            found = [sides, *means]
    return found


@compiled(fastmath=True)
def two_sided(image: np.ndarray, beside: np.ndarray, dx: int, dy: int) -> np.ndarray:
    """Root of the product of a pixel's differences from (x + dx, y + dy) and (x - dx, y - dy), its sign kept.

    Args:
        image, beside: (H, W, 3) float32; at the picture's border the nearest pixels are repeated.

    Returns:
        (H, W) float32, levels.
    """
    height, width = image.shape[:2]
    found = np.empty((height, width), np.float32)
    for y in range(height):
        above, below = min(max(y - dy, 0), height - 1), min(max(y + dy, 0), height - 1)
        for x in range(width):
            left, right = min(max(x - dx, 0), width - 1), min(max(x + dx, 0), width - 1)
            product = np.float32(0)
            for c in range(3):
                here = image[y, x, c]
                product += (here - beside[above, left, c]) * (here - beside[below, right, c])
            found[y, x] = math.sqrt(product) if product > 0 else -math.sqrt(-product)
    return found


def _means_along(sides: np.ndarray, cos: float, sin: float) -> list[np.ndarray]:
    means, length = [], 1
    while length < ALONG[-1]:
        sides = (sides + shifted(sides, length * cos, length * sin)) * np.float32(0.5)
        length *= 2
        if length in ALONG:
            means.append(shifted(sides, -(length - 1) / 2 * cos, -(length - 1) / 2 * sin))
    return means


def shifted(array: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """(H, W): what is at (x + dx, y + dy), to the nearest pixel; at the border the nearest pixels are repeated."""
    height, width = array.shape
    right, down = round(dx), round(dy)
    padded = cv2.copyMakeBorder(array, max(-down, 0), max(down, 0), max(-right, 0), max(right, 0), cv2.BORDER_REPLICATE)
    return padded[max(down, 0) :, max(right, 0) :][:height, :width]


def _texture(size: np.ndarray, block: int, reach: int, share: float) -> np.ndarray:
    """How much is going on around each pixel, as (H, W) float32: of the blocks up to `reach` away, a quantile."""
    height, width = size.shape
    blocks = cv2.resize(size, (max(1, width // block), max(1, height // block)), interpolation=cv2.INTER_AREA)
    padded = cv2.copyMakeBorder(blocks, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    side = 2 * reach + 1
    around = np.lib.stride_tricks.sliding_window_view(padded, (side, side)).reshape(*blocks.shape, side * side)
    at = int(share * (side * side - 1))
    return cv2.resize(np.partition(around, at, axis=2)[..., at], (width, height), interpolation=cv2.INTER_LINEAR)
