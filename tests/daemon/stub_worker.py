"""A worker process around an engine of a few lines, told what to do by files in $PCONV_STUB_DIR.

`die`: kill this process in the next run, once. `fail`: the next run fails as a broken device does, once. `hold`: runs
wait until the file is gone. `memory`: runs of more rows than its text says lack memory. `slow`: a row takes so many
seconds. `broken`: loading fails with a reason. `crash`: loading ends without a word. `name`: what the model is called.
Of several variants each is a sixteenth darker than the one before. Where something is forbidden, fills are black.
A picture that is all red kills the process whenever it is run. Weights are text files: the colour, or anything else for
a bad file.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from daemon.worker.idle import Housekeeping
from daemon.worker.process import prepare_process, serve
from daemon.worker.resident_engine import Candidate
from model.errors import WeightsError
from model.finish.finish import Finish

CONTROL = Path(os.environ["PCONV_STUB_DIR"])
COLOUR = 0.25
DARKER = np.float32(1 / 16)


def show(finish: Finish, variant: int) -> None:
    if variant:
        finish._filled[finish._hole] -= DARKER


def run(finish: Finish) -> Iterator[float]:
    """Answers show the stub's colour as it is."""
    if (finish._missing & ~finish._hole).any():
        finish._filled[finish._hole] = 0
    yield from ()


Finish.run = run
Finish.variants = property(lambda finish: finish._options.variants)
Finish.show = show


class StubEngine:
    tile_sides = (256, 512)
    largest_batch = 4

    def __init__(self, colour: float) -> None:
        self._colour = np.float32(colour)
        self.info = SimpleNamespace(
            to_dict=lambda: {"device": "stub", "model": name(), "dtype": "", "sha256": str(colour)}
        )

    def run(self, images: np.ndarray, holes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        with (CONTROL / "runs").open("a") as runs:
            runs.write(f"{len(images)}\n")
        if (CONTROL / "slow").exists():
            time.sleep(float((CONTROL / "slow").read_text()) * len(images))
        while (CONTROL / "hold").exists():
            time.sleep(0.01)
        if any(is_red(image[~hole]) for image, hole in zip(images, holes, strict=True)):
            os.kill(os.getpid(), signal.SIGKILL)
        if once("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if once("fail"):
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        if (CONTROL / "memory").exists() and len(images) > int((CONTROL / "memory").read_text()):
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return np.where(holes[..., None], self._colour, images)


def name() -> str:
    named = CONTROL / "name"
    return named.read_bytes().decode() if named.exists() else "stub"


class StubMemory:
    def used(self) -> int:
        return 3 << 20

    def free(self) -> None:
        return None

    def trim(self) -> None:
        return None


def once(order: str) -> bool:
    """Whether there is such an order; it is taken away."""
    try:
        (CONTROL / order).unlink()
    except FileNotFoundError:
        return False
    return True


def is_red(pixels: np.ndarray) -> bool:
    return bool(len(pixels) and (pixels[:, 0] > 0.9).all() and (pixels[:, 1] < 0.1).all())


def load(weights: str | None, dtype: str | None) -> Candidate:
    with (CONTROL / "loads").open("a") as loads:
        loads.write(f"{os.getpid()}\n")
    if (CONTROL / "crash").exists():
        os._exit(9)
    if (CONTROL / "broken").exists():
        raise WeightsError("weights_missing", "No weights. Bring some.")
    try:
        colour = float(Path(weights).read_text()) if weights else COLOUR
    except ValueError as error:
        raise WeightsError("weights_damaged", f"{weights} is damaged. Fetch it again.") from error
    return Candidate(StubEngine(colour), lambda: None, StubMemory())


def option(name: str, default: str | None = None) -> str | None:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


if __name__ == "__main__":
    prepare_process()
    weights = option("--weights")
    rests = Housekeeping(float(option("--trim-seconds", "30")), float(option("--sleep-seconds", "600")))
    serve(option("--connect"), lambda other, dtype: load(other or weights, dtype), rests)
