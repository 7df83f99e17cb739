"""A client that was used before a fork serves the child too: by a connection of its own, never beyond its timeout."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon.conftest import RunningFront

SCRIPT = Path(__file__).with_name("forking.py")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")


def start(way: str, address: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), way, address]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)


def told(process: subprocess.Popen[str], text: str | None = None) -> list[str]:
    try:
        return process.communicate(text, timeout=30)[0].splitlines()
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail(f"it hangs after {process.communicate()[0].splitlines()}")


@pytest.mark.parametrize(
    ("way", "wanted"),
    [
        ("fork", ["first filled", "child filled filled", "ended 0", "parent filled"]),
        ("close", ["first filled", "ended 0", "parent filled"]),
        ("grandchild", ["first filled", "child filled", "grandchild filled", "ended 0", "ended 0"]),
        ("pool", ["first filled", "pool filled filled filled filled"]),
    ],
)
def test_children_are_served_too(front: RunningFront, way: str, wanted: list[str]) -> None:
    assert told(start(way, front.address)) == wanted


def test_a_lock_is_free_once_released_though_a_child_has_it_open(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from daemon.system.locks import FileLock; lock = FileLock(sys.argv[1]); lock.acquire();"
        "child = os.fork() or time.sleep(60); lock.release(); print(FileLock(sys.argv[1]).acquire()); os.kill(child, 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], capture_output=True, text=True)
    assert done.stdout == "True\n", done


def test_a_child_gives_up_in_time(front: RunningFront) -> None:
    process = start("timeout", front.address)
    assert [process.stdout.readline() for _ in range(2)] == ["first filled\n", "ready\n"]
    front.order("hold")
    assert told(process, "held\n") == ["child deadline", "ended 0", "soon"]
