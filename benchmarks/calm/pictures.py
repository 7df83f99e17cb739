"""Thirty calm places with a hole each: made skies, walls, papers and gradients, and cuts of public-domain photos."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from benchmarks.quality.subjects import Subject
from training.data.shapes import lasso

SIZE = 128  # pixels, side of a picture
HOLE = (0.05, 0.2)  # share of the picture that a hole takes
MADE = 4  # pictures of each made kind
FOUND, FOUND_IN_ONE = 14, 4  # cuts of photos, at most so many of one photo
PHOTOS = ("camera", "cell", "clock", "coffee", "moon", "rocket")  # of scikit-image; CC0 or in the public domain
STEP = 16  # pixels between the cuts that are looked at
DARKEST, LIGHTEST = 16, 240  # gray levels: what is black or burnt out is no test
LEAST, CALM = 0.3, 8.0  # gray levels, how far a calm cut strays from a plane (standard deviation)


def calm_subjects() -> Iterator[Subject]:
    """The same thirty each time; `group` is the kind.

    Raises:
        ImportError: scikit-image, which holds the photos, is not installed.
    """
    pictures = [("photo", f"{name}-{n}", cut) for name, n, cut in _found()]
    for kind in MAKERS:
        pictures += [(kind, f"{kind}-{n}", MAKERS[kind](np.random.default_rng([n, len(kind)]))) for n in range(MADE)]
    for number, (kind, name, picture) in enumerate(pictures):
        yield Subject(name, kind, picture, _hole(np.random.default_rng(number)), large=False)


def _sky(rng: np.random.Generator) -> np.ndarray:
    """From blue above to pale at the horizon, with a sensor's noise."""
    top, low = np.array((90.0, 140.0, 210.0)), np.array((190.0, 210.0, 230.0))
    part = np.linspace(0, 1, SIZE)[:, None, None] ** rng.uniform(0.6, 1.6)
    return _finish(top + part * (low - top) * np.ones((1, SIZE, 1)), rng, 1.5)


def _wall(rng: np.random.Generator) -> np.ndarray:
    """A plain colour under uneven light, slightly mottled."""
    colour = rng.uniform(130, 210, 3) * (1, 0.96, 0.9)
    mottle = cv2.GaussianBlur(rng.normal(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 6)
    return _finish(colour * _light(rng, 0.15) + 1.5 * (mottle / mottle.std())[..., None], rng, 2.0)


def _paper(rng: np.random.Generator) -> np.ndarray:
    """Nearly white, with fine fibres."""
    fibres = cv2.GaussianBlur(rng.normal(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 1.0)
    colour = np.array((238.0, 234.0, 224.0)) - rng.uniform(0, 20)
    return _finish(colour * _light(rng, 0.04) + 2.0 * (fibres / fibres.std())[..., None], rng, 0.5)


def _gradient(rng: np.random.Generator) -> np.ndarray:
    """Between two colours in any direction, as in a drawing: noise of rounding alone."""
    first, last = rng.uniform(40, 220, (2, 3))
    part = (_ramp(rng) - 0.5) * 0.8 + 0.5
    return _finish(first + part[..., None] * (last - first), rng, 0.3)


MAKERS = {"sky": _sky, "wall": _wall, "paper": _paper, "gradient": _gradient}


def _ramp(rng: np.random.Generator) -> np.ndarray:
    """0..1 across the picture in a random direction."""
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    ramp = rows * np.sin(angle) + columns * np.cos(angle)
    return (ramp - ramp.min()) / np.ptp(ramp)


def _light(rng: np.random.Generator, fall: float) -> np.ndarray:
    return (1 - fall * _ramp(rng))[..., None]


def _finish(picture: np.ndarray, rng: np.random.Generator, noise: float) -> np.ndarray:
    return (picture + rng.normal(0, noise, picture.shape)).round().clip(0, 255).astype(np.uint8)


def _hole(rng: np.random.Generator) -> np.ndarray:
    """A lasso of HOLE of the picture, kept off its border."""
    while True:
        hole = lasso(rng, SIZE, 0.7)
        hole[:16] = hole[-16:] = hole[:, :16] = hole[:, -16:] = False
        if HOLE[0] < hole.mean() < HOLE[1]:
            return hole


def _found() -> list[tuple[str, int, np.ndarray]]:
    """The calmest cuts of the photos: those that stray least from a plane; none is black, burnt out or constant."""
    from skimage import data

    ranked = []
    for name in PHOTOS:
        photo = np.asarray(getattr(data, name)())
        photo = photo if photo.ndim == 3 else np.stack([photo] * 3, -1)
        taken: list[tuple[int, int]] = []
        for stray, top, left in sorted(_strays(photo)):
            apart = all(max(abs(top - t), abs(left - p)) >= SIZE for t, p in taken)
            if apart and len(taken) < FOUND_IN_ONE and LEAST < stray < CALM:
                taken.append((top, left))
                ranked.append((stray, name, len(taken), photo[top : top + SIZE, left : left + SIZE]))
    ranked.sort(key=lambda cut: cut[0])
    return [(name, number, np.ascontiguousarray(cut)) for _, name, number, cut in ranked[:FOUND]]


def _strays(photo: np.ndarray) -> Iterator[tuple[float, int, int]]:
    """How far each cut strays from its best plane (gray levels, standard deviation), its top and left."""
    gray = photo.astype(np.float32).mean(2)
    rows, columns = np.mgrid[:SIZE, :SIZE].reshape(2, -1) / SIZE - 0.5
    planes = np.stack([np.ones_like(rows), rows, columns])
    for top in range(0, gray.shape[0] - SIZE + 1, STEP):
        for left in range(0, gray.shape[1] - SIZE + 1, STEP):
            values = gray[top : top + SIZE, left : left + SIZE].ravel()
            if DARKEST < values.mean() < LIGHTEST:
                plane = planes.T @ (planes @ values / np.square(planes).sum(1))
                yield float((values - plane).std()), top, left
