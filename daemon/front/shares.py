"""Something of which there is a bounded amount, shared by users so that no one can take it all."""

from __future__ import annotations

from collections import Counter


class Shares:
    """A bounded amount, handed out to users.

    Args:
        total: of all together.
        each: the most that one user may hold.
        kept: of the total, for those alone who run the daemon.
    """

    def __init__(self, total: int, each: int, kept: int = 0) -> None:
        self._total, self._each, self._kept = total, each, kept
        self._held: Counter[str] = Counter()
        self._taken = 0

    @property
    def taken(self) -> int:
        return self._taken

    def held(self, user: str) -> int:
        return self._held[user]

    def take(self, user: str, amount: int, runs_it: bool = False) -> bool:
        """False where there is too little left, or this user has had his part."""
        if self._taken + amount > self._total - (0 if runs_it else self._kept):
            return False
        if self._held[user] + amount > self._each:
            return False
        self._held[user] += amount
        self._taken += amount
        return True

    def give(self, user: str, amount: int) -> None:
        """Back what was taken."""
        self._taken -= amount
        self._held[user] -= amount
        if not self._held[user]:
            del self._held[user]
