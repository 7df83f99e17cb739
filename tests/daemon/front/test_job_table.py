"""How long answers stay for repeats by id. Time is a number here."""

from __future__ import annotations

import pytest

from daemon.config.schema import Quota
from daemon.front.job_table import KEEP_BYTES, KEEP_LEAST_BYTES, KEEP_SECONDS, JobTable
from daemon.protocol import Fill, Limits, Result
from model.errors import InputError

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


def test_further_variants_count_their_bytes_until_the_answer_and_half_the_pixels() -> None:
    one, three = JobTable(Limits(), Quota()), JobTable(Limits(), Quota())
    for jobs, variants in ((one, 1), (three, 3)):
        jobs.admit("anna", Fill("q", SIDE, SIDE, 3, "uint8", variants=variants), b"image", b"hole", 0.0)
    usages = [jobs.quotas.total for jobs in (one, three)]
    assert [usage.bytes for usage in usages] == [4 * SIDE**2, 10 * SIDE**2]
    assert [usage.pixels for usage in usages] == [SIDE**2, 2 * SIDE**2]
    job = three.take(0.0)
    three.finish(job, Result("q", SIDE, SIDE, 3, "uint8", 0.0, 0.0, variants=2), 2 * PICTURE, 0.0)
    assert (usages[1].bytes, usages[1].pixels, usages[1].requests) == (0, 0, 0)
    assert job.size == 10 * SIDE**2


def test_what_is_forbidden_counts_its_bytes_and_no_pixels() -> None:
    jobs = JobTable(Limits(), Quota())
    job, _ = jobs.admit("anna", Fill("q", SIDE, SIDE, 3, "uint8", forbid=True), b"image", b"masks", 0.0)
    assert (job.size, job.payload_bytes, job.pixels) == (5 * SIDE**2, 5 * SIDE**2, SIDE**2)
    with pytest.raises(InputError, match="another picture"):
        jobs.admit("anna", Fill("q", SIDE, SIDE, 3, "uint8", forbid=True), b"image", b"other", 0.0)


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
