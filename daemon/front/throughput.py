"""How fast the workers have been of late, as a whole, to tell those who must wait for how long.

Time is passed in, in monotonic seconds.
"""

from __future__ import annotations

import math

MEMORY_SECONDS = 60.0  # of working; what is older counts for less than 1/e


class Throughput:
    """Pixels done over the time in which there was something to do."""

    def __init__(self) -> None:
        self._pixels = 0.0
        self._seconds = 0.0
        self._since = 0.0

    @property
    def pixels_per_second(self) -> float | None:
        """None before anything was done."""
        return self._pixels / self._seconds if self._pixels and self._seconds else None

    def begin(self, now: float) -> None:
        """There is work again after a time without."""
        self._since = now

    def did(self, pixels: int, now: float) -> None:
        """So many pixels were done since the last call or `begin`; 0 for work that ended otherwise."""
        passed, self._since = max(0.0, now - self._since), now
        fading = math.exp(-passed / MEMORY_SECONDS)
        self._pixels = self._pixels * fading + pixels
        self._seconds = self._seconds * fading + passed

    def seconds(self, pixels: float) -> float | None:
        """About how long so many pixels take, None before anything was done."""
        rate = self.pixels_per_second
        return None if rate is None else pixels / rate
