"""How the front leaves."""

from __future__ import annotations

FLUSH_SECONDS = 5.0  # for answers that nobody takes


class Drain:
    """Nothing new is begun, what was accepted is answered, then the front leaves. Asked twice, it leaves at once.

    Attributes:
        asked: how often, from outside: by any thread or a signal handler.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._limit: float | None = None

    @property
    def has_begun(self) -> bool:
        return self._limit is not None

    def begin(self, now: float) -> None:
        if self._limit is None:
            self._limit = now + FLUSH_SECONDS

    def is_over(self, open_count: int, unsent_bytes: int, now: float) -> bool:
        """Whether to leave, with so many requests without an answer and so much that clients have not taken."""
        if self.asked > 1:
            return True
        return self._limit is not None and not open_count and (not unsent_bytes or now > self._limit)
