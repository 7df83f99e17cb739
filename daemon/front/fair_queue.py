"""Whose request is next: deficit round-robin over users by pixels; a user's interactive fills before the others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.front.job import Entry

QUANTUM = 256 * 256  # pixels a user may launch in each round, one small request; unused ones are kept while he has work


class Turn:
    """One user's queued requests and what he may still launch before it is another's turn."""

    def __init__(self) -> None:
        self.credit = QUANTUM
        self.interactive: dict[int, Entry] = {}
        self.background: dict[int, Entry] = {}

    def __len__(self) -> int:
        return len(self.interactive) + len(self.background)

    def __iter__(self) -> Iterator[Entry]:
        yield from self.interactive.values()
        yield from self.background.values()

    @property
    def first(self) -> Entry:
        return next(iter(self))

    def lane(self, entry: Entry) -> dict[int, Entry]:
        return self.background if entry.fill.is_background else self.interactive


class FairQueue:
    """A flood of one user makes his own requests wait, not those of others."""

    def __init__(self) -> None:
        self._again: dict[int, Entry] = {}
        self._turns: OrderedDict[str, Turn] = OrderedDict()

    def __len__(self) -> int:
        return len(self._again) + sum(map(len, self._turns.values()))

    def __contains__(self, entry: Entry) -> bool:
        turn = self._turns.get(entry.user)
        return entry.number in self._again or (turn is not None and entry.number in turn.lane(entry))

    def add(self, entry: Entry) -> None:
        turn = self._turns.setdefault(entry.user, Turn())
        turn.lane(entry)[entry.number] = entry

    def put_back(self, entries: list[Entry]) -> None:
        """Taken ones, to be taken again before all others; they are not charged twice."""
        together = [*entries, *self._again.values()]
        self._again = {entry.number: entry for entry in sorted(together, key=lambda entry: entry.number)}

    def remove(self, entry: Entry) -> None:
        """Forget an entry that is in the queue."""
        if self._again.pop(entry.number, None) is None:
            del self._turns[entry.user].lane(entry)[entry.number]
            self._leave_if_done(entry.user)

    def head(self) -> Entry | None:
        """The next entry; the same until it is taken or removed, or one of the same user goes before it."""
        if self._again:
            return next(iter(self._again.values()))
        while self._turns:
            for _ in range(len(self._turns)):
                user, turn = next(iter(self._turns.items()))
                if turn.credit >= turn.first.cost:
                    return turn.first
                turn.credit += QUANTUM
                self._turns.move_to_end(user)
            self._skip_idle_rounds()
        return None

    def take(self) -> Entry | None:
        """Remove and return the head."""
        entry = self.head()
        if entry is not None:
            if entry.number not in self._again:
                self._turns[entry.user].credit -= entry.cost
            self.remove(entry)
        return entry

    def position(self, entry: Entry) -> int:
        """About how many are launched until this one is, itself included: as if all requests were of one size."""
        if entry.number in self._again:
            return list(self._again).index(entry.number) + 1
        own = [each.number for each in self._turns[entry.user]].index(entry.number) + 1
        return len(self._again) + sum(min(own, len(turn)) for turn in self._turns.values())

    def __iter__(self) -> Iterator[Entry]:
        """Every entry, in no promised order."""
        yield from list(self._again.values())
        for turn in list(self._turns.values()):
            yield from list(turn)

    def _skip_idle_rounds(self) -> None:
        """A round has launched nothing, since every head is large: give at once what the idle rounds would give."""
        lacking = min(turn.first.cost - turn.credit for turn in self._turns.values())
        rounds = max(0, -(-lacking // QUANTUM))
        for turn in self._turns.values():
            turn.credit += rounds * QUANTUM

    def _leave_if_done(self, user: str) -> None:
        if not self._turns[user]:
            del self._turns[user]
