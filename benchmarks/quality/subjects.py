"""What is filled: the cases of a folder, and large photos with drawn holes.

All holes of large photos are seeded: the same folder gives the same subjects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from model.errors import TrainingError
from training.data.entries import SUFFIXES
from training.data.holes import RATIO_BUCKETS
from training.data.shapes import lasso, scratch, stroke
from training.evaluation.cases import load_cases

Image.MAX_IMAGE_PIXELS = None  # a benchmark's own photos
LARGE_CLASSES = ((0.0, 0.003), (0.003, 0.02), (0.02, 0.08), (0.08, 0.3))
ODD = 0.15  # by how much of the wanted share a drawn shape may be off
SKETCH = 1024  # pixels, side of the canvas on which a shape of the right share is sought
TRIES = 60


@dataclass(frozen=True)
class Subject:
    """`photo` H×W×3 uint8, the truth; `hole` H×W bool; `group`: the line of the table that it counts in."""

    name: str
    group: str
    photo: np.ndarray
    hole: np.ndarray
    large: bool

    @property
    def blanked(self) -> np.ndarray:
        """The photo with mid-gray in the hole: what a contestant sees."""
        return np.where(self.hole[..., None], np.uint8(127), self.photo)


@dataclass(frozen=True)
class Plan:
    """A hole of `share` of the picture made of `places` shapes of a kind."""

    name: str
    kind: str
    share: float
    places: int


PLANS = (  # two for each of LARGE_CLASSES; photos take turns
    (Plan("dust and scratches", "scratch", 0.001, 12), Plan("a small thing", "lasso", 0.002, 1)),
    (Plan("wires", "scratch", 0.006, 4), Plan("some things", "lasso", 0.01, 5)),
    (Plan("20 places", "lasso", 0.05, 20), Plan("strokes", "stroke", 0.05, 5)),
    (Plan("one big thing", "lasso", 0.15, 1), Plan("much of it", "lasso", 0.28, 4)),
)


def case_subjects(folder: Path, limit: int | None = None) -> Iterator[Subject]:
    """The cases of a folder by hole ratio, at most `limit` of each bucket.

    Raises:
        TrainingError: see training.evaluation.cases.
    """
    seen: Counter[str] = Counter()
    for case in load_cases(folder):
        low, high = RATIO_BUCKETS[case.bucket] if case.bucket is not None else (0, 1)
        group = f"{low:g}–{high:g}"
        seen[group] += 1
        if limit is None or seen[group] <= limit:
            yield Subject(case.name, group, case.photo, case.hole, large=False)


def large_subjects(folder: Path, limit: int | None = None) -> Iterator[Subject]:
    """Each photo of a folder with a hole of each size class, at most `limit` of a class.

    Raises:
        TrainingError: code "no_photos".
    """
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise TrainingError("no_photos", f"no photos in {folder}; give a folder of large photos")
    for size_class, plans in enumerate(PLANS):
        for index, path in enumerate(paths[:limit]):
            photo = np.asarray(Image.open(path).convert("RGB"))
            plan = plans[index % len(plans)]
            hole = draw(np.random.default_rng([index, size_class]), photo.shape[:2], plan)
            yield Subject(f"{path.stem}, {plan.name}", _class_name(size_class), photo, hole, large=True)


def huge_subject(path: Path) -> Subject:
    """100 megapixels, made of a photo and its mirror images, with one hole of 4,000×3,000 pixels."""
    photo = np.asarray(Image.open(path).convert("RGB"))
    height, width = 8166, 12247
    more = ((0, max(0, height - photo.shape[0])), (0, max(0, width - photo.shape[1])), (0, 0))
    photo = np.ascontiguousarray(np.pad(photo, more, mode="symmetric")[:height, :width])
    hole = np.zeros((height, width), bool)
    hole[2500:5500, 4000:8000] = True
    return Subject(f"{path.stem}, 100 MP", "100 MP, 4,000×3,000", photo, hole, large=True)


def write_case(folder: Path, subject: Subject) -> None:
    """Write a subject as NAME.photo.png and NAME.mask.png, as `case_subjects` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(subject.photo).save(folder / f"{subject.name}.photo.png", compress_level=1)
    Image.fromarray(255 * subject.hole.astype(np.uint8)).save(folder / f"{subject.name}.mask.png")


def draw(rng: np.random.Generator, shape: tuple[int, int], plan: Plan) -> np.ndarray:
    """A hole of about the plan's share, made of its shapes; each is sought on a small canvas, then drawn in full."""
    kind = {"scratch": scratch, "lasso": lasso, "stroke": stroke}[plan.kind]
    side, share = max(shape), plan.share / plan.places
    small = (SKETCH * shape[0] // side, SKETCH * shape[1] // side)
    hole = np.zeros(shape, bool)
    for _ in range(plan.places):
        best, error, scale = (0, 1.0), np.inf, 0.3
        for _ in range(TRIES):
            seed = int(rng.integers(2**32))
            got = float(_middle(kind(np.random.default_rng(seed), SKETCH, scale), small).mean())
            if abs(got / share - 1) < error:
                best, error = (seed, scale), abs(got / share - 1)
            if error < ODD:
                break
            scale = float(np.clip(scale * np.clip(np.sqrt(share / max(got, 1e-6)), 0.7, 1.4), 0.01, 6.0))
        hole |= _middle(kind(np.random.default_rng(best[0]), side, best[1]), shape)
    return hole


def _middle(canvas: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    top, left = ((whole - part) // 2 for whole, part in zip(canvas.shape, shape, strict=True))
    return canvas[top : top + shape[0], left : left + shape[1]]


def _class_name(size_class: int) -> str:
    low, high = LARGE_CLASSES[size_class]
    return f"{low:.1%}–{high:.1%} of a large photo"
