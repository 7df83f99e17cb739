"""Memory of pictures that have left is the system's again; glibc alone keeps it, as the control shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SERVE = """
import os
from daemon.frontmemory import give_pictures_back
if {gives}:
    give_pictures_back()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE") >> 20
before = resident()
bytearray(30 << 20)
pictures, small = [], []
for _ in range(64):
    pictures.append(bytearray(1 << 20))
    small.append(bytearray(600))
del pictures
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, sets glibc")
@pytest.mark.parametrize("gives", [True, False])
def test_pictures_leave_nothing_behind(gives: bool) -> None:
    command = [sys.executable, "-c", SERVE.format(gives=gives)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert (int(done.stdout) < 8) == gives
