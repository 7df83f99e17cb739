"""When a worker that has nothing to do should give memory back."""

from __future__ import annotations

from typing import Literal

Rest = Literal["trim", "sleep"]


class Housekeeping:
    """A clock that says when an idle worker should give memory back.

    Args:
        trim_seconds: idle time after which what is only kept for later is given back.
        sleep_seconds: idle time after which the weights are given back too; `math.inf` is never.
    """

    def __init__(self, trim_seconds: float = 30.0, sleep_seconds: float = 600.0) -> None:
        self._plan: list[tuple[float, Rest]] = sorted([(trim_seconds, "trim"), (sleep_seconds, "sleep")])
        self.begin()

    def begin(self) -> None:
        """Something was done: idle time begins anew."""
        self._left = list(self._plan)
        self._idle_since: float | None = None

    def due(self, idle: bool, now: float) -> Rest | None:
        """What is to be done now; each thing is told once in each idle time."""
        if not idle:
            self.begin()
            return None
        if self._idle_since is None:
            self._idle_since = now
        if self._left and now - self._idle_since >= self._left[0][0]:
            return self._left.pop(0)[1]
        return None
