"""Made pictures: straight edges, corners, stripes, grids, discs, thin lines and lettering over colour ramps.

Photos show a straight edge that goes on behind a hole too seldom, and hardly ever exactly; these do nothing else.
Shapes are functions (rng, size) → coverage (size, size) float32 in 0..1; the same rng state gives the same shape.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator

Shape = Callable[[Generator, int], np.ndarray]

LEVEL = 0.5  # share of the edges that are within LEVEL_TURN of level or upright, as horizons and houses are
LEVEL_TURN = 0.06  # radians
OVER_PHOTO = 0.3  # share of the pictures drawn over the photo in place of a ramp
LETTERS = np.array(list("ABCDEFGHIKLMNOPRSTUVWXYZabcdefghiklmnoprstuvwxyz0123456789 .,-"))


def made_picture(rng: Generator, photo: np.ndarray) -> np.ndarray:
    """One to three shapes, each painted by a ramp of its own, softened a little, with a little noise.

    Args:
        photo: (S, S, 3) uint8, the cut that this picture replaces; sometimes what lies under the shapes.

    Returns:
        (S, S, 3) uint8.
    """
    size = len(photo)
    picture = photo.astype(np.float32) if rng.random() < OVER_PHOTO else ramp(rng, size)
    names, shares = list(SHAPES), np.array([share for share, _ in SHAPES.values()])
    for _ in range(int(rng.choice([1, 2, 3], p=[0.6, 0.3, 0.1]))):
        shape = SHAPES[names[rng.choice(len(names), p=shares / shares.sum())]][1]
        picture += shape(rng, size)[..., None] * (ramp(rng, size) - picture)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.2)), np.float32)
    picture += rng.normal(0, rng.uniform(0, 4), picture.shape)
    return picture.clip(0, 255).round().astype(np.uint8)


def ramp(rng: Generator, size: int) -> np.ndarray:
    """One colour that turns, on most ramps slightly, into another; (S, S, 3) float32 in 0..255."""
    first = rng.uniform(0, 255, 3) if rng.random() < 0.5 else rng.uniform(0, 255) + rng.normal(0, 20, 3)
    second = first + rng.normal(0, rng.choice([0, 15, 60]), 3)
    along = _along(rng.uniform(0, 2 * np.pi), size) / size + 0.5
    return (first + along[..., None] * (second - first)).clip(0, 255).astype(np.float32)


def edge(rng: Generator, size: int) -> np.ndarray:
    """All to one side of a straight line: a horizon, a wall's end."""
    return _cover(_line(rng, size))


def corner(rng: Generator, size: int) -> np.ndarray:
    """What two straight lines have on one side of both."""
    return _cover(np.minimum(_line(rng, size), _line(rng, size)))


def band(rng: Generator, size: int) -> np.ndarray:
    """A straight line of 1 pixel to an eighth of the side: a wire, a pole, a road."""
    width = np.exp(rng.uniform(0, np.log(size / 8)))
    return _cover(width / 2 - np.abs(_line(rng, size)))


def stripes(rng: Generator, size: int) -> np.ndarray:
    """Straight lines side by side: a fence, a façade."""
    return _cover(_waves(rng, size, _angle(rng)))


def grid(rng: Generator, size: int) -> np.ndarray:
    """Stripes both ways: tiles, windows."""
    angle = _angle(rng)
    both = _waves(rng, size, angle), _waves(rng, size, angle + np.pi / 2)
    return _cover(np.maximum(*both) if rng.random() < 0.5 else np.minimum(*both))


def checks(rng: Generator, size: int) -> np.ndarray:
    """A checkerboard."""
    angle, period = _angle(rng), _period(rng, size)
    one, other = (_wave(rng, size, turn, period, 0.5) for turn in (angle, angle + np.pi / 2))
    return _cover(np.where(np.abs(one) < np.abs(other), one * np.sign(other), other * np.sign(one)))


def disc(rng: Generator, size: int) -> np.ndarray:
    """A disc or a ring."""
    rows, columns = np.mgrid[:size, :size] - rng.uniform(0, size, 2)[:, None, None]
    outside = np.hypot(rows, columns) - rng.uniform(0.1, 0.6) * size
    return _cover(-outside if rng.random() < 0.6 else rng.uniform(0.01, 0.05) * size - np.abs(outside))


def lettering(rng: Generator, size: int) -> np.ndarray:
    """Lines of text."""
    canvas = np.zeros((size, size), np.uint8)
    scale = rng.uniform(0.3, 2.0) * size / 128
    font, thickness = int(rng.integers(8)), max(1, round(scale * rng.uniform(0.8, 2)))
    step = max(6, int(scale * rng.uniform(26, 40)))
    for bottom in range(int(rng.integers(step)), size + step, step):
        text = "".join(rng.choice(LETTERS, int(rng.integers(4, 40))))
        cv2.putText(canvas, text, (int(rng.integers(-20, 20)), bottom), font, scale, 255, thickness, cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


SHAPES: dict[str, tuple[float, Shape]] = {  # share, shape
    "edge": (0.34, edge),
    "corner": (0.1, corner),
    "band": (0.2, band),
    "stripes": (0.12, stripes),
    "grid": (0.06, grid),
    "checks": (0.04, checks),
    "disc": (0.08, disc),
    "lettering": (0.06, lettering),
}


def _angle(rng: Generator) -> float:
    if rng.random() < LEVEL:
        return float(rng.integers(4) * np.pi / 2 + rng.uniform(-LEVEL_TURN, LEVEL_TURN))
    return float(rng.uniform(0, 2 * np.pi))


def _along(angle: float, size: int) -> np.ndarray:
    """Pixels from the picture's middle along a direction."""
    rows, columns = np.mgrid[:size, :size].astype(np.float32) - (size - 1) / 2
    return rows * np.sin(angle) + columns * np.cos(angle)


def _line(rng: Generator, size: int) -> np.ndarray:
    """Signed distance in pixels from a straight line through the picture."""
    return _along(_angle(rng), size) - rng.uniform(-0.4, 0.4) * size


def _period(rng: Generator, size: int) -> float:
    return float(np.exp(rng.uniform(np.log(6), np.log(size / 3))))


def _waves(rng: Generator, size: int, angle: float) -> np.ndarray:
    return _wave(rng, size, angle, _period(rng, size), rng.uniform(0.15, 0.85))


def _wave(rng: Generator, size: int, angle: float, period: float, share: float) -> np.ndarray:
    """Signed distance in pixels from the ends of stripes; positive inside, which is `share` of the period."""
    place = (_along(angle, size) / period + rng.random()) % 1
    return (share / 2 - np.abs(place - 0.5)) * period


def _cover(inside: np.ndarray) -> np.ndarray:
    """Coverage of a pixel from its signed distance to a shape's edge."""
    return (inside + 0.5).clip(0, 1).astype(np.float32)
