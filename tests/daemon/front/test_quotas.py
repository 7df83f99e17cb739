"""Who may have more: limits, shares, quotas, and waits that follow from the real state. Time is a number here."""

from __future__ import annotations

import math

import pytest

from daemon.config.schema import OwnQuota, Quota
from daemon.front.quotas import LONGEST_SECONDS, UNKNOWN_SECONDS, Quotas, TokenBucket
from daemon.front.throughput import Throughput
from daemon.protocol import Limits
from model.errors import PconvError

PIXELS = 1000


class Door:
    """Quotas at a clock; requests of 10 bytes and 1000 pixels."""

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008
        quota: Quota = Quota(),  # noqa: B008
        rate: int | None = None,
        users: dict[str, OwnQuota] | None = None,
    ) -> None:
        throughput = Throughput()
        if rate:
            throughput.begin(0.0)
            throughput.did(rate * 10, 10.0)
        self.quotas = Quotas(limits, quota, throughput, users)
        self.now = 100.0

    def ask(self, user: str, size: int = 10, pixels: int = PIXELS) -> PconvError | None:
        try:
            self.quotas.check(user, size, self.now)
        except PconvError as error:
            assert error.code == "busy" and error.retry_after is not None and error.retry_after > 0
            return error
        self.quotas.open(user, size, pixels, self.now)
        return None

    def admitted(self, user: str, tries: int, size: int = 10) -> int:
        return sum(self.ask(user, size) is None for _ in range(tries))


def test_the_queue_is_bounded_by_count_and_by_bytes() -> None:
    for limits, most in ((Limits(max_requests=7), 7), (Limits(max_request_bytes=55), 5)):
        door = Door(limits)
        assert sum(door.admitted(f"user{i}", 1) for i in range(100)) == most


def test_what_never_fits_is_not_told_to_wait() -> None:
    with pytest.raises(PconvError, match="56 bytes, more than the 55"):
        Door(Limits(max_request_bytes=55)).quotas.check("anna", 56, 0.0)


def test_floods_leave_room_for_a_newcomer() -> None:
    door = Door(Limits(max_requests=100))
    held = [door.admitted(f"flooder{i}", 1000) for i in range(4)]
    assert held[0] == 51 and min(held) >= 1
    assert door.admitted("newcomer", 1) == 1


def test_large_pictures_leave_room_too() -> None:
    door = Door(Limits(max_request_bytes=1000))
    assert door.admitted("flooder", 100, size=100) == 6
    assert door.admitted("newcomer", 1, size=400) == 1


def test_one_user_may_have_more_or_less_than_the_others() -> None:
    users = {"anna": OwnQuota(max_requests=5), "bert": OwnQuota(pixels_per_second=math.inf)}
    door = Door(quota=Quota(max_requests=3, pixels_per_second=PIXELS, burst_seconds=2), users=users)
    assert door.admitted("carl", 9) == 2  # his pixels
    assert door.admitted("bert", 9) == 3
    door.now += 1000
    assert door.admitted("anna", 9) == 2
    door.now += 2
    assert door.admitted("anna", 9) == 2
    door.now += 2
    assert door.admitted("anna", 9) == 1


def test_quota_of_requests_and_of_bytes() -> None:
    door = Door(quota=Quota(max_requests=3))
    assert (door.admitted("a", 10), door.admitted("b", 10)) == (3, 3)
    door.quotas.close("a", 10, PIXELS)
    assert door.admitted("a", 10) == 1
    door = Door(quota=Quota(max_request_bytes=35))
    assert door.admitted("a", 10) == 3
    assert Door(quota=Quota(max_request_bytes=35)).ask("alone", size=1000) is None


def test_quota_of_pixels_per_second() -> None:
    door = Door(quota=Quota(pixels_per_second=1000, burst_seconds=2))
    assert door.admitted("a", 10) == 2
    refused = door.ask("a")
    assert refused is not None and door.ask("b") is None
    for _ in range(5):
        door.now += refused.retry_after + 0.001
        assert door.ask("a") is None
        refused = door.ask("a")
        assert refused is not None and 0.9 <= refused.retry_after <= 1.1


def test_a_picture_larger_than_the_allowance_passes_and_is_paid_for() -> None:
    quota = Quota(pixels_per_second=1000, burst_seconds=1)
    bucket = TokenBucket(quota, 0.0)
    bucket.spend(5000, 0.0)
    assert bucket.wait(0.0) == pytest.approx(4.0)
    assert bucket.wait(3.9) == pytest.approx(0.1)
    assert bucket.wait(4.1) is None
    assert not bucket.is_full(4.1) and bucket.is_full(5.0)


def test_without_a_rate_nothing_is_counted() -> None:
    bucket = TokenBucket(Quota(), 0.0)
    bucket.spend(1 << 40, 0.0)
    assert bucket.wait(0.0) is None and bucket.is_full(0.0)


@pytest.mark.parametrize(("rate", "wait"), [(None, UNKNOWN_SECONDS), (500, 10.0), (5000, 1.0), (1, LONGEST_SECONDS)])
def test_the_wait_follows_from_backlog_and_pace(rate: int | None, wait: float) -> None:
    door = Door(Limits(max_requests=10), rate=rate)
    for user in "abcdefghij":
        assert door.ask(user) is None
    refused = door.ask("k")
    assert refused is not None and refused.retry_after == wait


def test_one_users_wait_is_for_his_own_share() -> None:
    door = Door(quota=Quota(max_requests=2), rate=1000)
    assert door.admitted("a", 2) == 2
    alone = door.ask("a")
    assert [door.admitted(user, 2) for user in "bcd"] == [2, 2, 2]
    among_four = door.ask("a")
    assert alone is not None and among_four is not None
    assert (alone.retry_after, among_four.retry_after) == (1.0, 4.0)


def test_withdrawn_requests_cost_nothing() -> None:
    door = Door(quota=Quota(pixels_per_second=1000, burst_seconds=1))
    for _ in range(5):
        assert door.ask("a") is None
        door.quotas.withdraw("a", 10, PIXELS, door.now)
    assert door.quotas.total.requests == door.quotas.total.bytes == door.quotas.total.pixels == 0


def test_users_are_forgotten_when_nothing_is_held_against_them() -> None:
    door = Door(quota=Quota(pixels_per_second=1000, burst_seconds=1))
    door.ask("a")
    door.quotas.close("a", 10, PIXELS)
    door.quotas.forget_idle(door.now)
    assert "a" in door.quotas._users
    door.quotas.forget_idle(door.now + 2)
    assert not door.quotas._users


def test_pace_counts_working_time_only_and_forgets() -> None:
    throughput = Throughput()
    assert throughput.pixels_per_second is None and throughput.seconds(5) is None
    throughput.begin(0.0)
    throughput.did(100, 1.0)
    throughput.begin(1000.0)
    throughput.did(100, 1001.0)
    assert throughput.pixels_per_second == pytest.approx(100, rel=0.01)
    for second in range(1002, 1602):
        throughput.did(10, float(second))
    assert throughput.pixels_per_second == pytest.approx(10, rel=0.01)
    throughput.did(0, 1602.0)
    assert throughput.pixels_per_second < 10
