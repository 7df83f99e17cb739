"""What was done since the start, in numbers that only grow: for status, `pconv top` and Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import Any

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
ROWS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


class Histogram:
    """How many values were at most each bound."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def to_dict(self) -> dict[str, Any]:
        """`counts` has one place for each bound and one for what is above all."""
        return {"bounds": list(self.bounds), "counts": list(self.counts), "sum": round(self.sum, 6)}


class Counters:
    """Outcomes are "ok" and the codes of errors; a refused request never was in a queue and has an outcome only."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._pixels: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._queue, self._compute, self._total = Histogram(SECONDS), Histogram(SECONDS), Histogram(SECONDS)
        self._batches: dict[int, Histogram] = {}
        self._engine_seconds: Counter[int] = Counter()

    def refused(self, code: str) -> None:
        self.outcomes[code] += 1

    def answered(self, user: str, outcome: str, pixels: int, queue: float, total: float, compute: float | None) -> None:
        """Seconds in the queue, from end to end, and in the worker (None where the outcome is not "ok")."""
        self.outcomes[outcome] += 1
        self._requests[user] += 1
        self._pixels[user] += pixels
        self._queue.add(queue)
        self._total.add(total)
        if compute is not None:
            self._compute.add(compute)

    def ran(self, rows: int, side: int, seconds: float) -> None:
        """An engine run of so many contexts at one tile side."""
        self._batches.setdefault(side, Histogram(ROWS)).add(rows)
        self._engine_seconds[side] += seconds  # type: ignore[assignment]  # a Counter counts floats as well

    def to_dict(self) -> dict[str, Any]:
        return {
            "outcomes": dict(self.outcomes),
            "queue_seconds": self._queue.to_dict(),
            "compute_seconds": self._compute.to_dict(),
            "request_seconds": self._total.to_dict(),
            "batches": {
                str(side): {**rows.to_dict(), "engine_seconds": round(self._engine_seconds[side], 6)}
                for side, rows in sorted(self._batches.items())
            },
        }

    def users(self) -> dict[str, dict[str, int]]:
        """Requests answered and pixels sent, by user."""
        return {user: {"answered": count, "pixels": self._pixels[user]} for user, count in self._requests.items()}
