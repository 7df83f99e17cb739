"""Whose turn it is in a worker, by the time that each user has had of it: of the engine's and of the planners'.

Time is passed in, in monotonic seconds.
"""

from __future__ import annotations

from collections import Counter

LEAD_SECONDS = 1.0  # that one who comes back may be before those who never paused,
NEW_LEAD_SECONDS = 0.05  # and one who was not here lately: many small requests fit into a second
CONTESTED_SECONDS = 10.0  # without a word of a second one, and the worker is for one alone again


class Turns:
    """A user who comes goes before those who work the worker all the time, until he has had as much as they."""

    def __init__(self) -> None:
        self._had: dict[str, float] = {}
        self._tasks: Counter[str] = Counter()
        self._seen: dict[tuple[str, bool], float] = {}

    def enter(self, user: str, is_background: bool, now: float) -> None:
        """A task of his has come."""
        if not self._tasks[user]:
            least = min((self._had[other] for other in self._tasks if self._tasks[other]), default=None)
            if least is None:
                self._had = {user: 0.0}  # what was had while nobody waited is owed to nobody
            else:
                self._had[user] = max(self._had.get(user, least - NEW_LEAD_SECONDS), least - LEAD_SECONDS)
        self._tasks[user] += 1
        self._seen[user, is_background] = now

    def leave(self, user: str, is_background: bool, now: float) -> None:
        """A task of his has ended."""
        self._tasks[user] -= 1
        self._seen[user, is_background] = now
        for who, seen in list(self._seen.items()):
            if now - seen > CONTESTED_SECONDS and not self._tasks[who[0]]:
                del self._seen[who]
                if who[0] not in {other for other, _ in self._seen}:
                    self._had.pop(who[0], None)
                    del self._tasks[who[0]]

    def charge(self, user: str, seconds: float) -> None:
        """He has had so much of the worker."""
        if user in self._had:
            self._had[user] += seconds

    def had(self, user: str) -> float:
        """To compare with others: who has had least is next."""
        return self._had.get(user, 0.0)

    def is_first(self, user: str) -> bool:
        """Whether all others who have tasks have had more than he."""
        had = self.had(user)
        return all(self._had[other] > had for other, tasks in self._tasks.items() if tasks and other != user)

    def is_contested(self, now: float) -> bool:
        """Whether somebody may come who would have to wait for another: then nothing long is begun."""
        return sum(now - seen < CONTESTED_SECONDS for seen in self._seen.values()) > 1
