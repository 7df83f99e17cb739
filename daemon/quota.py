"""What one user may have at a time and in the long run.

Time is passed in, in monotonic seconds.
"""

from __future__ import annotations

import math
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

Positive = Annotated[int, Meta(ge=1)]
Rate = Annotated[float, Meta(gt=0)]


class Quota(Struct, frozen=True):
    """Of each user; None is no bound of his own. A user who has nothing open is let in whatever his request's size."""

    max_requests: Annotated[Positive | None, Meta(description="requests a user may have open")] = None
    max_request_bytes: Annotated[Positive | None, Meta(description="bytes of a user's open requests")] = None
    pixels_per_second: Annotated[Rate | None, Meta(description="a user may send in the long run")] = None
    burst_seconds: Annotated[float, Meta(ge=0, description="of pixels_per_second that may come at once")] = 10.0


class OwnQuota(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What holds for one user in the place of everybody's quota; what is not set here is as there."""

    max_requests: Positive | UnsetType = UNSET
    max_request_bytes: Positive | UnsetType = UNSET
    pixels_per_second: Rate | UnsetType = UNSET
    burst_seconds: Annotated[float, Meta(ge=0)] | UnsetType = UNSET

    def over(self, common: Quota) -> Quota:
        return msgspec.structs.replace(common, **msgspec.to_builtins(self))


class Allowance:
    """A bucket of pixels that fills steadily. The last request may overdraw it, so that any size can pass."""

    def __init__(self, quota: Quota, now: float) -> None:
        self._rate = None if quota.pixels_per_second == math.inf else quota.pixels_per_second
        self._most = self._level = (self._rate or 0.0) * quota.burst_seconds
        self._at = now

    def wait(self, now: float) -> float | None:
        """Seconds until there is something in it; None when there is, or no rate is set."""
        self._fill(now)
        if self._rate is None or self._level > 0 or self._level == self._most:
            return None
        return -self._level / self._rate

    def spend(self, pixels: int, now: float) -> None:
        """Take pixels out; negative ones put them back."""
        self._fill(now)
        if self._rate is not None:
            self._level -= pixels

    def is_full(self, now: float) -> bool:
        self._fill(now)
        return self._level >= self._most

    def _fill(self, now: float) -> None:
        passed, self._at = max(0.0, now - self._at), now
        self._level = min(self._most, self._level + passed * (self._rate or 0.0))
