"""The daemon against the bare engine doing the same engine runs in this process, turn by turn; start-up and memory.

Each comparison takes as many turns as are asked for, or as many as its time allows, but one at least.
Reads the memory of other processes from /proc, so the memory rows are for Linux.
"""

from __future__ import annotations

import os

# Before numpy and torch are imported, and as the daemon's workers do: their threads would spin on beside the daemon.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.engine import random_weights
from benchmarks.report import add_json_option, show
from daemon.client.client import Client
from daemon.system.directories import RuntimePaths, runtime_paths
from daemon.system.processes import python_command
from model.engine.engine import DTYPES, Engine
from model.fill.plan import Step, fill, plan_fill
from model.options import FillOptions

SIDE = 512
LARGE = (4000, 6000)
HOLE_SIDE = 300  # in the large picture
STARTS = 7
NETWORK_ALONE = FillOptions(detail=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.daemon", description=__doc__)
    parser.add_argument("--weights", type=Path, help="weights file; default: random weights of the paper's width")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="auto", choices=("auto", *DTYPES), help="of both sides; auto: the faster")
    parser.add_argument("--turns", type=int, default=15, help="of each latency comparison, at most")
    parser.add_argument("--fills", type=int, default=8, help="of each round of throughput; at least one a client")
    parser.add_argument("--rounds", type=int, default=5, help="of each throughput comparison, at most")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each comparison, about; its first turn always")
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 8, 32])
    add_json_option(parser)
    given = parser.parse_args()
    with private_directory(given.device) as paths:
        weights = given.weights or random_weights(paths.directory)
        os.environ["PCONV_WEIGHTS"] = str(weights)
        engine = Engine(weights, given.device, given.dtype)
        rows = [front_start(paths)]
        with running_daemon(paths, engine.dtype) as started:
            rows.append(started())
            turns = Turns(given.turns, given.seconds)
            rows += [latency(engine, turns), fill_latency(engine, turns)]
            rows += [large_picture(engine, turns, options) for options in (NETWORK_ALONE, FillOptions())]
            rounds = Turns(given.rounds, given.seconds)
            rows += [throughput(engine, count, given.fills, rounds) for count in given.clients]
            rows += memory()
    show(f"Daemon on {given.device}, {engine.dtype}, {SIDE}² pictures", rows, given.json)


@dataclass(frozen=True)
class Turns:
    """How often something is measured: the given turns, fewer where they outlast the seconds, but one at least."""

    most: int
    seconds: float

    def __iter__(self) -> Iterator[int]:
        end = time.perf_counter() + self.seconds
        for turn in range(self.most):
            if turn and time.perf_counter() > end:
                return
            yield turn


@contextmanager
def private_directory(device: str) -> Iterator[RuntimePaths]:
    """A runtime directory of this benchmark's own, for it and its children."""
    directory = tempfile.mkdtemp(prefix="pconv-")
    os.environ.update(PCONV_RUNTIME_DIR=directory, PCONV_DEVICE=device)
    os.environ.pop("PCONV_ADDRESS", None)
    try:
        yield runtime_paths()
    finally:
        shutil.rmtree(directory)


@contextmanager
def running_daemon(paths: RuntimePaths, dtype: str):
    """A daemon; yields a function that waits for its first fill and tells how long that took from the start."""
    command, environment = python_command("daemon")
    begin = time.perf_counter()
    process = subprocess.Popen([*command, "--dtype", dtype, "--log", str(paths.log)], env=environment)

    def first_fill() -> dict:
        with Client(autostart=False) as client:
            client.fill(*example())
        return row("start of the daemon until its first fill is there, s", time.perf_counter() - begin)

    try:
        while not paths.address_file.exists():
            time.sleep(0.005)
        yield first_fill
    finally:
        process.terminate()
        process.wait()


def front_start(paths: RuntimePaths) -> dict:
    """From the start of the interpreter until the front listens, no worker started."""
    code = (
        "from daemon.system.directories import runtime_paths\n"
        "from daemon.front.server import Front\n"
        "from daemon.front.settings import FrontSettings\n"
        "Front(FrontSettings(runtime_paths(), workers=(), log=runtime_paths().log)).run()"
    )
    (python, *_), environment = python_command("daemon")
    seconds = []
    for _ in range(STARTS):
        begin = time.perf_counter()
        with subprocess.Popen([python, "-P", "-c", code], env=environment) as process:
            while not paths.address_file.exists():
                time.sleep(0.001)
            seconds.append(time.perf_counter() - begin)
            process.kill()
        paths.address_file.unlink()
    return row("start of the front until it listens, median, s", statistics.median(seconds), turns=STARTS)


def latency(engine: Engine, turns: Turns) -> dict:
    """p50 of one client's fill over the engine runs that this fill needs."""
    image, hole = example()
    steps = steps_of(engine, image, hole)

    def alone() -> None:
        for step in steps:
            engine.run(step.images, step.holes, step.wanted)

    with Client(autostart=False) as client:
        seconds = side_by_side(lambda: client.fill(image, hole, NETWORK_ALONE), alone, turns)
    sides = ", ".join(str(step.images.shape[1]) for step in steps)
    return compared(f"p50 of one client (engine runs of {sides}), s", *seconds)


def fill_latency(engine: Engine, turns: Turns) -> dict:
    """p50 of one client's fill over the same fill in this process, with the default options."""
    image, hole = example()
    with Client(autostart=False) as client:
        seconds = side_by_side(lambda: client.fill(image, hole), lambda: fill(image, hole, engine), turns)
    return compared("p50 of one client, default options, against model.fill in one process, s", *seconds)


def large_picture(engine: Engine, turns: Turns, options: FillOptions) -> dict:
    """p50 of one client's fill of a small hole in a large picture over one engine run at 512² of that hole."""
    image, hole = waves(*LARGE), np.zeros(LARGE, bool)
    top, left = ((side - HOLE_SIDE) // 2 for side in LARGE)
    hole[top : top + HOLE_SIDE, left : left + HOLE_SIDE] = True
    top, left = ((side - SIDE) // 2 for side in LARGE)
    window = np.s_[None, top : top + SIDE, left : left + SIDE]
    part, part_hole = image[window].copy(), hole[window].copy()
    with Client(autostart=False) as client:
        seconds = side_by_side(lambda: client.fill(image, hole, options), lambda: engine.run(part, part_hole), turns)
    return compared(
        f"p50 of {HOLE_SIDE}² in {LARGE[1]}×{LARGE[0]} at detail {options.detail:g}, one {SIDE}² run, s", *seconds
    )


def side_by_side(through: Callable[[], object], alone: Callable[[], object], turns: Turns) -> tuple[float, float, int]:
    """Median seconds of two calls that take turns, after a first one of each, and how many turns that were."""
    alone()
    through()
    seconds: list[tuple[float, float]] = []
    for _ in turns:
        begin = time.perf_counter()
        alone()
        middle = time.perf_counter()
        through()
        seconds.append((time.perf_counter() - middle, middle - begin))
    daemon, bare = map(statistics.median, zip(*seconds, strict=True))
    return daemon, bare, len(seconds)


def throughput(engine: Engine, clients: int, fills: int, rounds: Turns) -> dict:
    """Fills per second of so many clients over the engine's own in full batches, measured before and after; medians."""
    image, hole = example()
    steps = steps_of(engine, image, hole)
    fills = max(fills // clients, 1) * clients
    alone, through, ratios = [batched_seconds(engine, steps, fills)], [], []
    for _ in rounds:
        through.append(client_seconds(image, hole, clients, fills // clients))
        alone.append(batched_seconds(engine, steps, fills))
        ratios.append((alone[-2] + alone[-1]) / 2 / through[-1])
    daemon, bare = fills / statistics.median(through), fills / statistics.median(alone)
    what = f"fills per second of {clients} client{'s' if clients > 1 else ''}, medians"
    return row(what, daemon, bare, statistics.median(ratios), len(ratios))


def batched_seconds(engine: Engine, steps: list[Step], fills: int) -> float:
    """The engine's time for so many fills, each step of all of them in full batches."""
    begin = time.perf_counter()
    for step in steps:
        rows = len(step.images) * fills
        for start in range(0, rows, engine.largest_batch):
            count = min(engine.largest_batch, rows - start)
            indices = np.arange(start, start + count) % len(step.images)
            engine.run(step.images[indices], step.holes[indices], step.wanted[indices])
    return time.perf_counter() - begin


def client_seconds(image: np.ndarray, hole: np.ndarray, clients: int, fills_each: int) -> float:
    barrier = threading.Barrier(clients + 1)

    def work() -> None:
        with Client(autostart=False) as client:
            client.ping()
            barrier.wait()
            for _ in range(fills_each):
                client.fill(image, hole, NETWORK_ALONE)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin


def memory() -> list[dict]:
    with Client(autostart=False) as client:
        status = client.status()
    pids = {"front": status["pid"], "worker": status["workers"][0]["pid"]}
    rows = []
    for name, pid in pids.items():
        for field, label in (("VmRSS", "now"), ("VmHWM", "at its peak")):
            rows.append(row(f"resident memory of the {name} {label}, MB", _kib(pid, field) / 1024))
    return rows


def steps_of(engine: Engine, image: np.ndarray, hole: np.ndarray) -> list[Step]:
    """What this fill asks of an engine."""
    plan = plan_fill(image, hole, NETWORK_ALONE, engine.tile_sides, whole=False)
    steps: list[Step] = []
    answer = None
    while True:
        try:
            step = plan.send(answer)
        except StopIteration:
            return steps
        answer = None
        if isinstance(step, Step):
            steps.append(step)
            answer = engine.run(step.images, step.holes, step.wanted)


def example() -> tuple[np.ndarray, np.ndarray]:
    """A picture that is one context of a bucket's size."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return waves(SIDE, SIDE), (rows - SIDE / 2) ** 2 + (columns - SIDE / 2) ** 2 < (SIDE / 5) ** 2


def waves(height: int, width: int) -> np.ndarray:
    rows, columns = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
    one = 128 + 60 * np.sin(rows / 17) + 60 * np.cos(columns / 23)
    other = 128 + 60 * np.sin(columns / 17) + 60 * np.cos(rows / 23)
    return np.stack([one, other, 255 - one], axis=2).astype(np.uint8)


def compared(what: str, daemon: float, bare: float, turns: int) -> dict:
    return row(what, daemon, bare, daemon / bare, turns)


def row(
    what: str, daemon: float, bare: float | None = None, ratio: float | None = None, turns: int | None = None
) -> dict:
    return {"what": what, "daemon": daemon, "bare engine": bare, "ratio": ratio, "turns": turns}


def _kib(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])


if __name__ == "__main__":
    main()
