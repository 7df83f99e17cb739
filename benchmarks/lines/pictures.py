"""Twelve made pictures in which lines and patterns cross the middle, to see whether a fill lets them go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.quality.subjects import Subject

SIZE, HOLE, MIDDLE = 512, 100, 30  # pixels, sides: of a picture, of its hole, of what is measured in that
FINER = 4  # times, at which a shape is drawn before it is averaged
GRAIN = 1.5  # gray levels, standard deviation of the noise over each
DARK, LIGHT = np.array((70.0, 80.0, 95.0)), np.array((205.0, 195.0, 170.0))

Shape = Callable[[np.ndarray, np.ndarray], np.ndarray]
SHAPES: dict[str, Shape] = {  # of x and y in pixels from the middle: True = dark
    "horizon": lambda x, y: y > 6,
    "tilt-20": lambda x, y: _across(x, y, 20) > 5,
    "tilt-65": lambda x, y: _across(x, y, 65) > -4,
    "corner": lambda x, y: (x > -7) & (y > 5),
    "cross": lambda x, y: (x > 4) ^ (y > -6),
    "line-8": lambda x, y: np.abs(_across(x, y, 10) - 3) < 4,
    "wire-4": lambda x, y: np.abs(_across(x, y, -15) + 2) < 2,
    "stripes": lambda x, y: _across(x, y, 35) % 32 < 16,
    "fence": lambda x, y: (x % 36 < 14) | (np.abs(y - 10) < 6),
    "grid": lambda x, y: (x % 40 < 6) | (y % 40 < 6),
    "circle": lambda x, y: np.hypot(x + 140, y - 20) < 142,
    "checks": lambda x, y: (x % 48 < 24) ^ (y % 48 < 24),
}


def line_subjects() -> Iterator[Subject]:
    """The twelve with a square hole in the middle; always the same."""
    at = (np.arange(SIZE * FINER, dtype=np.float32) + 0.5) / FINER - SIZE / 2
    for number, (name, shape) in enumerate(SHAPES.items()):
        picture = _picture(shape(at[None], at[:, None]), np.random.default_rng(number))
        yield Subject(name, "", picture, middle(HOLE), large=False)


def middle(side: int) -> np.ndarray:
    """SIZE×SIZE bool: a square in the middle."""
    low = (SIZE - side) // 2
    square = np.zeros((SIZE, SIZE), bool)
    square[low : low + side, low : low + side] = True
    return square


def contrast(fill: np.ndarray, truth: np.ndarray, at: np.ndarray) -> float:
    """Slope of the regression of a fill on the truth over the pixels of `at` (H×W bool), channels together.

    1 where what crosses the hole goes on, 0 where it is gone, below 0 where dark and light are exchanged.
    """
    got, wanted = (picture[at].astype(np.float64) for picture in (fill, truth))
    spread = wanted - wanted.mean(0)
    return float((spread * got).sum() / np.square(spread).sum())


def _across(x: np.ndarray, y: np.ndarray, degrees: float) -> np.ndarray:
    """Distance from a line through the middle that rises by so many degrees, pixels."""
    angle = np.deg2rad(degrees)
    return x * np.sin(angle) + y * np.cos(angle)


def _picture(dark: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    whole = np.broadcast_to(dark, (SIZE * FINER, SIZE * FINER))
    share = whole.reshape(SIZE, FINER, SIZE, FINER).mean((1, 3))[..., None]
    picture = LIGHT + share * (DARK - LIGHT) + rng.normal(0, GRAIN, (SIZE, SIZE, 1))
    return picture.round().clip(0, 255).astype(np.uint8)
