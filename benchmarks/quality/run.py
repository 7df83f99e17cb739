"""Runs contestants on subjects: in this process, or in one of its own where its peak memory counts.

Fills are kept as PNG, those of rivals for the
next run too.
"""

from __future__ import annotations

import hashlib
import json
import math
import multiprocessing
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.quality.contestants import Contestant, Ours
from benchmarks.quality.subjects import Subject
from training.evaluation.methods import Method


@dataclass(frozen=True)
class Cost:
    """Seconds of the fill, of the engine within it and of its longest silence; bytes at the peak. NaN: not known."""

    seconds: float
    engine_seconds: float = math.nan
    silence: float = math.nan
    peak: float = math.nan


class Runner:
    """Fills subjects, and keeps what it made in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Method] = {}

    def fill(self, contestant: Contestant, subject: Subject) -> tuple[np.ndarray, Cost]:
        """The filled photo and what it took; a rival's from the folder if it is there.

        Raises:
            ValueError: the contestant changed a kept pixel.
            TrainingError: see training.evaluation.made_fills.
        """
        if contestant.made:
            return contestant.made.read(_plain(subject.name), subject.photo, subject.hole), Cost(math.nan)
        picture, cost = self._files(contestant, subject)
        if contestant.key is not None and cost.is_file() and picture.is_file():
            return np.asarray(Image.open(picture)), Cost(**json.loads(cost.read_text()))
        run = self._apart if subject.large else self._here
        filled, took = run(contestant, subject)
        if not np.array_equal(filled[~subject.hole], subject.photo[~subject.hole]):
            raise ValueError(f"{contestant.name} changed kept pixels of {subject.name}")
        picture.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(filled).save(picture, compress_level=1)
        cost.write_text(json.dumps(asdict(took)))
        return filled, took

    def _here(self, contestant: Contestant, subject: Subject) -> tuple[np.ndarray, Cost]:
        assert contestant.make is not None  # or its fills were made before
        if contestant.name not in self._made:
            self._made[contestant.name] = contestant.make()
        return _timed(self._made[contestant.name], subject.blanked, subject.hole)

    def _apart(self, contestant: Contestant, subject: Subject) -> tuple[np.ndarray, Cost]:
        context = multiprocessing.get_context("spawn")
        with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(1, mp_context=context) as pool:
            np.save(Path(name) / "photo.npy", subject.blanked)
            np.save(Path(name) / "hole.npy", subject.hole)
            cost = pool.submit(_child, contestant, Path(name)).result()
            return np.load(Path(name) / "filled.npy"), cost

    def _files(self, contestant: Contestant, subject: Subject) -> tuple[Path, Path]:
        digest = hashlib.sha256((contestant.key or "").encode())
        digest.update(subject.blanked.data)
        digest.update(np.ascontiguousarray(subject.hole).data)
        folder = self._folder / "fills" / _plain(contestant.name)
        name = _plain(subject.name) + ("" if contestant.key is None else "-" + digest.hexdigest()[:10])
        return folder / f"{name}.png", folder / f"{name}.json"


def _timed(method: Method, photo: np.ndarray, hole: np.ndarray) -> tuple[np.ndarray, Cost]:
    started = time.perf_counter()
    filled = method(photo, hole)
    seconds = time.perf_counter() - started
    if isinstance(method, Ours):
        return filled, Cost(seconds, method.engine_seconds, method.silence)
    return filled, Cost(seconds)


def _child(contestant: Contestant, folder: Path) -> Cost:
    assert contestant.make is not None
    photo, hole = np.load(folder / "photo.npy"), np.load(folder / "hole.npy")
    filled, cost = _timed(contestant.make(), photo, hole)
    peak = _peak()
    np.save(folder / "filled.npy", filled)
    return Cost(cost.seconds, cost.engine_seconds, cost.silence, peak)


def _peak() -> float:
    """Peak resident bytes of this process. Linux counts the parent's, at the fork, into ru_maxrss: not in VmHWM."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)
