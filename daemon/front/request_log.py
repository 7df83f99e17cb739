"""One JSON line for each answered request, without any picture content. A full disk stops the log, not the service."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from daemon.front.job import Job

LARGEST_FILE = 8 << 20


class RequestLog:
    """A file, or standard error, that gets one line for each answered request.

    Args:
        path: file to append to, rolled over at 8 MiB with one old file kept; None writes to standard error.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.failures = 0
        self._path = path
        self._file: io.FileIO | None = None
        self._size = 0
        if path is not None:
            self._try(self._open, path)

    def write(self, job: Job) -> None:
        """Record an answered job."""
        fill, run = job.fill, job.run_seconds
        self._emit(
            event="request",
            id=fill.id,
            user=job.user,
            background=fill.is_background,
            outcome=job.outcome,
            size=[fill.height, fill.width, fill.channels],
            dtype=fill.dtype,
            bucket=job.tile_side,
            queue_ms=round(job.queue_seconds * 1000, 1),
            run_ms=None if run is None else round(run * 1000, 1),
            total_ms=round((job.ended - job.accepted) * 1000, 1),
            deaths=job.deaths,
        )

    def note(self, event: str, **fields: object) -> None:
        """Record something that is not a request: start, stop, a worker's death."""
        self._emit(event=event, **fields)

    def _emit(self, **fields: object) -> None:
        text = json.dumps({"time": round(time.time(), 3), **fields})
        self._try(self._append, f"{text}\n")

    def _append(self, line: str) -> None:
        if self._file is None or self._path is None:
            sys.stderr.write(line)
            sys.stderr.flush()
            return
        data = line.encode()
        if self._size and self._size + len(data) > LARGEST_FILE:
            os.replace(self._path, f"{self._path}.1")
            self._open(self._path)
        self._size += self._file.write(data)

    def _open(self, path: Path) -> None:
        self._file = io.FileIO(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
        self._size = os.fstat(self._file.fileno()).st_size

    def _try(self, call: Callable[..., None], *arguments: object) -> None:
        """What cannot be written is counted, and `status` tells the number."""
        try:
            call(*arguments)
        except (OSError, ValueError, AttributeError):  # of a stream that is closed, or was never there
            self.failures += 1
