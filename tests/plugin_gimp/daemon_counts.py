"""What the daemon of the tests has done and does."""

from __future__ import annotations

from daemon.client.client import Client


def open_requests() -> int:
    with Client() as client:
        return client.status()["open"]


def fills(outcome: str = "ok") -> int:
    """How many fills have ended so since it started."""
    with Client() as client:
        return client.status()["outcomes"].get(outcome, 0)
