"""Objects by a click, in numbers: `python -m benchmarks.objects [--quick] [--model FOLDER]`.

Clicks until the found mask and a drawn truth share 0.9 of their union: the first click in the middle of the truth, each
next one in the middle of the largest error. Twenty pictures: things in photos of scikit-image (CC0 or in the public
domain) whose outlines were drawn by hand, and things made of its textures. Answers are timed with the same pictures
enlarged to 24 MP.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from desktop_ui.tools.objects.marks import Finder, Mark
from desktop_ui.tools.objects.model_finder import ModelFinder, ObjectModel
from desktop_ui.tools.objects.region_finder import RegionFinder

ENOUGH = 0.9  # of the union
MOST_CLICKS = 10
LARGE = 24e6  # pixels
_MAN = (
    (0, 235), (29, 214), (47, 182), (62, 158), (83, 137), (109, 126), (130, 124), (142, 110), (156, 106), (162, 96),
    (171, 82), (189, 67), (209, 65), (230, 72), (251, 88), (265, 102), (270, 117), (268, 128), (257, 133), (253, 149),
    (255, 161), (249, 170), (245, 182), (236, 192), (241, 205), (245, 235), (265, 244), (283, 238), (289, 258),
    (288, 288), (265, 305), (245, 313), (218, 300), (206, 294), (189, 329), (165, 359), (142, 382), (145, 418),
    (150, 477), (151, 512), (142, 512), (124, 477), (106, 447), (99, 447), (91, 512), (0, 512),
)  # fmt: skip
_CUP = (
    (176, 74), (144, 90), (111, 121), (88, 157), (77, 208), (82, 253), (99, 297), (133, 340), (178, 368), (234, 387),
    (296, 389), (352, 377), (402, 354), (447, 314), (473, 269), (480, 219), (473, 174), (453, 138), (416, 104),
    (419, 84), (424, 73), (414, 67), (400, 73), (391, 53), (369, 36), (329, 22), (284, 18), (245, 21), (212, 34),
    (186, 56),
)  # fmt: skip
_HEAD = (
    (155, 64), (168, 38), (192, 20), (221, 15), (256, 22), (282, 38), (297, 58), (301, 90), (291, 115), (275, 133),
    (266, 137), (257, 160), (255, 182), (237, 190), (211, 188), (192, 176), (184, 157), (181, 136), (168, 115),
    (157, 93),
)  # fmt: skip
_ROCKET = (
    (322, 127), (329, 135), (334, 145), (335, 177), (335, 297), (335, 334), (331, 355), (333, 407), (312, 407),
    (312, 355), (310, 334), (310, 180), (311, 148), (316, 135),
)  # fmt: skip
_EYE = (
    (140, 97), (150, 89), (162, 86), (177, 88), (190, 93), (198, 102), (202, 114), (200, 127), (194, 138), (183, 143),
    (171, 143), (158, 138), (147, 129), (141, 119), (139, 108),
)  # fmt: skip
_COINS = ((335, 44, 29, 28), (347, 187, 32, 30), (102, 196, 22, 21), (271, 120, 25, 24), (47, 260, 27, 28))
_TEXTURES = ("brick", "grass", "gravel")
_MADE = ((0, 1), (1, 2), (2, 0), (1, 0), (0, 2), (2, 1), (0, 0))  # thing and ground, of the textures


class Case(NamedTuple):
    """A picture (H×W×3 uint8) and which of its pixels are the thing's (H×W bool)."""

    name: str
    image: np.ndarray
    truth: np.ndarray


def cases() -> list[Case]:
    """Raises ImportError where scikit-image, which holds the photos, is not installed."""
    from skimage import data

    def rgb(image: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2))

    astronaut, coins, retina = rgb(data.astronaut()), rgb(data.coins()), rgb(data.retina())
    retina = cv2.resize(retina, (705, 705), interpolation=cv2.INTER_AREA)
    disc = cv2.morphologyEx((retina.max(axis=2) > 30).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9))) > 0
    drawn = [
        ("head", astronaut, _drawn(astronaut, _HEAD)),
        ("patch", astronaut, _drawn(astronaut, _oval(170.5, 385.5, 37, 37.5))),
        ("man", camera := rgb(data.camera()), _drawn(camera, _MAN)),
        ("cup", coffee := rgb(data.coffee()), _drawn(coffee, _CUP)),
        *((f"coin {number + 1}", coins, _drawn(coins, _oval(*coin))) for number, coin in enumerate(_COINS)),
        ("rocket", rocket := rgb(data.rocket()), _drawn(rocket, _ROCKET)),
        ("eye", cat := rgb(data.cat()), _drawn(cat, _EYE)),
        ("crater", moon := rgb(data.moon()), _drawn(moon, _oval(120, 86.7, 26.4, 25))),
        ("retina", retina, disc),
    ]
    textures = [rgb(getattr(data, name)()) for name in _TEXTURES]
    made = [_made(f"made {n + 1}", textures[one], textures[ground], n) for n, (one, ground) in enumerate(_MADE)]
    return [Case(*one) for one in drawn] + made


def _made(name: str, thing: np.ndarray, ground: np.ndarray, seed: int) -> Case:
    """A blob of one texture on another, tinted, unevenly lit and with some noise."""
    rng = np.random.default_rng(seed)
    height, width = ground.shape[:2]
    cy, cx, size = rng.uniform(180, 330), rng.uniform(180, 330), rng.uniform(60, 130)
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    radius = np.full_like(angles, size)
    for waves in range(2, 6):
        radius += size * rng.uniform(-0.18, 0.18) * np.cos(waves * angles + rng.uniform(0, 6.28))
    truth = _drawn(ground, np.stack([cx + radius * np.cos(angles), cy + radius * np.sin(angles)], axis=1))
    tint, ground_tint = rng.uniform(0.5, 1.1, 3), rng.uniform(0.5, 1.1, 3)
    y, x = np.mgrid[0:height, 0:width] / height
    light = 1 + 0.25 * np.sin(2 * np.pi * (x * rng.uniform(0.3, 1) + y * rng.uniform(0.3, 1)))[..., None]
    soft = cv2.GaussianBlur(truth.astype(float), (0, 0), 0.8)[..., None]
    pixels = (ground * ground_tint * (1 - soft) + np.rot90(thing) * tint * soft) * light
    pixels += rng.normal(0, 4, pixels.shape)
    return Case(name, pixels.clip(0, 255).astype(np.uint8), truth)


def _oval(x: float, y: float, rx: float, ry: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 90)
    return np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], axis=1)


def _drawn(image: np.ndarray, points) -> np.ndarray:
    inside = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.rint(np.asarray(points, float) * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return inside > 0


def middle(region: np.ndarray) -> tuple[float, float]:
    """The pixel (x, y) of a region (H×W bool) that is farthest from its border."""
    distance = cv2.distanceTransform(np.pad(region.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(distance.argmax(), distance.shape)
    return column + 0.5, row + 0.5


def click(finder: Finder, case: Case, most: int = MOST_CLICKS) -> tuple[int, list[float], list[tuple[float, float]]]:
    """Click until it is enough.

    → clicks (one more than `most` where it never was), how alike after each, seconds by clock and processors.
    """
    marks: tuple[Mark, ...] = ()
    wrong, alike, seconds = case.truth, [], []
    for count in range(1, most + 1):
        x, y = middle(wrong)
        marks = (*marks, Mark(x, y, bool(case.truth[int(y), int(x)])))
        start, worked = time.perf_counter(), time.process_time()
        found = finder.find(marks)
        seconds.append((time.perf_counter() - start, time.process_time() - worked))
        mask = np.zeros(case.truth.shape, bool)
        mask[found.box.slices] = found.coverage > 127
        alike.append(float((mask & case.truth).sum() / max(1, (mask | case.truth).sum())))
        if alike[-1] >= ENOUGH:
            return count, alike, seconds
        parts, labels, sizes, _ = cv2.connectedComponentsWithStats(
            (mask != case.truth).astype(np.uint8), connectivity=4
        )
        wrong = labels == 1 + int(sizes[1:parts, cv2.CC_STAT_AREA].argmax())
    return most + 1, alike, seconds


def enlarged(case: Case) -> Case:
    scale = (LARGE / case.truth.size) ** 0.5
    size = (round(case.truth.shape[1] * scale), round(case.truth.shape[0] * scale))
    truth = cv2.resize(case.truth.astype(np.uint8) * 255, size, interpolation=cv2.INTER_LINEAR) > 127
    return Case(case.name, cv2.resize(case.image, size, interpolation=cv2.INTER_CUBIC), truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four pictures at 24 MP instead of all")
    parser.add_argument("--model", type=Path, help="a folder with a SAM model as ONNX files, in place of the regions")
    options = parser.parse_args()
    make: Callable[[np.ndarray], Finder] = RegionFinder
    if options.model is not None:
        model = ObjectModel(options.model)
        make = lambda image: ModelFinder(image, model)  # noqa: E731
    all_cases, counts = cases(), []
    print("| picture | clicks until IoU ≥ .9 | IoU after each |\n|---|---|---|")
    for case in all_cases:
        count, alike, _ = click(make(case.image), case)
        counts.append(count)
        shown = str(count) if count <= MOST_CLICKS else f"> {MOST_CLICKS}"
        print(f"| {case.name} | {shown} | {', '.join(f'{one:.2f}' for one in alike)} |", flush=True)
    print(f"\nClicks: median {np.median(counts):g} (promised ≤ 3), {sum(one <= 3 for one in counts)} of {len(counts)}")
    made, answers = [], []
    for case in all_cases[:: 5 if options.quick else 1]:
        large = enlarged(case)
        start, worked = time.perf_counter(), time.process_time()
        finder = make(large.image)
        made.append((time.perf_counter() - start, time.process_time() - worked))
        answers += click(finder, large, 3)[2]
    print(f"Answer at 24 MP: {_shown(answers)} (promised ≤ 0.4 s)")
    print(f"Made ready at 24 MP, when the tool is taken: {_shown(made)}")


def _shown(seconds: list[tuple[float, float]]) -> str:
    clock, processors = np.array(seconds).T
    low, high = np.median(clock), np.percentile(clock, 95)
    return f"p50 {low:.2f} s, p95 {high:.2f} s, of processors {np.median(processors):.2f} s"


if __name__ == "__main__":
    main()
