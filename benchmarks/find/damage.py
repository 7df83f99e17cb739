"""Damage as old photos and scans have it, drawn on photos: dust, hairs, scratches, folds and stains.

Every mark is a polygon, drawn with smooth edges, softened as by a scanner's lens, and laid over the photo in its own
tone: bright, dark or tinted, more or less opaque.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

KINDS = ("dust", "hairs", "scratches", "folds", "stains")
SMALL = 512  # pixels, shorter side of a picture whose marks have the sizes below
VISIBLE = 16  # levels of 255 by which some channel of a damaged pixel differs from the photo's
TOUCHED = 2  # levels: by less nobody can tell
SHIFT = 4  # bits of a fraction of a pixel
LENS = (0.5, 0.9)  # pixels, deviation by which marks are softened

Points = np.ndarray  # (N, 2) float64: x, y
Mark = list[Points]  # outlines of its pieces


@dataclass(frozen=True)
class Damaged:
    """A photo with damage.

    Args:
        image: (H, W, 3) uint8.
        kinds: (H, W) bool each: where it shows, by `VISIBLE`.
        touched: (H, W) bool: all that differs from the photo by `TOUCHED` or more.
    """

    image: np.ndarray
    kinds: dict[str, np.ndarray]
    touched: np.ndarray

    @property
    def visible(self) -> np.ndarray:
        return np.logical_or.reduce([*self.kinds.values(), np.zeros_like(self.touched)])


def damaged(photo: np.ndarray, seed: int) -> Damaged:
    """Draw damage of all kinds on a photo, (H, W, 3) uint8; the same for the same seed.

    Marks of larger photos are larger, by the root of the side, and more: a scan of twice the resolution shows more.
    """
    rng = np.random.default_rng(seed)
    image, kinds = photo.astype(np.float32), {}
    for kind in KINDS[::-1]:  # dust lies on top
        before = image.copy()
        for outlines in DRAWN[kind](rng, photo.shape[0], photo.shape[1]):
            colour, opacity, lens = *_tone(kind, rng), rng.uniform(*LENS)
            for outline in outlines:
                _lay(image, outline, colour, opacity, lens)
        kinds[kind] = np.abs(image - before).max(axis=2) >= VISIBLE
    image = np.rint(image).astype(np.uint8)
    away = cv2.absdiff(image, photo).max(axis=2)
    kinds = {kind: kinds[kind] & (away >= VISIBLE) for kind in KINDS}
    return Damaged(image, kinds, away >= TOUCHED)


def _tone(kind: str, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """R, G, B of 0..255, and opacity."""
    bright, dark = rng.uniform(215, 255), rng.uniform(0, 45)
    tints = ((190, 150, 90), (120, 85, 50), (230, 215, 130), (90, 170, 160), (200, 90, 110), (70, 110, 60))
    tint = np.array(tints[rng.integers(len(tints))]) + rng.uniform(-25, 25, 3)
    shares = {"folds": (0.7, 0.9), "stains": (0.2, 0.5)}.get(
        kind, (0.45, 0.8)
    )  # of bright ones, of bright and dark ones
    chance = rng.uniform()
    if chance < shares[0]:
        colour = np.full(3, bright) - (0, 4, 12) * rng.uniform(0, 1, 3)
    else:
        colour = np.full(3, dark) if chance < shares[1] else tint
    return colour.clip(0, 255), rng.uniform(0.4, 0.9) if kind == "stains" else rng.uniform(0.6, 1)


def _lay(image: np.ndarray, outline: Points, colour: np.ndarray, opacity: float, lens: float) -> None:
    height, width = image.shape[:2]
    reach = math.ceil(3 * lens) + 1
    left, top = np.maximum(np.floor(outline.min(0)).astype(int) - reach, 0)
    right, bottom = np.minimum(np.ceil(outline.max(0)).astype(int) + reach + 1, (width, height))
    if left >= right or top >= bottom:
        return
    cover = np.zeros((bottom - top, right - left), np.uint8)
    points = np.rint((outline - (left, top)) * (1 << SHIFT)).astype(np.int32)
    cv2.fillPoly(cover, [points], 255, cv2.LINE_AA, SHIFT)
    share = cv2.GaussianBlur(cover, (0, 0), lens).astype(np.float32)[..., None] * (opacity / 255)
    part = image[top:bottom, left:right]
    part += share * (colour.astype(np.float32) - part)


def _dust(rng: np.random.Generator, height: int, width: int) -> Iterator[Mark]:
    unit = _unit(height, width)
    for _ in range(round(55 * unit**1.6)):
        yield [
            _blob(rng, _anywhere(rng, height, width), unit * math.exp(rng.uniform(math.log(0.9), math.log(3.2))), 0.45)
        ]


def _stains(rng: np.random.Generator, height: int, width: int) -> Iterator[Mark]:
    unit = _unit(height, width)
    for _ in range(round(4 * unit**1.3)):
        yield [_blob(rng, _anywhere(rng, height, width), unit * rng.uniform(4, 13), 0.2)]


def _hairs(rng: np.random.Generator, height: int, width: int) -> Iterator[Mark]:
    unit = _unit(height, width)
    for _ in range(round(5 * unit**1.3)):
        length, thick = unit * rng.uniform(25, 90), unit * rng.uniform(1, 2)
        bend = np.cumsum(rng.normal(0, 0.10, 60)) + rng.normal(0, 0.03) * np.arange(60)
        steps = length / 60 * np.stack([np.cos(bend), np.sin(bend)], 1) @ _turn(rng.uniform(0, math.tau))
        ends = np.minimum(1, np.minimum(np.arange(60), np.arange(60)[::-1]) / 6 + 0.4)
        yield [_ribbon(_anywhere(rng, height, width) + np.cumsum(steps, 0), thick * ends)]


def _scratches(rng: np.random.Generator, height: int, width: int) -> Iterator[Mark]:
    unit = _unit(height, width)
    for _ in range(round(4 * unit**0.8)):
        length, thick = min(height, width) * rng.uniform(0.1, 0.8), unit * rng.uniform(0.8, 2.5)
        angle = rng.choice((math.pi / 2, rng.uniform(0, math.pi)))  # film is scratched along
        along, across = np.linspace(0, length, 80), np.cumsum(rng.normal(0, 0.0004, 80)) * length
        path = _anywhere(rng, height, width) + np.stack([along - length / 2, across], 1) @ _turn(angle)
        yield list(_torn(rng, path, thick * rng.uniform(0.75, 1.2, 80)))


def _folds(rng: np.random.Generator, height: int, width: int) -> Iterator[Mark]:
    unit = _unit(height, width)
    for _ in range(rng.integers(1, 3)):
        length, thick = math.hypot(height, width) * 1.2, unit * rng.uniform(2, 5)
        angle = rng.choice((0, math.pi / 2)) + rng.normal(0, 0.15)
        count = round(length / (3 * unit))
        across = np.cumsum(rng.normal(0, 0.3, count)) * unit / 3
        path = _anywhere(rng, height, width) + np.stack([np.linspace(-0.5, 0.5, count) * length, across], 1) @ _turn(
            angle
        )
        yield [_ribbon(path, thick * rng.uniform(0.6, 1.25, count))]


DRAWN: dict[str, Callable[[np.random.Generator, int, int], Iterator[Mark]]] = {
    "dust": _dust,
    "hairs": _hairs,
    "scratches": _scratches,
    "folds": _folds,
    "stains": _stains,
}


def _unit(height: int, width: int) -> float:
    return math.sqrt(min(height, width) / SMALL)


def _anywhere(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    return rng.uniform(0, 1, 2) * (width, height)


def _turn(angle: float) -> np.ndarray:
    return np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


def _blob(rng: np.random.Generator, middle: np.ndarray, radius: float, ragged: float) -> Points:
    at = np.linspace(0, math.tau, 40, endpoint=False)
    waves = sum(rng.normal(0, ragged / n) * np.cos(n * at + rng.uniform(0, math.tau)) for n in range(2, 6))
    radii = radius * np.clip(1 + waves, 0.3, 2)
    longer = rng.uniform(1, 1.6)
    points = np.stack([radii * np.cos(at) * longer, radii * np.sin(at) / longer], 1)
    return middle + points @ _turn(rng.uniform(0, math.pi))


def _ribbon(path: Points, thick: np.ndarray) -> Points:
    """A path as broad as `thick`, (N,) pixels."""
    along = np.gradient(path, axis=0)
    aside = np.stack([-along[:, 1], along[:, 0]], 1) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    side = aside * thick[:, None] / 2
    return np.concatenate([path + side, (path - side)[::-1]])


def _torn(rng: np.random.Generator, path: Points, thick: np.ndarray) -> Iterator[Points]:
    """The ribbon in pieces, some gaps between them."""
    at = 0
    while at < len(path) - 4:
        end = min(at + int(rng.integers(12, 60)), len(path))
        yield _ribbon(path[at:end], thick[at:end])
        at = end + int(rng.integers(0, 6))
