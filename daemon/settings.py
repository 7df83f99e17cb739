"""What a front is told when it is made.

May know: paths, the configuration, how workers are started. Must not know: sockets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from daemon.config import DaemonConfig
from daemon.paths import RuntimePaths
from daemon.protocol import Limits
from daemon.quota import Quota
from daemon.supervisor import WorkerSettings


@dataclass(frozen=True)
class FrontSettings:
    """
    Args:
        paths: private directory of this daemon.
        listen: addresses as in the configuration; "local" is the socket in `paths`.
        idle_seconds: leave after so long without requests; None stays.
        workers: one for each device.
        log: file for the request log; None is standard error.
    """

    paths: RuntimePaths
    listen: tuple[str, ...] = ("local",)
    idle_seconds: float | None = None
    workers: tuple[WorkerSettings, ...] = (WorkerSettings(),)
    limits: Limits = field(default_factory=Limits)
    log: Path | None = None
    quota: Quota = field(default_factory=Quota)

    @staticmethod
    def of(config: DaemonConfig, paths: RuntimePaths) -> FrontSettings:
        """As configured; a daemon that is not the local one gets a directory of its own below `paths`."""
        if "local" not in config.listen:
            directory = paths.directory / "".join(c if c.isalnum() else "-" for c in config.listen[0])
            directory.mkdir(mode=0o700, exist_ok=True)
            paths = RuntimePaths(directory)
        return FrontSettings(
            paths=paths,
            listen=config.listen,
            idle_seconds=config.idle_seconds,
            workers=tuple(
                WorkerSettings(device, config.weights, config.dtype, config.threads)
                for device in config.device or [None]
            ),
            limits=config.limits,
            quota=config.quota,
            log=Path(config.log) if config.log else None,
        )
