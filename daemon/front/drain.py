"""How the front leaves."""

from __future__ import annotations

FLUSH_SECONDS = 5.0  # for answers that nobody takes


class Drain:
    """Nothing new is begun, what was accepted is answered, then the front leaves. Asked twice, it leaves at once.

    Attributes:
        asked: how often, from outside: by any thread or a signal handler.
        has_begun: whether nothing new is taken any more.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.has_begun = False
        self._limit = 0.0

    def begin(self, now: float) -> None:
        if not self.has_begun:
            self.has_begun, self._limit = True, now + FLUSH_SECONDS

    def is_over(self, open_count: int, unsent_bytes: int, now: float) -> bool:
        """Whether to leave, with so many requests without an answer and so much that clients have not taken."""
        if self.asked > 1:
            return True
        return self.has_begun and not open_count and (not unsent_bytes or now > self._limit)
