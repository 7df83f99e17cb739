"""What authentication and fairness cost on small requests: the front as it is over one without, turn by turn.

The workers only hand pictures back, so that the front is all there is to be measured. The front without: one queue in
the order of arrival, limits for all together, nobody told apart. Requests per second are what counts; on a machine that
does other things too, the processor time of the front (all threads, from Linux's /proc) says more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.report import add_json_option, show
from daemon import protocol
from daemon.client.channel import Channel
from daemon.front import job_table, server
from daemon.front.job import Job
from daemon.front.quotas import Quotas
from daemon.front.settings import FrontSettings
from daemon.front.worker_settings import WorkerSettings
from daemon.system.directories import RuntimePaths
from daemon.system.processes import python_command
from daemon.transport.address import Address, parse
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode, identity

SIDE = 64
WINDOW = 32  # requests under way
VARIANTS = {
    "without": ("local", False),
    "as it is": ("local", False),
    "tcp, plain": ("tcp://127.0.0.1:*", False),
    "tcp, keys": ("tcp://127.0.0.1:*", True),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead", description=__doc__)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--requests", type=int, default=500, help="of each turn")
    parser.add_argument("--serve", choices=VARIANTS, help=argparse.SUPPRESS)
    parser.add_argument("--directory", type=Path, help=argparse.SUPPRESS)
    add_json_option(parser)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.directory)
        return
    wall, cpu = measure(given.turns, given.requests)
    rows = [
        compare(f"{what}, {unit}", values[a], values[b])
        for what, a, b in (
            ("local: fair and told apart over one queue for all", "as it is", "without"),
            ("loopback TCP: encrypted with keys over plain", "tcp, keys", "tcp, plain"),
        )
        for unit, values in (("requests/s", wall), ("requests/s of the front's processor time", cpu))
    ]
    show(f"{SIDE}² pictures, {WINDOW} under way", rows, given.json)


def measure(turns: int, requests: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Requests of each variant in each turn per second, and per second of the front's processor time."""
    wall: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    cpu: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    with ExitStack() as stack:
        fronts = {variant: stack.enter_context(running(variant)) for variant in VARIANTS}
        for channel, _ in fronts.values():
            seconds(channel, requests)  # to warm up
        for _ in range(turns):
            for variant, (channel, pid) in fronts.items():
                begin = processor_seconds(pid)
                wall[variant].append(requests / seconds(channel, requests))
                cpu[variant].append(requests / (processor_seconds(pid) - begin))
    return wall, cpu


def processor_seconds(pid: int) -> float:
    """Of all threads that are alive."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def compare(what: str, with_it: list[float], without: list[float]) -> dict:
    """Medians of the turns, and their best: whatever else the machine does only slows a turn down."""
    return {
        "what": what,
        "with": statistics.median(with_it),
        "without": statistics.median(without),
        "ratio": statistics.median(a / b for a, b in zip(with_it, without, strict=True)),
        "ratio of the best turns": max(with_it) / max(without),
    }


def seconds(channel: Channel, requests: int) -> float:
    """The time for so many requests of one connection, `WINDOW` of them under way."""
    image, hole = bytes(SIDE * SIDE * 3), bytes([255]) + bytes(SIDE * SIDE - 1)
    waiting, sent = 0, 0
    begin = time.perf_counter()
    while sent < requests or waiting:
        while sent < requests and waiting < WINDOW:
            channel.send(protocol.Fill(uuid.uuid4().hex, SIDE, SIDE, 3, "uint8", progress=False), image, hole)
            sent, waiting = sent + 1, waiting + 1
        received = channel.receive(1.0)
        if received and isinstance(received[0], protocol.Result):
            waiting -= 1
        elif received and isinstance(received[0], protocol.Error):
            raise RuntimeError(received[0].message)
    return time.perf_counter() - begin


@contextmanager
def running(variant: str) -> Iterator[tuple[Channel, int]]:
    """A connection to a front of this variant in a process of its own, and the number of that."""
    directory = Path(tempfile.mkdtemp(prefix="pconv-"))
    os.environ["PCONV_CONFIG_DIR"] = str(directory)
    paths, key = RuntimePaths(directory), None
    if VARIANTS[variant][1]:
        ring = KeyRing(directory / "keys")
        key = ring.init()[0].public
        ring.add("anna", encode(identity().public))
    command, environment = python_command("benchmarks.overhead")
    process = subprocess.Popen([*command, "--serve", variant, "--directory", str(directory)], env=environment)
    try:
        while not paths.address_file.exists():
            time.sleep(0.01)
        channel = Channel(Address(parse(paths.address_file.read_text()).endpoint, key))
        yield channel, process.pid
        channel.close()
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(directory)


def serve(variant: str, directory: Path) -> None:
    if variant == "without":
        job_table.FairQueue = Fifo  # type: ignore[misc, assignment]
        job_table.Quotas = OneForAll  # type: ignore[misc]
        server.user_of = lambda peer: ""
    worker = WorkerSettings(command=(sys.executable, "-P", "-m", "benchmarks.echo_worker"))
    address, keys = VARIANTS[variant]
    settings = FrontSettings(
        RuntimePaths(directory),
        (address,),
        workers=(worker,),
        log=directory / "log",
        keys=directory / ("keys" if keys else "none"),
    )
    server.Front(settings).run()


class Fifo:
    """In the order of arrival."""

    def __init__(self) -> None:
        self._queue: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self._queue)

    def __contains__(self, job: Job) -> bool:
        return job in self._queue

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._queue))

    def add(self, job: Job) -> None:
        self._queue.append(job)

    def remove(self, job: Job) -> None:
        self._queue.remove(job)

    def head(self) -> Job | None:
        return self._queue[0] if self._queue else None

    def heads(self) -> Iterator[Job]:
        if self._queue:
            yield self._queue[0]

    def take(self, job: Job | None = None) -> Job | None:
        return self._queue.popleft() if self._queue else None

    def position(self, job: Job) -> int:
        return self._queue.index(job) + 1


class OneForAll(Quotas):
    """Limits for all together, and nothing else."""

    def check(self, user: str, size: int, now: float) -> None:
        if self.total.requests >= self._limits.max_requests:
            raise RuntimeError("the benchmark asks for more than the limit")

    def open(self, user: str, size: int, pixels: int, now: float) -> None:
        self.total.add(1, size, pixels)

    def close(self, user: str, size: int, pixels: int) -> None:
        self.total.add(-1, -size, -pixels)


if __name__ == "__main__":
    main()
