"""No damaged file is more than one sentence, whoever reads it."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

FILES = 220  # each kind about twice


@pytest.mark.slow
def test_damaged_files_are_read_or_refused_in_a_sentence() -> None:
    """In a process of its own, as a reader that crashes or hangs would take the tests with it."""
    command = [sys.executable, "-m", "tests.pconv.images.mutants", str(FILES)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert f"{FILES} files, 0 faults" in done.stdout


@pytest.mark.slow
def test_a_reader_that_never_ends_is_a_fault_that_names_its_file() -> None:
    code = """
from tests.pconv.images import mutants
mutants.LOOPS = 0.5
mutants.originals = lambda: [(".png", bytes(100))]
mutants.readers = lambda path: [lambda: max(iter(int, 1))]
mutants.main(1)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -signal.SIGPROF and "damaged0.png, reader 0" in done.stderr
