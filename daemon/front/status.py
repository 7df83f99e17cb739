"""What the front tells about itself: the welcome, and the map that `status` answers."""

from __future__ import annotations

import os
from typing import Any

from daemon import protocol
from daemon.front.access import may_control
from daemon.front.counters import Tally
from daemon.front.job_table import Ledger
from daemon.front.worker_pool import Pool
from daemon.system.version import software


def welcome(pool: Pool, limits: protocol.Limits) -> protocol.Welcome:
    ready = pool.ready
    return protocol.Welcome(
        protocol.VERSION,
        software(),
        limits,
        ready.buckets if ready else [],
        ready.info if ready else {},
        protocol.LATER_FIELDS,
    )


def status(pool: Pool, ledger: Ledger, tally: Tally, **more: Any) -> dict[str, Any]:
    """For people and monitoring; `more` is what only the front knows."""
    ready = pool.ready
    return {
        "software": software(),
        "protocol": protocol.VERSION,
        "pid": os.getpid(),
        **more,
        "model": ready.info if ready else {},
        "buckets": ready.buckets if ready else [],
        "workers": [worker.to_dict() for worker in pool.workers],
        "queued": ledger.queued,
        "open": ledger.open_count,
        "open_bytes": ledger.accounts.total.bytes,
        "pixels_per_second": ledger.pace.pixels_per_second,
        "users": _users(ledger, tally),
        **tally.to_dict(),
    }


def seen_by(user: str, status: dict[str, Any]) -> dict[str, Any]:
    """What this user may see: of other users nothing, unless the daemon is his to control."""
    if may_control(user):
        return status
    return {**status, "users": {name: row for name, row in status["users"].items() if name == user}}


def _users(ledger: Ledger, tally: Tally) -> dict[str, dict[str, int]]:
    """What each user has had answered, and what he has open."""
    users = {user: {**values, "open": 0, "open_bytes": 0} for user, values in tally.users().items()}
    for user, held in ledger.accounts.holdings().items():
        row = users.setdefault(user, {"answered": 0, "pixels": 0})
        row.update(open=held.requests, open_bytes=held.bytes)
    return users
