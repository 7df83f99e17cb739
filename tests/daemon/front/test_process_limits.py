"""What the front takes of the system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SERVE = """
import os
from daemon.front.process_limits import give_pictures_back
if {gives}:
    give_pictures_back()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE") >> 20
before = resident()
b"x" * (30 << 20)
pictures, small = [], []
for _ in range(64):
    pictures.append(b"x" * (1 << 20))
    small.append(b"x" * 20_000)
del pictures
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, sets glibc")
@pytest.mark.parametrize("gives", [True, False])
def test_pictures_leave_nothing_behind(gives: bool) -> None:
    """Their memory is the system's again; glibc alone keeps it, as the control shows."""
    command = [sys.executable, "-c", SERVE.format(gives=gives)]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    assert (int(done.stdout) < 8) == gives


@pytest.mark.skipif(sys.platform == "win32", reason="sets POSIX limits")
def test_as_many_connections_as_the_system_allows() -> None:
    code = """
import resource
from daemon.front.process_limits import allow_many_connections
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
allow_many_connections()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["200", "200"]
