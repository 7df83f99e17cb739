"""A daemon for tests, apart from any other."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def daemon_of_our_own(weights: Path) -> Iterator[Path]:
    """Yields the runtime directory of a daemon that the first client starts and that is stopped at the end."""
    from daemon.client.client import Client

    directory = Path(tempfile.mkdtemp(prefix="pconv-"))  # pytest's own are too long for a socket's path
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PCONV_ADDRESS", raising=False)
        patch.setenv("PCONV_RUNTIME_DIR", str(directory))
        patch.setenv("PCONV_WEIGHTS", str(weights))
        patch.setenv("PCONV_DEVICE", "cpu")
        patch.setenv("PCONV_IDLE_SECONDS", "300")
        patch.setenv("OMP_NUM_THREADS", "1")  # many small processes share the test machine
        try:
            yield directory
        finally:
            Client().stop()
            shutil.rmtree(directory)
