"""Cases to measure fills on: a photo and a hole each, from a folder or made from photos."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model.errors import TrainingError
from training.config import Data
from training.data.entries import SUFFIXES
from training.data.holes import RATIO_BUCKETS, HoleSampler, bucket_of, hole_ratio, touches_border
from training.data.images import UNREADABLE, read_gray, read_rgb
from training.data.mask_files import MaskFolder
from training.data.photos import Photos, open_photos


@dataclass(frozen=True)
class Case:
    """`photo` H×W×3 uint8, the truth; `hole` H×W bool; `border`: counted among the holes that touch the border."""

    name: str
    photo: np.ndarray
    hole: np.ndarray
    border: bool

    @property
    def ratio(self) -> float:
        return hole_ratio(self.hole)

    @property
    def bucket(self) -> int | None:
        return bucket_of(self.ratio)


def load_cases(folder: Path) -> list[Case]:
    """The pairs NAME.photo.* and NAME.mask.* (white = hole) of a folder, by name.

    A cases.csv with the columns case and border ("border" or "inside") says which holes count as touching
    the border; without it the masks do.

    Raises:
        TrainingError: code "no_cases", "bad_case".
    """
    photos = _by_name(folder, ".photo.")
    if not photos:
        raise TrainingError("no_cases", f"no NAME.photo.* in {folder}; give a folder of cases, or --photos")
    masks = _by_name(folder, ".mask.")
    table, labels = folder / "cases.csv", {}
    if table.is_file():
        with open(table, newline="", encoding="utf-8") as file:
            labels = {row["case"]: row["border"] == "border" for row in csv.DictReader(file)}
    return [_load(name, path, masks.get(name), labels) for name, path in photos.items()]


def make_cases(
    data: Data, per_cell: int, size: int = 512, seed: int = 0, masks: MaskFolder | None = None
) -> list[Case]:
    """The paper's test set from photos: for each bucket × border, `per_cell` centre cuts with brush and lasso holes.

    Args:
        data: the photos; its sources are taken alike.
        per_cell: cases for each of the six buckets, inside and at the border.
        size: side of the cases, pixels.
        masks: where holes come from in place of brush and lasso, such as NVIDIA's test set.

    Raises:
        TrainingError: see training.data.photos; "bad_masks" where `masks` hold none for a bucket × border.
    """
    rng = np.random.default_rng(seed)
    usable = _usable(open_photos(data), rng)
    kinds = {"folder": 1.0} if masks else {"stroke": 0.6, "lasso": 0.4}
    cases = []
    for bucket in range(len(RATIO_BUCKETS)):
        for border in (False, True):
            sampler = HoleSampler(kinds, buckets=(bucket,), border=border, folder=masks)
            for number in range(per_cell):
                name = f"{bucket}-{'border' if border else 'inside'}-{number}"
                cases.append(Case(name, _centre(next(usable), size), sampler.draw(rng, size), border))
    return cases


def _usable(sources: list[Photos], rng: np.random.Generator) -> Iterator[np.ndarray]:
    places = [(source, index) for source in sources for index in range(len(source))]
    found = False
    while True:
        for place in rng.permutation(len(places)):
            source, index = places[place]
            photo = source.get(index)
            if photo is not None:
                found = True
                yield photo
        if not found:
            raise TrainingError("no_photos", f"none of the photos in {sources[0].label} can be read")


def _centre(photo: np.ndarray, size: int) -> np.ndarray:
    side = min(photo.shape[:2])
    top, left = (photo.shape[0] - side) // 2, (photo.shape[1] - side) // 2
    cut = photo[top : top + side, left : left + side]
    return cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA if side > size else cv2.INTER_CUBIC)


def _by_name(folder: Path, kind: str) -> dict[str, Path]:
    """The pictures of a folder called NAME + `kind` + suffix, by NAME."""
    found: dict[str, Path] = {}
    for path in sorted(p for p in folder.glob(f"*{kind}*") if p.suffix.lower() in SUFFIXES):
        name = path.name.rpartition(kind)[0]
        if name in found:
            raise TrainingError(
                "bad_case", f"{found[name].name} and {path.name} in {folder} are of one case: leave one of them"
            )
        found[name] = path
    return found


def _load(name: str, path: Path, mask: Path | None, labels: dict[str, bool]) -> Case:
    if mask is None:
        raise TrainingError("bad_case", f"{path.name} has no {name}.mask.* beside it")
    try:
        photo = read_rgb(path)
        hole = read_gray(mask) > 127
    except UNREADABLE as error:
        raise TrainingError("bad_case", f"case {name} cannot be read ({error})") from error
    if photo.shape[:2] != hole.shape or not hole.any():
        raise TrainingError(
            "bad_case", f"case {name}: the mask must have the photo's size {photo.shape[:2]} and some white"
        )
    return Case(name, photo, hole, labels.get(name, touches_border(hole)))
