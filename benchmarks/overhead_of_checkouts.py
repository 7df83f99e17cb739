"""What a request costs in this front over that of another checkout, turn by turn.

Each tree serves and asks with its own code, by the functions of its own `benchmarks.overhead`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.overhead import compare
from benchmarks.report import add_json_option, show

WAYS = {"local": "as it is", "loopback TCP, encrypted": "tcp, keys"}
WARM_UP = 500
DRIVER = """
import sys
from contextlib import ExitStack
from benchmarks.overhead import processor_seconds, running, seconds
with ExitStack() as stack:
    fronts = {}
    for line in sys.stdin:
        variant, requests = line.rstrip().split("|")
        if variant not in fronts:
            fronts[variant] = stack.enter_context(running(variant))
        channel, pid = fronts[variant]
        before = processor_seconds(pid)
        took = seconds(channel, int(requests))
        print(int(requests) / took, int(requests) / (processor_seconds(pid) - before), flush=True)
"""


class Checkout:
    """A process with that tree's code, which measures when it is told."""

    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", DRIVER],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(directory)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def measure(self, variant: str, requests: int) -> tuple[float, float]:
        """Requests per second, and per second of the front's processor time."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(f"{variant}|{requests}", file=self._process.stdin, flush=True)
        wall, processor = map(float, self._process.stdout.readline().split())
        return wall, processor

    def close(self) -> None:
        self._process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead_of_checkouts", description=__doc__)
    parser.add_argument("other", type=Path, metavar="OTHER", help="directory of the other checkout")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--requests", type=int, default=1000, help="of each turn")
    add_json_option(parser)
    given = parser.parse_args()
    trees = [Checkout(Path(__file__).parents[1]), Checkout(given.other.resolve())]
    rows = []
    try:
        for way, variant in WAYS.items():
            for tree in trees:
                tree.measure(variant, WARM_UP)
            pairs = []
            for turn in range(given.turns):
                order = trees if turn % 2 == 0 else trees[::-1]
                found = {tree: tree.measure(variant, given.requests) for tree in order}
                pairs.append([found[tree] for tree in trees])
            for place, unit in enumerate(("requests/s", "requests/s of the front's processor time")):
                ours, others = ([pair[i][place] for pair in pairs] for i in (0, 1))
                rows.append(compare(f"{way}, {unit}", ours, others))
    finally:
        for tree in trees:
            tree.close()
    show(f"this checkout over {given.other}, {given.turns} turns of {given.requests} requests", rows, given.json)


if __name__ == "__main__":
    main()
