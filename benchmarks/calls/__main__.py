"""How many calls of our own functions the front makes to admit one fill while it is idle, and to answer it.

A daemon with its real worker fills a small picture some times, one after the other, while `sys.setprofile` counts.
Admission is from the decoded request to the handing over to the worker's socket, the answer from the worker's decoded
reply to the handing over to the client's transport. Counts do not depend on how busy the machine is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import msgspec
import zmq

from benchmarks.report import add_json_option, show

HERE = Path(__file__).parents[2]
SIDE = 64
PATIENCE_SECONDS = 120


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calls", description=__doc__)
    parser.add_argument("--against", type=Path, metavar="TREE", help="a checkout of another commit, to compare with")
    parser.add_argument("--fills", type=int, default=9, help="that are counted; medians are told (default: 9)")
    parser.add_argument("--list", action="store_true", help="also print the calls of the last fill, in order")
    add_json_option(parser)
    given = parser.parse_args()
    fills = counted(HERE, given.fills)
    other = counted(given.against.resolve(), given.fills) if given.against else None
    if given.list:
        print(listing(fills[-1]))
    show("Calls of the front for one fill", [row(stage, fills, other) for stage in ("admit", "answer")], given.json)


def row(stage: str, fills: list[dict[str, list[str]]], other: list[dict[str, list[str]]] | None) -> dict:
    """Medians over the fills, and their ratio to those of the other tree."""
    cells: dict = {"what": stage, **medians(stage, fills)}
    if other is not None:
        against = medians(stage, other)
        cells |= {f"{name}, other": value for name, value in against.items()}
        cells["ratio of calls"] = cells["calls"] / against["calls"]
    return cells


def medians(stage: str, fills: list[dict[str, list[str]]]) -> dict[str, float]:
    """Calls, files in which they are, and how often the next call is in another file than the one before."""
    files = [[call.partition(":")[0] for call in fill[stage]] for fill in fills]
    return {
        "calls": statistics.median(map(len, files)),
        "files": statistics.median(len(set(each)) for each in files),
        "changes of file": statistics.median(sum(a != b for a, b in pairwise(each)) for each in files),
    }


def listing(fill: dict[str, list[str]]) -> str:
    return "\n".join(f"{stage:7} {call}" for stage, calls in fill.items() for call in calls)


def counted(tree: Path, count: int) -> list[dict[str, list[str]]]:
    """The calls, "file:function", of each stage of so many fills by the daemon of this tree, after one to warm up."""
    with served(tree) as (socket, counts):
        for number in range(count + 1):
            fill_once(socket, f"fill{number}")
    return json.loads(counts[0])[1:]


@contextmanager
def served(tree: Path) -> Iterator[tuple[zmq.Socket, list[str]]]:
    """A connection to a daemon of this tree that is ready; the text of its counts is in the list afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="pconv-"))
    counts = directory / "counts.json"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PCONV_")}
    environment |= dict.fromkeys(("PCONV_RUNTIME_DIR", "PCONV_CONFIG_DIR"), str(directory))
    environment["PYTHONPATH"] = str(tree)
    script = Path(__file__).with_name("counted_daemon.py")
    process = subprocess.Popen(
        [sys.executable, "-P", str(script), str(counts), "--log", str(directory / "log")], env=environment, cwd=tree
    )
    texts: list[str] = []
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        try:
            socket.linger = 0
            socket.connect(_address(directory, process))
            yield socket, texts
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
            if counts.exists():
                texts.append(counts.read_text())
            shutil.rmtree(directory)


def fill_once(socket: zmq.Socket, id: str) -> None:
    """One fill without progress, from the request to the result."""
    fill = {"type": "fill", "id": id, "height": SIDE, "width": SIDE, "channels": 3, "dtype": "uint8", "progress": False}
    hole = bytearray(SIDE * SIDE)
    for top in range(16, 32):
        hole[top * SIDE + 16 : top * SIDE + 32] = b"\xff" * 16
    socket.send_multipart([b"PCV1", msgspec.msgpack.encode(fill), bytes(range(256)) * (SIDE * SIDE * 3 // 256), hole])
    if not socket.poll(PATIENCE_SECONDS * 1000):
        raise RuntimeError("the daemon does not answer")
    reply = msgspec.msgpack.decode(socket.recv_multipart()[1])
    if reply["type"] != "result":
        raise RuntimeError(f"the daemon refuses: {reply}")


def _address(directory: Path, process: subprocess.Popen) -> str:
    """Where the daemon listens, once it does."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while not (files := list(directory.glob("*address*"))) or not files[0].read_text():
        if process.poll() is not None or time.monotonic() > limit:
            raise RuntimeError("the daemon does not start")
        time.sleep(0.05)
    return files[0].read_text().strip()


if __name__ == "__main__":
    main()
