"""Where the front pins its status from time to time, for those who look from other threads."""

from __future__ import annotations

from typing import Any

STALE_SECONDS = 10.0  # a front that pinned nothing for so long hangs


class Board:
    """The last status, and when it was."""

    def __init__(self) -> None:
        self._pinned: tuple[dict[str, Any], float] | None = None

    def pin(self, status: dict[str, Any], now: float) -> None:
        self._pinned = (status, now)

    def read(self, now: float) -> dict[str, Any] | None:
        """None when the front does not move any more, or not yet."""
        pinned = self._pinned
        return pinned[0] if pinned and now - pinned[1] < STALE_SECONDS else None
