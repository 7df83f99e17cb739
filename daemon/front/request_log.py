"""One JSON line for each answered request, without any picture content. A full disk stops the log, not the service."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from daemon.front.job import Job

LARGEST_FILE = 8 << 20
_json = msgspec.json.Encoder()  # fast, but it escapes nothing beyond ASCII


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
        self._lines: list[str] = []
        if path is not None:
            self._try(1, self._open, path)

    def write(self, job: Job) -> None:
        """Record an answered job, by the next `flush`."""
        fill, run = job.fill, job.run_seconds
        self._add(
            event="request",
            id=fill.id,
            user=job.user,
            background=job.background,
            outcome=job.outcome,
            size=[fill.height, fill.width, fill.channels],
            dtype=fill.dtype,
            variants=fill.wanted,
            bucket=job.tile_side,
            queue_ms=round(job.queue_seconds * 1000, 1),
            run_ms=None if run is None else round(run * 1000, 1),
            total_ms=round((job.ended - job.accepted) * 1000, 1),
            deaths=job.deaths,
        )

    def note(self, event: str, **fields: object) -> None:
        """Record at once something that is not a request: start, stop, a worker's death."""
        self._add(event=event, **fields)
        self.flush()

    def close(self) -> None:
        """Write what is left and close the file; a line for it that comes later is counted as a failure."""
        self.flush()
        if self._file is not None:
            self._file.close()

    def flush(self) -> None:
        """Write what was recorded since the last call."""
        if self._lines:
            lines, self._lines = self._lines, []
            self._try(len(lines), self._append, "".join(lines))

    def _add(self, **fields: object) -> None:
        fields = {"time": round(time.time(), 3), **fields}
        text = _json.encode(fields).decode()
        self._lines.append((text if text.isascii() else json.dumps(fields)) + "\n")

    def _append(self, lines: str) -> None:
        if self._file is None or self._path is None:
            sys.stderr.write(lines)
            sys.stderr.flush()
            return
        data = lines.encode()
        if self._size and self._size + len(data) > LARGEST_FILE:
            os.replace(self._path, f"{self._path}.1")
            self._open(self._path)
        self._size += self._file.write(data)

    def _open(self, path: Path) -> None:
        before = self._file
        self._file = io.FileIO(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
        if before is not None:
            before.close()
        self._size = os.fstat(self._file.fileno()).st_size

    def _try(self, count: int, call: Callable[..., None], *arguments: object) -> None:
        """Count so many lines that cannot be written; `status` tells the number."""
        try:
            call(*arguments)
        except (OSError, ValueError, AttributeError):  # of a stream that is closed, or was never there
            self.failures += count
