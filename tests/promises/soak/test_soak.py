"""A daemon that works for long neither grows nor collects descriptors."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from daemon.client.client import Client
from tests.promises.clients import Clients
from tests.promises.pictures import Gallery

CLIENTS = 4
MOST_MB_PER_HOUR = 1.0  # from half an hour on; minutes say nothing of hours
HALF_AN_HOUR = 1790.0
MINUTES = 300.0  # below which a slope means nothing
MOST_MB_SHORT = 48.0  # the front keeps the answers of half a minute, up to 32 MiB
MOST_DESCRIPTORS = 2  # by which the last samples may differ from the first
SAMPLES = 60
RATE = float(os.environ.get("PCONV_PROMISES_RATE", "0"))  # fills per second; 0: as many as can be

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="read from /proc"),
]


@dataclass
class Watch:
    """Samples of a process: seconds, resident MB, open descriptors."""

    pid: int
    samples: list[tuple[float, float, int]] = field(default_factory=list)

    def look(self) -> None:
        status = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        resident = int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1024
        self.samples.append((time.monotonic(), resident, len(list(Path(f"/proc/{self.pid}/fd").iterdir()))))

    @property
    def megabytes_per_hour(self) -> float:
        seconds, megabytes, _ = np.array(self.samples).T
        return float(np.polyfit(seconds / 3600, megabytes, 1)[0])

    @property
    def growth(self) -> tuple[float, int]:
        """Medians of the last third less those of the first: megabytes, descriptors."""
        third = len(self.samples) // 3
        first, last = np.median(self.samples[:third], axis=0), np.median(self.samples[-third:], axis=0)
        return float(last[1] - first[1]), int(last[2] - first[2])

    @property
    def summary(self) -> str:
        megabytes, descriptors = self.growth
        if self.samples[-1][0] - self.samples[0][0] < MINUTES:
            return f"{megabytes:+.1f} MB, {descriptors:+d} descriptors"
        return f"{self.megabytes_per_hour:+.1f} MB/h (in all {megabytes:+.1f} MB), {descriptors:+d} descriptors"

    def assert_flat(self) -> None:
        megabytes, descriptors = self.growth
        assert descriptors <= MOST_DESCRIPTORS, f"{descriptors} more descriptors"
        if self.samples[-1][0] - self.samples[0][0] > HALF_AN_HOUR:
            assert self.megabytes_per_hour < MOST_MB_PER_HOUR, f"it grows by {self.megabytes_per_hour:.1f} MB an hour"
        else:
            assert megabytes < MOST_MB_SHORT, f"it grew by {megabytes:.1f} MB"


def watch(pids: list[int], seconds: float) -> list[Watch]:
    watches = [Watch(pid) for pid in pids]
    for _ in range(SAMPLES):
        time.sleep(seconds / SAMPLES)
        for each in watches:
            each.look()
    return watches


def test_memory_and_descriptors_are_flat(
    private_daemon: Path, gallery: Gallery, size: Callable, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PCONV_DTYPE", "float32")
    Client().stop()
    with Clients(gallery, 2 * CLIENTS) as crowd:
        crowd.wait_for(size(40, 1500))  # warm-up: full batches too, which as many clients as rows seldom bring about
    crowd.assert_kept()
    with Clients(gallery, CLIENTS) as clients:
        clients.wait_for(size(20, 200))
        if RATE:
            clients.slow_down(RATE)
        time.sleep(size(0, 60))
        with Client(autostart=False) as client:
            status = client.status()
        front, worker = watch([status["pid"], status["workers"][0]["pid"]], size(9, 1830))
    clients.assert_kept()
    for each in (front, worker):
        each.assert_flat()
    minutes = (front.samples[-1][0] - front.samples[0][0]) / 60
    found(
        f"{minutes:.1f} minutes, {crowd.done + clients.done} fills of {CLIENTS} clients, warm-up by 8 included",
        "; ".join(f"{name} {each.summary}" for name, each in (("front", front), ("worker", worker))),
    )


@pytest.mark.parametrize(
    ("leak", "words"),
    [("kept.append(bytearray(1 << 20))", "it grew"), ("kept.append(open('/dev/null'))", "more descriptors")],
)
def test_control(leak: str, words: str) -> None:
    """A process that leaks is noticed."""
    code = f"import time\nkept = []\nwhile True:\n    {leak}\n    time.sleep(0.02)"
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        (leaking,) = watch([process.pid], 4)
    finally:
        process.kill()
        process.wait()
    with pytest.raises(AssertionError, match=words):
        leaking.assert_flat()
