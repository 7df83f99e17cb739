"""What each user holds and may have more of, and how long one who must wait should wait.

Time is passed in, in monotonic seconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from daemon.config.schema import OwnQuota, Quota
from daemon.front.throughput import Throughput
from daemon.protocol import Limits
from model.errors import BusyError, InputError, PconvError

UNKNOWN_SECONDS = 1.0  # the wait proposed before anything was measured
SHORTEST_SECONDS, LONGEST_SECONDS = 0.05, 30.0


@dataclass
class Usage:
    """Accepted and not yet answered."""

    requests: int = 0
    bytes: int = 0
    pixels: int = 0

    def add(self, requests: int, size: int, pixels: int) -> None:
        self.requests += requests
        self.bytes += size
        self.pixels += pixels


@dataclass
class UserQuota:
    quota: Quota
    usage: Usage
    bucket: TokenBucket


class Quotas:
    """No user can fill the queue: beside the quotas, who holds more than is left free must wait.

    Args:
        quota: of each user, but for
        users: by name, those who have one of their own.
    """

    def __init__(
        self, limits: Limits, quota: Quota, throughput: Throughput, users: Mapping[str, OwnQuota] | None = None
    ) -> None:
        self._limits = limits
        self._quota = quota
        self._own = {user: own.over(quota) for user, own in (users or {}).items()}
        self._throughput = throughput
        self._users: dict[str, UserQuota] = {}
        self.total = Usage()

    def check(self, user: str, size: int, now: float) -> None:
        """May this user have one more request, of so many bytes?

        Raises:
            PconvError: "busy", with the wait after which there should be room; "too_large" where there never will be.
        """
        total, limits = self.total, self._limits
        if size > limits.max_request_bytes:
            raise InputError(
                "too_large",
                f"The request has {size} bytes, more than the {limits.max_request_bytes} this daemon holds of all; "
                "select a smaller hole, less context or fewer variants.",
            )
        if total.requests >= limits.max_requests or total.bytes + size > limits.max_request_bytes:
            raise self._crowded("The daemon has as much to do as it can hold", total.pixels)
        holder = self._users.get(user)
        if holder is None:
            return
        if reason := self._holds_too_much(holder, size):
            active = sum(1 for other in self._users.values() if other.usage.requests)
            raise self._crowded(reason, min(holder.usage.pixels * active, total.pixels))
        if (wait := holder.bucket.wait(now)) is not None:
            raise _busy("You have sent as many pixels as a user may for now", wait)

    def open(self, user: str, size: int, pixels: int, now: float) -> None:
        """A request was accepted."""
        if not self.total.requests:
            self._throughput.begin(now)
        if user not in self._users:
            quota = self._own.get(user, self._quota)
            self._users[user] = UserQuota(quota, Usage(), TokenBucket(quota, now))
        self._users[user].bucket.spend(pixels, now)
        self._users[user].usage.add(1, size, pixels)
        self.total.add(1, size, pixels)

    def close(self, user: str, size: int, pixels: int) -> None:
        """A request was answered."""
        self._users[user].usage.add(-1, -size, -pixels)
        self.total.add(-1, -size, -pixels)

    def withdraw(self, user: str, size: int, pixels: int, now: float) -> None:
        """A request was never there."""
        self.close(user, size, pixels)
        self._users[user].bucket.spend(-pixels, now)

    def forget_idle(self, now: float) -> None:
        """Drop users who hold nothing and may send as much as ever."""
        for user, holder in list(self._users.items()):
            if not holder.usage.requests and holder.bucket.is_full(now):
                del self._users[user]

    def usages(self) -> dict[str, Usage]:
        """Of the users with open requests."""
        return {user: holder.usage for user, holder in self._users.items() if holder.usage.requests}

    def _holds_too_much(self, holder: UserQuota, size: int) -> str | None:
        """Why this user must wait until some of their requests are answered."""
        held, quota, limits = holder.usage, holder.quota, self._limits
        if not held.requests:
            return None
        if quota.max_requests is not None and held.requests >= quota.max_requests:
            return f"You have {held.requests} requests here, as many as a user may have"
        if quota.max_request_bytes is not None and held.bytes + size > quota.max_request_bytes:
            return f"Your requests here hold {held.bytes / 1e6:.0f} MB, about as much as a user may have"
        free = limits.max_requests - self.total.requests
        if held.requests > free or held.bytes > limits.max_request_bytes - self.total.bytes:
            return "What room is left is for users who have less here than you"
        return None

    def _crowded(self, reason: str, pixels: float) -> PconvError:
        """Wait until half of what is before is done: then there is room, and the workers are not yet idle."""
        seconds = self._throughput.seconds(pixels / 2)
        return _busy(reason, UNKNOWN_SECONDS if seconds is None else seconds)


def _busy(reason: str, seconds: float) -> PconvError:
    wait = round(min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS), 3)
    return BusyError("busy", f"{reason}; try again in {max(1, round(wait))} s.", wait)


class TokenBucket:
    """A bucket of pixels that fills steadily. The last request may overdraw it, so that any size can pass."""

    def __init__(self, quota: Quota, now: float) -> None:
        self._rate = None if quota.pixels_per_second == math.inf else quota.pixels_per_second
        self._most = self._level = (self._rate or 0.0) * quota.burst_seconds
        self._at = now

    def wait(self, now: float) -> float | None:
        """Seconds until there is something in it; None when there is, or no rate is set."""
        if self._rate is None:
            return None
        self._fill(now)
        if self._level > 0 or self._level == self._most:
            return None
        return -self._level / self._rate

    def spend(self, pixels: int, now: float) -> None:
        """Take pixels out; negative ones put them back."""
        if self._rate is not None:
            self._fill(now)
            self._level -= pixels

    def is_full(self, now: float) -> bool:
        self._fill(now)
        return self._level >= self._most

    def _fill(self, now: float) -> None:
        passed, self._at = max(0.0, now - self._at), now
        self._level = min(self._most, self._level + passed * (self._rate or 0.0))
