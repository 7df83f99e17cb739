"""Damage drawn on photos: dust, hairs, scratches, folds and stains of several widths and tones.

Widths are pixels of a photo of 512 to 1,000 pixels a side, and grow with larger ones. Tones are those that stand out
where they lie: nobody mends what nobody sees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

LEAST_SEEN = 12  # levels by which a pixel must change to count as damaged
OVERSAMPLED = 3  # bits of a pixel in which lines are drawn


@dataclass(frozen=True)
class Damaged:
    """
    Args:
        photo: (H, W, 3) uint8 with damage.
        kinds: (H, W) bool of each kind.
    """

    photo: np.ndarray
    kinds: dict[str, np.ndarray]

    @property
    def anywhere(self) -> np.ndarray:
        return np.logical_or.reduce(list(self.kinds.values()))


def damage(photo: np.ndarray, rng: np.random.Generator) -> Damaged:
    """All kinds on one photo."""
    unit = max(1.0, min(photo.shape[:2]) / 1000)
    result, kinds = photo.astype(np.float32), {}
    for kind, (draw, least, most) in KINDS.items():
        before = result.copy()
        for _ in range(rng.integers(least, most + 1)):
            cover = draw(photo.shape[:2], unit, rng)
            result = _laid(result, cover, kind, rng)
        kinds[kind] = np.abs(result - before).max(axis=2) >= LEAST_SEEN
    return Damaged(np.rint(result).clip(0, 255).astype(np.uint8), kinds)


def _laid(picture: np.ndarray, cover: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """A tone over the picture where `cover` (0..1) says; a stain takes light away and leaves what is below."""
    if not (cover > 0.5).any():
        return picture
    below = picture[cover > 0.5].mean()
    if kind == "stain" and rng.random() < 0.7:
        tint = rng.uniform(0.45, 0.7) * np.array([1.0, rng.uniform(0.85, 1), rng.uniform(0.6, 0.9)], np.float32)
        return picture * (1 + cover[..., None] * (tint - 1))
    light = rng.random() < 0.5
    if abs((235 if light else 20) - below) < 70:
        light = not light
    level = rng.uniform(215, 255) if light else rng.uniform(0, 45)
    tone = np.clip(level + rng.normal(0, 6, 3), 0, 255).astype(np.float32)
    return picture + cover[..., None] * rng.uniform(0.75, 1) * (tone - picture)


def _speck(shape: tuple[int, int], unit: float, rng: np.random.Generator) -> np.ndarray:
    return _blob(shape, rng.uniform(1.2, 5) * unit, rng, rough=0.3)


def _stain(shape: tuple[int, int], unit: float, rng: np.random.Generator) -> np.ndarray:
    return _blob(shape, rng.uniform(9, 28) * unit, rng, rough=0.25)


def _blob(shape: tuple[int, int], radius: float, rng: np.random.Generator, rough: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    waves = sum(rng.normal(0, rough / k) * np.cos(k * angles + rng.uniform(0, 7)) for k in range(2, 6))
    stretch, turn = rng.uniform(0.6, 1), rng.uniform(0, np.pi)
    around = radius * (1 + waves)
    x, y = around * np.cos(angles), stretch * around * np.sin(angles)
    centre = rng.uniform((0, 0), shape[::-1])
    points = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1) + centre
    cover = np.zeros(shape, np.uint8)
    cv2.fillPoly(cover, [np.rint(points * 2**OVERSAMPLED).astype(np.int32)], 255, cv2.LINE_AA, OVERSAMPLED)
    return cv2.GaussianBlur(cover, (0, 0), 0.6).astype(np.float32) / 255


def _hair(shape: tuple[int, int], unit: float, rng: np.random.Generator) -> np.ndarray:
    steps = int(rng.uniform(40, 130) * unit)
    bend = np.cumsum(rng.normal(0, 0.012 / unit, steps)) + rng.normal(0, 0.01 / unit)
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(bend)
    path = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1) * 2, axis=0)
    return _line(shape, path + rng.uniform((0, 0), shape[::-1]), rng.uniform(1.2, 3) * unit, rng)


def _scratch(shape: tuple[int, int], unit: float, rng: np.random.Generator) -> np.ndarray:
    long, heading = rng.uniform(0.15, 0.8) * min(shape), rng.uniform(0, np.pi)
    along = np.linspace(-0.5, 0.5, 30)[:, None] * long
    path = along * np.array([np.cos(heading), np.sin(heading)]) + np.cumsum(rng.normal(0, 0.3 * unit, (30, 2)), axis=0)
    return _line(shape, path + rng.uniform((0, 0), shape[::-1]), rng.uniform(1, 4) * unit, rng)


def _fold(shape: tuple[int, int], unit: float, rng: np.random.Generator) -> np.ndarray:
    heading = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.06)
    along = np.linspace(-1, 1, 60)[:, None] * max(shape)
    path = along * np.array([np.cos(heading), np.sin(heading)]) + np.cumsum(rng.normal(0, 0.5 * unit, (60, 2)), axis=0)
    at = rng.uniform((0.2 * shape[1], 0.2 * shape[0]), (0.8 * shape[1], 0.8 * shape[0]))
    return _line(shape, path + at, rng.uniform(4, 9) * unit, rng)


def _line(shape: tuple[int, int], path: np.ndarray, width: float, rng: np.random.Generator) -> np.ndarray:
    """Its width wavers, and its cover is that of its thinnest strokes where it is thinner than a pixel."""
    cover = np.zeros(shape, np.uint8)
    wide = width * (1 + 0.25 * np.sin(np.linspace(0, rng.uniform(2, 9), len(path)) + rng.uniform(0, 7)))
    points = np.rint(path * 2**OVERSAMPLED).astype(np.int32)
    for start, end, one in zip(points, points[1:], wide[1:], strict=False):
        cv2.line(cover, start, end, 255, max(1, round(one)), cv2.LINE_AA, OVERSAMPLED)
    return cv2.GaussianBlur(cover, (0, 0), 0.5).astype(np.float32) / 255


Draw = Callable[[tuple[int, int], float, np.random.Generator], np.ndarray]
KINDS: dict[str, tuple[Draw, int, int]] = {  # how it is drawn, and how many of it at least and at most
    "dust": (_speck, 15, 40),
    "hair": (_hair, 2, 5),
    "scratch": (_scratch, 2, 5),
    "fold": (_fold, 0, 1),
    "stain": (_stain, 0, 2),
}
