"""Holes from folders of mask files, such as the NVIDIA sets."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from numpy.random import Generator
from PIL import Image

from model.errors import TrainingError
from training.data import flow_masks
from training.data.images import UNREADABLE, read_gray

SUFFIXES = {".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".jpg", ".jpeg", ".pgm"}
PROBED = 48  # files looked at to learn polarity and grayness
NVIDIA_TRAINING_SET = 55_116  # raw maps, meant to be dilated, turned and cut before they are holes
NVIDIA_CELLS = 12
NVIDIA_TEST_SET = 12_000  # numbered files, six buckets of 2,000: 1,000 touching the border, then 1,000 that do not

log = logging.getLogger(__name__)


class MaskFolder:
    """Mask files of a folder, subfolders included.

    Args:
        folder: of image files; anything but two values is binarised at one half, with a warning.
        polarity: "white" = white is hole, "black" = black is hole, "auto" = the rarer of the two is hole.
        augment: "always" = files are raw maps, to be made holes by flow_masks.augment; "never" = they are holes as they
            are; "auto" = raw maps where the folder is NVIDIA's training set, by its number of files.

    Attributes:
        is_raw: whether the files are raw maps.

    Raises:
        TrainingError: code "no_masks" (no mask file in the folder), "bad_polarity" (unknown word).
    """

    def __init__(self, folder: str | Path, polarity: str = "auto", augment: str = "auto") -> None:
        if polarity not in ("white", "black", "auto"):
            raise TrainingError("bad_polarity", f'mask polarity is "white", "black" or "auto", got "{polarity}"')
        self.folder = Path(folder)
        self.files = sorted(p for p in self.folder.rglob("*") if p.suffix.lower() in SUFFIXES)
        if not self.files:
            raise TrainingError("no_masks", f"no mask image in {self.folder}; give a folder of PNG files")
        self.is_raw = augment == "always" or (augment == "auto" and len(self.files) == NVIDIA_TRAINING_SET)
        if self.is_raw:
            log.info("%s: raw masks, binarised at %g, dilated, turned and cut", self.folder, flow_masks.THRESHOLD)
        probes = [_gray(p) for p in self.files[:: max(1, len(self.files) // PROBED)]]
        white = float(np.mean([(p > 127).mean() for p in probes]))
        gray = float(np.mean([((p > 15) & (p < 240)).mean() for p in probes]))
        if gray > 0.001 and not self.is_raw:
            log.warning(
                "%s: %.1f %% of the mask pixels are gray (JPEG or resized masks?); they are binarised at one half",
                self.folder,
                100 * gray,
            )
        self.white_is_hole = white <= 0.5 if polarity == "auto" else polarity == "white"
        ratio = white if self.white_is_hole else 1 - white
        if ratio > 0.6:
            log.warning(
                "%s: %.0f %% of the picture would be hole with polarity %s; if that is wrong, say %s",
                self.folder,
                100 * ratio,
                polarity,
                "black" if self.white_is_hole else "white",
            )
        self.has_nvidia_layout = len(self.files) == NVIDIA_TEST_SET and all(p.stem.isdigit() for p in self.files)

    def raw(self, rng: Generator) -> np.ndarray:
        """A random file as a raw map: H×W uint8, 255 = hole."""
        gray = _gray(self.files[int(rng.integers(len(self.files)))])
        return gray if self.white_is_hole else 255 - gray

    def read(self, index: int, size: int) -> np.ndarray:
        """The hole of one file at size×size, nearest neighbour: bool, True = hole."""
        image = Image.fromarray(_gray(self.files[index])).resize((size, size), Image.Resampling.NEAREST)
        return (np.asarray(image) > 127) == self.white_is_hole

    def draw(self, rng: Generator, size: int, bucket: int | None = None, border: bool | None = None) -> np.ndarray:
        """A random file's hole, flipped and turned; where the layout tells bucket and border, of these."""
        low, high = 0, len(self.files)
        if self.has_nvidia_layout and bucket is not None:
            of_cell = high // NVIDIA_CELLS
            low = of_cell * (2 * bucket + (border is False))
            high = of_cell * (2 * bucket + (1 if border else 2))
        hole = self.read(int(rng.integers(low, high)), size)
        hole = np.rot90(hole, int(rng.integers(4)))
        return np.ascontiguousarray(hole[:, ::-1] if rng.random() < 0.5 else hole)


def _gray(path: Path) -> np.ndarray:
    try:
        return read_gray(path)
    except UNREADABLE as error:
        raise TrainingError("bad_mask", f"mask {path} cannot be read ({error}); delete or replace it") from error
