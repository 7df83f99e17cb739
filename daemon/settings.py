"""What a front is told when it is made.

May know: paths, limits, how workers are started. Must not know: sockets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from daemon.paths import RuntimePaths
from daemon.protocol import Limits
from daemon.supervisor import WorkerSettings


@dataclass(frozen=True)
class FrontSettings:
    """
    Args:
        paths: private directory of this daemon.
        address: where to listen; None is the local socket in `paths`. TCP is for loopback only.
        idle_seconds: leave after so long without requests; None stays.
        workers: one for each device.
        log: file for the request log; None is standard error.
    """

    paths: RuntimePaths
    address: str | None = None
    idle_seconds: float | None = None
    workers: tuple[WorkerSettings, ...] = (WorkerSettings(),)
    limits: Limits = field(default_factory=Limits)
    log: Path | None = None
