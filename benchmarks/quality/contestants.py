"""Who fills: ours at several amounts of detail, and the rivals.

A contestant is made in the process in which it fills.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from model.engine.engine import Engine
from model.errors import TrainingError
from model.fill.plan import fill
from model.network.weights import load_weights
from model.options import FillOptions
from training.evaluation.made_fills import MadeFills
from training.evaluation.methods import BASELINES, PATCH, Method, patchmatch_library

SHRUNK = 512  # pixels, the longest side that plain shrink-fill-enlarge works at
GMIC = "0,9,10,5,0"  # its defaults, but blended inside the hole alone: what is outside must stay


@dataclass(frozen=True)
class Contestant:
    """`make` gives its method; `most` megapixels of photo it is asked for; `key`: what its fills depend on besides
    the subject, None where they are to be made anew each time; `made`: where they lie if they were made before."""

    name: str
    make: Callable[[], Method] | None
    key: str | None = ""
    most: float = float("inf")
    made: MadeFills | None = None


class Ours:
    """The product's fill, which also tells what of its time was the engine's and its longest silence, in seconds."""

    def __init__(self, weights: Path | None, device: str, detail: float) -> None:
        self.engine, self.options = Engine(weights, device), FillOptions(detail=detail)
        self.engine.warm_up()
        self.tile_sides = self.engine.tile_sides
        self.engine_seconds = self.silence = 0.0

    def __call__(self, photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
        self.engine_seconds = self.silence = 0.0
        self._heard = time.perf_counter()
        filled = fill(photo, hole, self, self.options, self._progress)
        self._progress(0, 0)
        return filled

    def run(self, images: np.ndarray, holes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        started = time.perf_counter()
        filled = self.engine.run(images, holes, wanted)
        self.engine_seconds += time.perf_counter() - started
        return filled

    def _progress(self, done: float, total: float) -> None:
        now = time.perf_counter()
        self.silence, self._heard = max(self.silence, now - self._heard), now


def contestants(
    weights: Path | None, device: str, gmic: str | None, made: Sequence[MadeFills] = ()
) -> list[Contestant]:
    """Ours at its default detail first; PyPatchMatch where it is installed, G'MIC where the command is found.

    Raises:
        PconvError: there are no such weights.
    """
    default = FillOptions().detail
    own = [Contestant("pconv", partial(Ours, weights, device, default), None)]
    own += [
        Contestant(f"pconv, detail {d:g}", partial(Ours, weights, device, d), None) for d in (0.0, 1.0) if d != default
    ]
    rivals = [
        Contestant(
            "shrink, fill, enlarge", partial(shrink_fill_enlarge, weights, device), load_weights(weights).sha256
        ),
        Contestant("OpenCV Telea", partial(_baseline, "telea")),
        Contestant("OpenCV Navier–Stokes", partial(_baseline, "navier-stokes")),
        Contestant("biharmonic", partial(_baseline, "biharmonic"), most=1),
    ]
    try:
        patchmatch_library()
        rivals.append(Contestant("PyPatchMatch", partial(_baseline, "patchmatch"), f"patch {PATCH}, seed 0", 1))
    except TrainingError as error:
        print(f"no PyPatchMatch: {error}", file=sys.stderr)
    command = shutil.which(gmic or "gmic")
    if command:
        rivals.append(Contestant("G'MIC matchpatch", partial(matchpatch, command), GMIC, 1))
    return own + rivals + [Contestant(fills.name, None, made=fills) for fills in made]


def shrink_fill_enlarge(weights: Path | None, device: str) -> Method:
    """The whole photo shrunk to SHRUNK, filled by the same engine without detail, enlarged bicubically."""
    engine, options = Engine(weights, device), FillOptions(detail=0.0)

    def method(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
        height, width = hole.shape
        scale = min(1.0, SHRUNK / max(height, width))
        size = round(width * scale), round(height * scale)
        small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        missing = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
        filled = cv2.resize(fill(small, missing, engine, options), (width, height), interpolation=cv2.INTER_CUBIC)
        return np.where(hole[..., None], filled, photo)

    return method


def matchpatch(command: str) -> Method:
    """G'MIC's inpaint_matchpatch."""

    def method(photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
        with tempfile.TemporaryDirectory() as folder:
            given, mask, out = (str(Path(folder) / name) for name in ("photo.png", "hole.png", "filled.png"))
            Image.fromarray(photo).save(given, compress_level=1)
            Image.fromarray(255 * hole.astype(np.uint8)).save(mask)
            work = ["inpaint_matchpatch[0]", f"[1],{GMIC}", "keep[0]", "round", "cut", "0,255", "output", out]
            subprocess.run([command, given, mask, *work], check=True, capture_output=True)
            filled = np.asarray(Image.open(out).convert("RGB"))
        return np.where(hole[..., None], filled, photo)

    return method


def _baseline(name: str) -> Method:
    return BASELINES[name]
