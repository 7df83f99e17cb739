"""One JSON line for each answered request, without any picture content. A full disk stops the log, not the service."""

from __future__ import annotations

import json
import logging
import logging.handlers
import time
from pathlib import Path

from daemon.front.job import Entry

LARGEST_FILE = 8 << 20


class RequestLog:
    """
    Args:
        path: file to append to, rolled over at 8 MiB with one old file kept; None writes to standard error.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.failures = 0
        self._handler = self._open(path)
        self._handler.handleError = self._count

    def write(self, entry: Entry) -> None:
        """Record an answered entry."""
        fill, run = entry.fill, entry.run_seconds
        self._emit(
            event="request",
            id=fill.id,
            user=entry.user,
            background=fill.is_background,
            outcome=entry.outcome,
            size=[fill.height, fill.width, fill.channels],
            dtype=fill.dtype,
            bucket=entry.bucket,
            queue_ms=round(entry.queue_seconds * 1000, 1),
            run_ms=None if run is None else round(run * 1000, 1),
            total_ms=round((entry.ended - entry.accepted) * 1000, 1),
            strikes=entry.strikes,
        )

    def note(self, event: str, **fields: object) -> None:
        """Record something that is not a request: start, stop, a worker's death."""
        self._emit(event=event, **fields)

    def _emit(self, **fields: object) -> None:
        text = json.dumps({"time": round(time.time(), 3), **fields}, ensure_ascii=False)
        self._handler.handle(logging.LogRecord("pconv", logging.INFO, "", 0, text, None, None))

    def _open(self, path: Path | None) -> logging.Handler:
        if path is None:
            return logging.StreamHandler()
        try:
            return logging.handlers.RotatingFileHandler(path, maxBytes=LARGEST_FILE, backupCount=1, encoding="utf-8")
        except OSError:
            self.failures += 1
            return logging.StreamHandler()

    def _count(self, record: logging.LogRecord) -> None:
        """In place of logging's own way to report a failed write, which is to write; `status` tells the number."""
        self.failures += 1
