"""The requests that a worker has, and their sums, which are asked for at every turn of the front's loop."""

from __future__ import annotations

from collections import Counter

from daemon.ledger import Entry


class Jobs(dict[int, Entry]):
    """By number. Entries come by `add` and go by `take`.

    Attributes:
        pixels: of the pictures.
        cost: in the pixels that count for fairness.
        struck: how many were there when a worker died.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pixels = self.cost = self.struck = 0
        self._turns: Counter[tuple[str, bool]] = Counter()

    def add(self, entry: Entry) -> None:
        self[entry.number] = entry
        self._count(entry, 1)

    def take(self, number: int) -> Entry | None:
        """Out of here, None where it is not."""
        entry = self.pop(number, None)
        if entry is not None:
            self._count(entry, -1)
        return entry

    def has_of(self, turn: tuple[str, bool]) -> bool:
        """Whether one of these is of this turn."""
        return self._turns[turn] > 0

    def _count(self, entry: Entry, sign: int) -> None:
        self.pixels += sign * entry.fill.hole_bytes
        self.cost += sign * entry.cost
        self.struck += sign * bool(entry.strikes)
        self._turns[entry.turn] += sign
        if not self._turns[entry.turn]:
            del self._turns[entry.turn]
