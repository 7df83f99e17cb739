"""Whose request is next: deficit round-robin over users by pixels; a user's interactive fills before the others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

QUANTUM = 256 * 256  # pixels a user may launch in each round, one small request; unused ones last while they have work


class Queueable(Protocol):
    """What the queue needs to know of a request; none of it changes while it is queued."""

    @property
    def user(self) -> str: ...

    @property
    def number(self) -> int:
        """Its own alone; those that came later have larger ones."""
        ...

    @property
    def cost(self) -> int:
        """In pixels."""
        ...

    @property
    def background(self) -> bool:
        """Whether the user's other requests go first."""
        ...


Item = TypeVar("Item", bound=Queueable)


class Turn(Generic[Item]):
    """One user's queued requests and what they may still launch before it is another's turn."""

    def __init__(self) -> None:
        self.credit = QUANTUM
        self.interactive: dict[int, Item] = {}
        self.background: dict[int, Item] = {}

    def __len__(self) -> int:
        return len(self.interactive) + len(self.background)

    def __iter__(self) -> Iterator[Item]:
        yield from self.interactive.values()
        yield from self.background.values()

    @property
    def first(self) -> Item:
        return next(iter((self.interactive or self.background).values()))

    def lane(self, item: Item) -> dict[int, Item]:
        return self.background if item.background else self.interactive


class FairQueue(Generic[Item]):
    """One user's flood makes that user's own requests wait, not those of others."""

    def __init__(self) -> None:
        self._again: dict[int, Item] = {}
        self._turns: OrderedDict[str, Turn[Item]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._again) + sum(map(len, self._turns.values()))

    def __contains__(self, item: Item) -> bool:
        turn = self._turns.get(item.user)
        return item.number in self._again or (turn is not None and item.number in turn.lane(item))

    def add(self, item: Item) -> None:
        turn = self._turns.setdefault(item.user, Turn())
        turn.lane(item)[item.number] = item

    def requeue(self, items: list[Item]) -> None:
        """Taken ones, to be taken again before all others; they are not charged twice."""
        together = [*items, *self._again.values()]
        self._again = {item.number: item for item in sorted(together, key=lambda item: item.number)}

    def remove(self, item: Item) -> None:
        """Forget one that is in the queue."""
        if self._again.pop(item.number, None) is None:
            turn = self._turns[item.user]
            del turn.lane(item)[item.number]
            if not turn:
                del self._turns[item.user]

    def head(self) -> Item | None:
        """The next one; the same until it is taken or removed, or one of the same user goes before it."""
        if self._again:
            return next(iter(self._again.values()))
        while self._turns:
            for _ in range(len(self._turns)):
                user, turn = next(iter(self._turns.items()))
                first = turn.first
                if turn.credit >= first.cost:
                    return first
                turn.credit += QUANTUM
                self._turns.move_to_end(user)
            self._skip_idle_rounds()
        return None

    def heads(self) -> Iterator[Item]:
        """The next one, then the first ones of the other users, whose turns come after it."""
        first = self.head()
        if first is not None:
            yield first
            for user, turn in list(self._turns.items()):
                if user != first.user:
                    yield turn.first

    def take(self, item: Item | None = None) -> Item | None:
        """Remove and return the head, or another one of `heads`, whose user pays for it when their turn comes."""
        item = item or self.head()
        if item is not None:
            if item.number not in self._again:
                self._turns[item.user].credit -= item.cost
            self.remove(item)
        return item

    def position(self, item: Item) -> int:
        """About how many are launched until this one is, itself included: as if all requests were of one size."""
        if item.number in self._again:
            return list(self._again).index(item.number) + 1
        own = [each.number for each in self._turns[item.user]].index(item.number) + 1
        return len(self._again) + sum(min(own, len(turn)) for turn in self._turns.values())

    def __iter__(self) -> Iterator[Item]:
        """Every one, in no promised order."""
        yield from list(self._again.values())
        for turn in list(self._turns.values()):
            yield from list(turn)

    def _skip_idle_rounds(self) -> None:
        """A round has launched nothing, since every head is large: give at once what the idle rounds would give."""
        lacking = min(turn.first.cost - turn.credit for turn in self._turns.values())
        rounds = max(0, -(-lacking // QUANTUM))
        for turn in self._turns.values():
            turn.credit += rounds * QUANTUM
