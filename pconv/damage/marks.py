"""Marks: connected pixels that look damaged, and what tells whether together they are damage."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

LOGITS = (
    -2.0,
    -1.0,
    0.0,
    1.0,
    2.0,
    3.5,
)  # from which pixels are put together; on busy ground marks part at high ones only
LEAST = 3  # pixels
CERTAIN = 3.0  # logit
AROUND = (33, 129)  # pixels, sides of what is looked at around a mark
BESIDE = (5, 11)  # pixels, sides of the squares between which the ground beside a mark lies
MEASURES = 19


@dataclass(frozen=True)
class Marks:
    """The marks of one picture at one threshold.

    Args:
        labels: (H, W) int32, 0 = none.
        areas: (N,) pixels, of label 1 and on.
        measures: (N, MEASURES) float32.
    """

    labels: np.ndarray
    areas: np.ndarray
    measures: np.ndarray


class _Mean:
    """Means over the pixels of each of N labels."""

    def __init__(self, labels: np.ndarray, count: int) -> None:
        self.places = np.flatnonzero(labels)
        self._of, self._count = labels.ravel()[self.places].astype(np.intp), count
        self._areas = np.maximum(np.bincount(self._of, minlength=count + 1)[1:], 1)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """(pixels that have a label,) → (N,)."""
        return np.bincount(self._of, values, self._count + 1)[1:] / self._areas

    def highest(self, values: np.ndarray) -> np.ndarray:
        found = np.full(self._count + 1, -99, np.float32)
        np.maximum.at(found, self._of, values)
        return found[1:]

    def colours(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mean, (N, 3), and the deviation, (N,), of a picture (H, W, 3) uint8."""
        values = picture.reshape(-1, 3)[self.places].astype(np.float32)
        mean = np.stack([self(values[:, c]) for c in range(3)], axis=1)
        squares = self((values * values).sum(axis=1))
        return mean, np.sqrt(np.maximum(squares - (mean * mean).sum(axis=1), 0) / 3)


def slopes_of(picture: np.ndarray) -> np.ndarray:
    """How steep a picture, (H, W, 3) uint8, is at most near each pixel, as (H, W) uint8: levels over two pixels."""
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    right, down = (cv2.convertScaleAbs(cv2.Sobel(gray, cv2.CV_16S, *which), alpha=0.25) for which in ((1, 0), (0, 1)))
    return cv2.dilate(cv2.max(right, down), np.ones((3, 3), np.uint8))


def halved(slopes: np.ndarray) -> np.ndarray:
    """The slopes for the picture at half its size: steep stays steep, so that sharp marks stay sharp."""
    height, width = slopes.shape
    return cv2.dilate(slopes, np.ones((2, 2), np.uint8), anchor=(0, 0))[: height // 2 * 2 : 2, : width // 2 * 2 : 2]


def marks_of(picture: np.ndarray, slopes: np.ndarray, logits: np.ndarray, threshold: float) -> Marks:
    """Put together the pixels of a picture, (H, W, 3) uint8, from a logit on; `logits` is (H, W) float32."""
    marked = (logits >= threshold).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    mean = _Mean(labels, count - 1)
    ys, xs = (of.astype(np.float64) for of in np.divmod(mean.places, labels.shape[1]))
    values = logits.ravel()[mean.places]
    area = stats[1:, cv2.CC_STAT_AREA].astype(np.float64)
    extent = np.hypot(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT])
    spread_x, spread_y = (mean(of * of) - mean(of) ** 2 for of in (xs, ys))
    spread_xy = mean(xs * ys) - mean(xs) * mean(ys)
    straight = np.sqrt((spread_x - spread_y) ** 2 + 4 * spread_xy**2) / (spread_x + spread_y + 0.5)
    chance = 1 / (1 + np.exp(-logits))
    around = [mean(cv2.blur(chance, (side, side)).ravel()[mean.places]) for side in AROUND]
    own = area / AROUND[0] ** 2 / np.maximum(1, extent / AROUND[0])
    colour, uneven = mean.colours(picture)
    ground, busy = _Mean(_beside(labels), count - 1).colours(picture)
    foreign = (colour + 8) / (ground + 8)  # a shadow or a light has all channels alike
    foreign = np.abs(foreign / foreign.mean(axis=1, keepdims=True) - 1).max(axis=1)
    found = [
        np.log(area),
        np.log(extent),
        np.log(area / extent),
        mean(values),
        mean.highest(values),
        mean(values > CERTAIN),
        straight,
        np.log(around[0] + 0.001),
        np.log(around[1] + 0.001),
        np.log(np.maximum(around[0] - own, 0) + 0.003),
        np.full(count - 1, threshold),
        np.log(np.abs(colour - ground).max(axis=1) + 3),
        np.log(uneven + 2),
        np.log(busy + 2),
        colour.mean(axis=1) / 64,
        (colour.max(axis=1) - colour.min(axis=1)) / 64,
        np.log(foreign + 0.02),
        np.log(mean(slopes.ravel()[mean.places]) + 2) - np.log(np.abs(colour - ground).max(axis=1) + 3),
        ground.mean(axis=1) / 64,
    ]
    return Marks(labels, area, np.stack(found, axis=1).astype(np.float32))


def _beside(labels: np.ndarray) -> np.ndarray:
    """(H, W) float32: the label of the mark that lies near."""
    of = labels.astype(np.float32)
    near, far = (cv2.dilate(of, np.ones((side, side), np.uint8)) for side in BESIDE)
    return np.where(near > 0, np.float32(0), far)
