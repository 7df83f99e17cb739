"""A worker process around an engine of a few lines, told what to do by files in $PCONV_STUB_DIR.

`die`: kill this process in the next run, once. `hold`: runs wait until the file is gone. `broken`: loading fails with
a reason. `crash`: loading ends without a word. A picture that is all red kills the process whenever it is run.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from daemon.worker import prepare_process, serve
from model.errors import WeightsError

CONTROL = Path(os.environ["PCONV_STUB_DIR"])
COLOUR = 0.25


class StubEngine:
    buckets = (256, 512)
    largest_batch = 4
    info = SimpleNamespace(to_dict=lambda: {"device": "stub", "model": "stub"})

    def run(self, images: np.ndarray, holes: np.ndarray) -> np.ndarray:
        with (CONTROL / "runs").open("a") as runs:
            runs.write(f"{len(images)}\n")
        while (CONTROL / "hold").exists():
            time.sleep(0.01)
        if any(is_red(image[~hole]) for image, hole in zip(images, holes, strict=True)):
            os.kill(os.getpid(), signal.SIGKILL)
        if (CONTROL / "die").exists():
            (CONTROL / "die").unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return np.where(holes[..., None], np.float32(COLOUR), images)


def is_red(pixels: np.ndarray) -> bool:
    return bool(len(pixels) and (pixels[:, 0] > 0.9).all() and (pixels[:, 1] < 0.1).all())


def load() -> StubEngine:
    if (CONTROL / "crash").exists():
        os._exit(9)
    if (CONTROL / "broken").exists():
        raise WeightsError("weights_missing", "No weights. Bring some.")
    return StubEngine()


if __name__ == "__main__":
    prepare_process()
    sys.exit(serve(sys.argv[sys.argv.index("--connect") + 1], load))
