"""The count of the front's calls as a command, and its two boundaries."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks.calls.__main__ import medians
from daemon.system.processes import python_command


def test_the_command_counts_from_request_to_worker_and_from_worker_to_client(tmp_path: Path) -> None:
    command, environment = python_command("benchmarks.calls")
    given = ["--fills", "2", "--list", "--json", str(tmp_path / "figures.json")]
    done = subprocess.run([*command, *given], env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    calls = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith(("admit ", "answer "))]
    names = {stage: [call for each, call in calls if each == stage] for stage in ("admit", "answer")}
    assert names["admit"][0].startswith("daemon/front/server.py:")  # the envelope of what was decoded
    assert names["admit"][1] == "daemon/front/server.py:_on_fill"
    assert names["admit"][-2:] == ["daemon/front/assigned_jobs.py:add", "daemon/front/assigned_jobs.py:_count"]
    assert names["answer"][0] == "daemon/front/worker_process.py:_note_time"
    assert names["answer"][-1] == "daemon/front/outbox.py:send"
    rows = json.loads((tmp_path / "figures.json").read_text())["rows"]
    assert {row["what"]: row["calls"] for row in rows} == {stage: len(each) for stage, each in names.items()}


def test_medians_are_of_calls_of_files_and_of_changes() -> None:
    fills = [{"admit": ["a:x", "b:y", "b:z", "a:x"]}, {"admit": ["a:x", "b:y"]}, {"admit": ["a:x", "a:y", "b:y"]}]
    assert medians("admit", fills) == {"calls": 3, "files": 2, "changes of file": 1}
