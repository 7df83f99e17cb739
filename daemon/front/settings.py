"""What a front is told when it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import zmq

from daemon.config.schema import DaemonConfig, OwnQuota, Quota
from daemon.front.access import Access
from daemon.front.worker_settings import WorkerSettings
from daemon.protocol import Limits
from daemon.system.directories import RuntimePaths
from daemon.transport.address import LOCAL
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import identity


@dataclass(frozen=True)
class FrontSettings:
    """All that a front is told.

    Args:
        paths: private directory of this daemon.
        listen: addresses as in the configuration; "local" is the socket in `paths`.
        idle_seconds: leave after so long without requests; None stays.
        workers: one for each device.
        log: file for the request log; None is standard error.
        keys: folder of the keys of TCP; None is the user's.
        quota: of each user.
        users: quotas of single ones, by name.
        metrics_port: of /metrics, /live and /ready on loopback; None serves none.
        metrics_users: whether /metrics names users.
    """

    paths: RuntimePaths
    listen: tuple[str, ...] = ("local",)
    idle_seconds: float | None = None
    workers: tuple[WorkerSettings, ...] = (WorkerSettings(),)
    limits: Limits = field(default_factory=Limits)
    log: Path | None = None
    quota: Quota = field(default_factory=Quota)
    users: Mapping[str, OwnQuota] = field(default_factory=dict)
    metrics_port: int | None = None
    metrics_users: bool = False
    keys: Path | None = None

    def open_access(self, note: Callable[..., None], inherited: Iterable[str] = ()) -> Access | None:
        """The guard of TCP, to be had before anything is bound; None without TCP or before `pconv-daemon keys init`.

        Where there is no ipc the user's own socket is TCP too: it is guarded, and the user's own key let in.
        """
        ring = KeyRing(self.keys)
        if LOCAL in self.listen and not zmq.has("ipc"):
            made, _ = ring.init()
            return Access(ring, made, note, identity().public)
        pair = ring.pair() if any(text.startswith("tcp:") for text in (*self.listen, *inherited)) else None
        return None if pair is None else Access(ring, pair, note)

    @staticmethod
    def of(config: DaemonConfig, paths: RuntimePaths) -> FrontSettings:
        """As configured; a daemon that is not the local one gets a directory of its own below `paths`."""
        if LOCAL not in config.listen:
            directory = paths.directory / "".join(c if c.isalnum() else "-" for c in config.listen[0])
            directory.mkdir(mode=0o700, exist_ok=True)
            paths = RuntimePaths(directory)
        return FrontSettings(
            paths=paths,
            listen=config.listen,
            idle_seconds=config.idle_seconds,
            workers=_workers(config),
            limits=config.limits,
            quota=config.quota,
            users=config.users,
            metrics_port=config.metrics_port,
            metrics_users=config.metrics_users,
            log=Path(config.log) if config.log else None,
            keys=Path(config.keys) if config.keys else None,
        )


def _workers(config: DaemonConfig) -> tuple[WorkerSettings, ...]:
    """One for each device; one for a whole cluster."""
    common = WorkerSettings(
        weights=config.weights,
        dtype=config.dtype,
        threads=config.threads,
        trim_seconds=config.trim_seconds,
        sleep_seconds=config.sleep_seconds,
        run_seconds=config.run_seconds,
    )
    devices = config.device or (None,)
    if config.backend == "ray":
        cluster = replace(
            common, module="daemon.worker.ray_worker", ray_address=config.ray_address, replicas=config.replicas
        )
        return (replace(cluster, device=devices[0]),)
    return tuple(replace(common, device=device) for device in devices)
