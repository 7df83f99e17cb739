"""A run that is interrupted at random moments against the same run left alone: are the weights the same, bit by bit?

SIGTERM goes to the whole process group, as Slurm, systemd and `timeout` send it, at a moment drawn between the start of
the program (every fourth; it may hardly have started then) or its first step, and SPREAD seconds later. Then the same
command goes on. Photos are made, the network is tiny, and two processes cut the photos.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.report import add_json_option, show
from model.network.weights import load_weights
from training.loop.checkpoint import Checkpoints

ROOT = Path(__file__).parents[1]
SPREAD = 1.5  # seconds
FROM_START = 4  # every so many interruptions one is counted from the program's start
BATCH = 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_interrupted", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="interruptions (default: 20)")
    parser.add_argument("--steps", type=int, default=1500, help="of the run; it must outlast them (default: 1500)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    add_json_option(parser)
    options = parser.parse_args()
    rows = measure(options.times, options.steps, options.seed)
    show(
        f"A run of {options.steps} steps, interrupted {options.times} times by SIGTERM to its group", rows, options.json
    )
    if len({row["SHA-256"] for row in rows}) > 1:
        sys.exit("the weights differ")


def measure(times: int, steps: int, seed: int) -> list[dict]:
    """Rows: run, interruptions, how many of them left a new checkpoint, resumes, SHA-256 of the weights.

    Raises:
        RuntimeError: the run was done before it had been interrupted so often, or ended otherwise than it should.
    """
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        config = _settings(Path(folder), steps)
        alone, often = Path(folder) / "alone", Path(folder) / "often"
        saved = 0
        for number in range(1, times + 1):
            saved += _interrupt(config, often, moments.uniform(0, SPREAD), from_start=number % FROM_START == 0)
        for out in (alone, often):
            if (code := _start(config, out).wait()) != 0:
                raise RuntimeError(f"the run in {out.name} ended with {code}")
        digests = [load_weights(out / "pconv.safetensors").sha256 for out in (alone, often)]
    return [
        {"run": "left alone", "interrupted": 0, "with a checkpoint": 0, "SHA-256": digests[0]},
        {"run": "interrupted", "interrupted": times, "with a checkpoint": saved, "SHA-256": digests[1]},
    ]


def _settings(folder: Path, steps: int) -> Path:
    photos, rng = folder / "photos", np.random.default_rng(0)
    photos.mkdir()
    for number in range(6):
        noise = Image.fromarray(rng.integers(0, 255, (6, 7, 3), np.uint8))
        noise.resize((180, 150), Image.Resampling.BICUBIC).save(photos / f"{number}.png")
    path = folder / "config.json"
    path.write_text(
        json.dumps(
            {
                "network": {"width": 4, "depth": 7},
                "data": {"workers": 2, "sources": [{"paths": [str(photos)]}]},
                "masks": {"kinds": {"stroke": 0.5, "box": 0.5}},
                "loss": {"perceptual": 0.0, "style": 0.0},
                "stages": [{"size": 128, "batch": BATCH, "images": BATCH * steps, "lr": 1e-3, "lr_end": 1e-5}],
                "device": "cpu",
                "precision": "float32",
                "log_steps": 1,
                "ema": 0.9,
            }
        )
    )
    return path


def _start(config: Path, out: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "training", "run", "--config", str(config), "--out", str(out)]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=quiet, stderr=quiet, start_new_session=True)


def _interrupt(config: Path, out: Path, moment: float, from_start: bool) -> bool:
    """Start or go on, and send the signal; whether that left a checkpoint further on than the one before."""
    log, before = out / "log.jsonl", Checkpoints(out).files()
    written = log.stat().st_size if log.exists() else 0
    process = _start(config, out)
    if not from_start:
        while process.poll() is None and (log.stat().st_size if log.exists() else 0) == written:
            time.sleep(0.01)
    time.sleep(moment)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    code = process.wait()
    if code == 0:
        raise RuntimeError("the run was done before all interruptions: give more --steps")
    if code not in (128 + signal.SIGTERM, -signal.SIGTERM):  # the second while Python still starts
        raise RuntimeError(f"the interrupted run ended with {code}")
    after = Checkpoints(out).files()
    if before and not after:
        raise RuntimeError("the checkpoint is gone")
    return after[-1:] != before[-1:]


if __name__ == "__main__":
    main()
