"""How long answers stay for repeats by id. Time is a number here."""

from __future__ import annotations

from daemon.config.schema import Quota
from daemon.front.job_table import KEEP_BYTES, KEEP_LEAST_BYTES, KEEP_SECONDS, JobTable
from daemon.protocol import Fill, Limits, Result

SIDE = 512
PICTURE = bytes(3 * SIDE * SIDE)
SIZE = 7 * SIDE * SIDE  # of a request and its answer


def fills(jobs: JobTable, begin: int, count: int, now: float = 0.0, answered: bool = True) -> None:
    for number in range(begin, begin + count):
        fill = Fill(f"q{number}", SIDE, SIDE, 3, "uint8")
        job, fresh = jobs.admit("anna", fill, b"image", b"hole", now)
        assert fresh
        if answered:
            reply = Result(fill.id, SIDE, SIDE, 3, "uint8", 0.0, 0.0)
            jobs.take(now)
            jobs.finish(job, reply, PICTURE, now)


def kept(jobs: JobTable, count: int, now: float = 0.0) -> int:
    """How many of the first so many are answered at once when they are asked again."""
    asked = [Fill(f"q{number}", SIDE, SIDE, 3, "uint8") for number in reversed(range(count))]
    return sum(not jobs.admit("anna", fill, b"image", b"hole", now)[1] for fill in asked)


def test_answers_stay_for_a_while() -> None:
    jobs = JobTable(Limits(), Quota())
    fills(jobs, 0, 3)
    jobs.forget_old(KEEP_SECONDS - 1)
    assert kept(jobs, 3) == 3
    jobs.forget_old(KEEP_SECONDS + 1)
    assert kept(jobs, 3) == 0


def test_answers_give_way_as_requests_come() -> None:
    jobs = JobTable(Limits(), Quota())
    fills(jobs, 0, 10)
    fills(jobs, 1000, 30, answered=False)
    assert kept(jobs, 10) == KEEP_LEAST_BYTES // SIZE


def test_answers_give_way_to_open_requests() -> None:
    alone, busy = JobTable(Limits(), Quota()), JobTable(Limits(), Quota())
    fills(busy, 1000, 30, answered=False)
    for jobs in (alone, busy):
        fills(jobs, 0, 40)
    assert kept(alone, 40) == KEEP_BYTES // SIZE
    assert kept(busy, 40) == KEEP_LEAST_BYTES // SIZE
