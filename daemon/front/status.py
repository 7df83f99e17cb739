"""What the front tells about itself: the welcome, and the map that `status` answers."""

from __future__ import annotations

import os
from typing import Any

from daemon import protocol
from daemon.front.access import may_control
from daemon.front.counters import Counters
from daemon.front.job_table import JobTable
from daemon.front.worker_pool import WorkerPool
from daemon.system.version import software


def welcome(pool: WorkerPool, limits: protocol.Limits) -> protocol.Welcome:
    ready = pool.ready
    return protocol.Welcome(
        protocol.VERSION,
        software(),
        limits,
        ready.tile_sides if ready else [],
        ready.info if ready else {},
        protocol.LATER_FIELDS,
    )


def status(pool: WorkerPool, jobs: JobTable, counters: Counters, **more: Any) -> dict[str, Any]:
    """For people and monitoring; `more` is what only the front knows."""
    ready = pool.ready
    return {
        "software": software(),
        "protocol": protocol.VERSION,
        "pid": os.getpid(),
        **more,
        "model": ready.info if ready else {},
        "buckets": ready.tile_sides if ready else [],
        "workers": [worker.to_dict() for worker in pool.workers],
        "queued": jobs.queued,
        "open": jobs.open_count,
        "open_bytes": jobs.quotas.total.bytes,
        "pixels_per_second": jobs.throughput.pixels_per_second,
        "users": _users(jobs, counters),
        **counters.to_dict(),
    }


def seen_by(user: str, status: dict[str, Any]) -> dict[str, Any]:
    """What this user may see: of other users nothing, unless the daemon is theirs to control."""
    if may_control(user):
        return status
    return {**status, "users": {name: row for name, row in status["users"].items() if name == user}}


def _users(jobs: JobTable, counters: Counters) -> dict[str, dict[str, int]]:
    """What each user has had answered, and what they have open."""
    users = {user: {**values, "open": 0, "open_bytes": 0} for user, values in counters.users().items()}
    for user, held in jobs.quotas.usages().items():
        row = users.setdefault(user, {"answered": 0, "pixels": 0})
        row.update(open=held.requests, open_bytes=held.bytes)
    return users
