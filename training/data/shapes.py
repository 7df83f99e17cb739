"""Drawn holes: brush strokes, lasso, box and scratch selections as people make them.

Every function draws one shape on a size×size canvas: (rng, size, scale) → bool (size, size), True = hole.
`scale` 1 is a generous shape, smaller values shrink it; the same rng state gives the same shape.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator


def stroke(rng: Generator, size: int, scale: float = 1.0) -> np.ndarray:
    """A free-form brush stroke with round joints."""
    points = rng.integers(2, 8)
    turns = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.8, points))
    steps = rng.uniform(0.06, 0.3, points) * size * scale
    path = rng.uniform(0, size, 2) + np.cumsum(steps[:, None] * np.stack([np.cos(turns), np.sin(turns)], 1), 0)
    width = max(2, int(rng.uniform(0.012, 0.12) * size * scale))
    canvas = np.zeros((size, size), np.uint8)
    cv2.polylines(canvas, [path.astype(np.int32)], False, 1, width, cv2.LINE_8)
    for point in path:
        cv2.circle(canvas, (int(point[0]), int(point[1])), width // 2, 1, -1)
    return canvas.astype(bool)


def lasso(rng: Generator, size: int, scale: float = 1.0) -> np.ndarray:
    """A hand-drawn closed outline: a wobbly circle."""
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    radius = np.ones(64)
    for harmonic in range(1, 5):
        radius += rng.uniform(0, 0.3) / harmonic * np.cos(harmonic * angles + rng.uniform(0, 2 * np.pi))
    radius *= rng.uniform(0.03, 0.25) * size * scale
    stretch = rng.uniform(0.4, 1.0)
    tilt = rng.uniform(0, np.pi)
    x, y = radius * np.cos(angles), stretch * radius * np.sin(angles)
    outline = np.stack([x * np.cos(tilt) - y * np.sin(tilt), x * np.sin(tilt) + y * np.cos(tilt)], 1)
    canvas = np.zeros((size, size), np.uint8)
    cv2.fillPoly(canvas, [(outline + rng.uniform(0, size, 2)).astype(np.int32)], 1)
    return canvas.astype(bool)


def box(rng: Generator, size: int, scale: float = 1.0) -> np.ndarray:
    """A rectangular selection."""
    half = np.maximum(1, rng.uniform(0.03, 0.22, 2) * size * scale)
    centre = rng.uniform(0, size, 2)
    top, left = np.clip(centre - half, 0, size - 1).astype(int)
    bottom, right = np.clip(centre + half, 1, size).astype(int)
    canvas = np.zeros((size, size), bool)
    canvas[top : bottom + 1, left : right + 1] = True
    return canvas


def scratch(rng: Generator, size: int, scale: float = 1.0) -> np.ndarray:
    """A long thin line, nearly straight: a scratch, a wire, a fold."""
    start = rng.uniform(0, size, 2)
    angle = rng.uniform(0, 2 * np.pi)
    length = rng.uniform(0.3, 1.4) * size * min(scale, 1.0)
    along = np.linspace(0, length, 16)[:, None] * np.array([[np.cos(angle), np.sin(angle)]])
    sag = rng.normal(0, 0.05) * length * np.sin(np.linspace(0, np.pi, 16))[:, None]
    path = start + along + sag * np.array([[-np.sin(angle), np.cos(angle)]])
    canvas = np.zeros((size, size), np.uint8)
    width = max(1, round(rng.uniform(1, 8) * scale * size / 512))
    cv2.polylines(canvas, [path.astype(np.int32)], False, 1, width, cv2.LINE_8)
    return canvas.astype(bool)
