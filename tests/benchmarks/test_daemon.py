"""The daemon's benchmark as a command: every row is there, and is a figure."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.system.processes import python_command


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads memory from /proc")
def test_the_command_leaves_a_table(tmp_path: Path, small_weights: Path) -> None:
    command, environment = python_command("benchmarks.daemon")
    given = ["--weights", str(small_weights), "--dtype", "float32", "--json", str(tmp_path / "figures.json")]
    few = ["--turns", "1", "--fills", "2", "--rounds", "1", "--clients", "2"]
    done = subprocess.run([*command, *given, *few], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "figures.json").read_text())["rows"]
    assert len(rows) == 11 and all(row["daemon"] > 0 for row in rows)
    compared = [row for row in rows if row["ratio"] is not None]
    assert len(compared) == 5
    latencies = [row for row in compared if row["what"].startswith("p50")]
    assert all(row["ratio"] == pytest.approx(row["daemon"] / row["bare engine"]) for row in latencies)
