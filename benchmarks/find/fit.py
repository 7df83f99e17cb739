"""Fit the two small networks by which `pconv.find_damage` weighs its measures, on damage drawn on photos.

The photos are to be openly licensed, and others than those that are measured on.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from tqdm import tqdm

from benchmarks.find.damage import Damaged, damaged
from pconv.damage.find import NEVER
from pconv.damage.marks import LEAST, LOGITS, marks_of, slopes_of
from pconv.damage.measures import measures
from pconv.damage.weighing import FILE, Weighing, write
from pconv.images.files import READABLE, read_picture

DAMAGED_PIXELS, OTHER_PIXELS = 1200, 9000  # of a photo
ENLARGED = (1, 1.6, 3)  # one photo after another, so that soft ones are among them
SIDE = 480  # pixels that are taken of each
GRAINY, GRAIN = 3, (1.0, 7.0)  # every so many photos; levels, deviation
UNDAMAGED = 5  # every so many photos
HIDDEN = (48, 24)
MOST_WEIGHT = 4000  # pixels, of one mark
HELD_OUT = 7  # every so many photos


class Measured(NamedTuple):
    """A photo with damage: (H, W) bool where it is and where surely not, and what `measures` gives."""

    image: np.ndarray
    damaged: np.ndarray
    sound: np.ndarray
    where: np.ndarray
    measures: np.ndarray


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.find.fit", description=__doc__)
    parser.add_argument("photos", type=Path, help="folder of photos")
    parser.add_argument("--out", type=Path, default=FILE, help="default: the file in the package")
    parser.add_argument("--epochs", type=int, default=4, help="%(default)s")
    options = parser.parse_args(arguments)
    torch.manual_seed(0)
    photos = list(_measured(options.photos))
    pixel = _fit_pixels(photos[0::2], options.epochs)
    write(options.out, pixel, _fit_marks(photos[1::2], pixel, 8 * options.epochs))  # pixels that it was not fitted to
    return 0


def _measured(folder: Path) -> Iterator[Measured]:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in READABLE)
    for number, path in enumerate(tqdm(paths, unit="photo")):
        photo = read_picture(path).pixels
        if photo.shape[2] == 1:
            photo = np.repeat(photo, 3, axis=2)
        photo = _varied(photo, number)
        drawn = damaged(photo, number) if number % UNDAMAGED else Damaged(photo, {}, np.zeros(photo.shape[:2], bool))
        sound = cv2.dilate(drawn.touched.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
        yield Measured(drawn.image, drawn.visible, sound, *measures(drawn.image))


def _varied(photo: np.ndarray, number: int) -> np.ndarray:
    scale = ENLARGED[number % len(ENLARGED)]
    photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    rng = np.random.default_rng(number)
    top, left = (int(rng.integers(0, max(1, side - SIDE))) for side in photo.shape[:2])
    photo = photo[top : top + SIDE, left : left + SIDE]
    if number // len(ENLARGED) % GRAINY == 0:
        photo = photo + rng.normal(0, rng.uniform(*GRAIN), (*photo.shape[:2], 1))
    return np.rint(photo).clip(0, 255).astype(np.uint8)


def _fit_pixels(photos: list[Measured], epochs: int) -> Weighing:
    rng, rows, truths, numbers = np.random.default_rng(0), [], [], []
    for number, photo in enumerate(photos):
        yes, no = photo.damaged[photo.where], photo.sound[photo.where]
        at = [rng.permutation(np.flatnonzero(yes))[:DAMAGED_PIXELS], rng.permutation(np.flatnonzero(no))[:OTHER_PIXELS]]
        rows.append(photo.measures[np.concatenate(at)])
        truths.append(np.repeat([1, 0], [len(at[0]), len(at[1])]))
        numbers.append(np.full(len(rows[-1]), number))
    return _fitted(rows, truths, numbers, epochs)


def _fit_marks(photos: list[Measured], pixel: Weighing, epochs: int) -> Weighing:
    rows, truths, numbers, sizes = [], [], [], []
    for number, photo in enumerate(tqdm(photos, unit="photo")):
        logits = np.full(photo.where.shape, NEVER, np.float32)
        logits[photo.where] = pixel.of(photo.measures)
        for threshold in LOGITS:
            marks = marks_of(photo.image, slopes_of(photo.image), logits, threshold)
            sums = [
                np.bincount(marks.labels.ravel(), of.ravel(), len(marks.areas) + 1)[1:]
                for of in (photo.damaged, photo.sound)
            ]
            area, kept = marks.areas, marks.areas >= LEAST
            rows.append(marks.measures[kept])
            truths.append(((sums[0] + 0.5) / (sums[0] + sums[1] + 1))[kept])
            sizes.append(np.minimum(area[kept], MOST_WEIGHT) ** 0.8)
            numbers.append(np.full(kept.sum(), number))
    return _fitted(rows, truths, numbers, epochs, sizes)


def _fitted(
    all_rows: list[np.ndarray],
    all_truths: list[np.ndarray],
    all_numbers: list[np.ndarray],
    epochs: int,
    all_sizes: list[np.ndarray] | None = None,
) -> Weighing:
    """Least cross-entropy; what it is on photos held out is printed. Each list has an array of each photo."""
    rows, truths, numbers = np.concatenate(all_rows), np.concatenate(all_truths), np.concatenate(all_numbers)
    sizes = np.concatenate(all_sizes) if all_sizes else np.ones(len(rows))
    sizes = (sizes / sizes.mean()).astype(np.float32)
    fits = numbers % HELD_OUT != 0
    mean, spread = rows[fits].mean(0), rows[fits].std(0) + 1e-6
    inputs, wanted = torch.from_numpy((rows - mean) / spread), torch.from_numpy(truths.astype(np.float32))
    weights, fitted = torch.from_numpy(sizes), np.flatnonzero(fits)
    sides = (rows.shape[1], *HIDDEN, 1)
    layers = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(sides)]
    network = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits
    optimiser = torch.optim.Adam(network.parameters(), weight_decay=1e-5)
    batches = max(1, len(fitted) // 512)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-2, total_steps=epochs * batches)
    for _ in range(epochs):
        for at in torch.from_numpy(fitted)[torch.randperm(len(fitted))][: batches * 512].split(512):
            loss = loss_of(network(inputs[at])[:, 0], wanted[at], weights[at])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    with torch.no_grad():
        rest = torch.from_numpy(np.flatnonzero(~fits))
        loss = loss_of(network(inputs[rest])[:, 0], wanted[rest], weights[rest])
        print(f"cross-entropy of {len(rest)} that were held out: {loss:.4f}")
    held = [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in layers]
    (first, bias), *others = held
    scaled = (first / spread[:, None], bias - (mean / spread) @ first)  # the measures as they are go in
    return Weighing(tuple((np.ascontiguousarray(w, np.float32), b.astype(np.float32)) for w, b in [scaled, *others]))


if __name__ == "__main__":
    sys.exit(main())
