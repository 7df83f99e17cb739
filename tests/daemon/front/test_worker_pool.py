"""What the pool says of its workers, heard from workers that are no processes. Time is a number here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from daemon.front.assigned_jobs import AssignedJobs
from daemon.front.job import Job
from daemon.front.job_table import JobTable
from daemon.front.worker_pool import (
    PATIENCE_SECONDS,
    Finished,
    PoolEvent,
    Progressed,
    WorkerDied,
    WorkerPool,
    WorkerReady,
)
from daemon.protocol import Error, Fill, Limits, Result, worker_messages
from daemon.protocol.worker_messages import BatchRan
from model.errors import DeviceError, PconvError

SIDE = 512


class Worker:
    """A worker that says what it is given to say."""

    def __init__(self, name: str = "worker0") -> None:
        self.name, self.state, self.end = name, "ready", "it ended with exit code -9"
        self.jobs = AssignedJobs()
        self.says: list[tuple[Any, Any]] = []
        self.dies = self.said_why = False
        self.woken = 0
        self.error: PconvError | None = None

    def has_room(self, job: Job) -> bool:
        return self.state == "ready" and not (self.jobs and job.deaths)

    def launch(self, job: Job) -> None:
        self.jobs.add(job)

    def receive(self, now: float) -> Iterator[tuple[Any, Any]]:
        while self.says:
            yield self.says.pop(0)

    def is_dead(self, now: float) -> bool:
        dies, self.dies = self.dies, False
        return dies

    def reap(self, now: float) -> list[Job]:
        lost, self.jobs = list(self.jobs.values()), AssignedJobs()
        return lost

    def start_if_due(self, now: float) -> None: ...

    def wake(self, now: float) -> bool:
        self.woken += 1
        return self.state != "failed"

    def retry_after(self, now: float) -> float:
        return 2.0


def made(count: int = 1, requests: int = 1, budget_ms: int | None = None) -> tuple[WorkerPool, list[Worker], list[Job]]:
    """A pool, its workers, and jobs that are queued for them."""
    table = JobTable(Limits())
    workers = [Worker(f"worker{i}") for i in range(count)]
    fills = [Fill(f"q{i}", SIDE, SIDE, 3, "uint8", budget_ms=budget_ms) for i in range(requests)]
    jobs = [table.admit("anna", fill, b"image", b"hole", 0.0)[0] for fill in fills]
    return WorkerPool(workers, table), workers, jobs  # type: ignore[arg-type]


def heard(pool: WorkerPool, now: float = 1.0) -> list[PoolEvent]:
    return list(pool.poll(now))


def test_an_answer_comes_with_its_job_and_its_picture_once() -> None:
    pool, (worker,), (job,) = made()
    pool.dispatch(0.25)
    done = worker_messages.Done(job.number, 7.0, 256, 3, 4, 50, 60)
    worker.says = [(done, b"picture"), (done, b"again")]
    assert heard(pool) == [Finished(job, Result("q0", 50, 60, 3, "uint8", 250.0, 7.0, 3, 4), b"picture")]
    assert job.tile_side == 256 and not worker.jobs


def test_a_failure_is_an_answer_without_a_picture() -> None:
    pool, (worker,), (job,) = made()
    pool.dispatch(0.0)
    worker.says = [(worker_messages.Failed(job.number, "bad_hole", "There is no hole.", "input"), None)]
    assert heard(pool) == [Finished(job, Error("bad_hole", "There is no hole.", "q0", kind="input"), None)]


def test_progress_of_a_job_that_is_there_and_what_workers_say_of_themselves() -> None:
    pool, (worker,), (job,) = made()
    pool.dispatch(0.0)
    worker.says = [
        (worker_messages.Ready({"model": "paper"}, [256], 8), None),
        (worker_messages.Heartbeat(0.0, "full"), None),
        (BatchRan(4, 256, 9.0), None),
        (worker_messages.Progressed(job.number, 1, 3), None),
        (worker_messages.Progressed(job.number + 1, 1, 3), None),
    ]
    ready, ran, progressed = heard(pool)
    assert ready == WorkerReady("worker0", {"model": "paper"}) and ran == BatchRan(4, 256, 9.0)
    assert isinstance(progressed, Progressed) and progressed.job is job
    assert (progressed.event.id, progressed.event.done, progressed.event.total) == ("q0", 1, 3)


def test_what_a_dead_worker_had_goes_alone_and_at_the_second_death_is_poisoned() -> None:
    pool, (worker,), (first, second) = made(requests=2)
    pool.dispatch(0.0)
    worker.dies = True
    assert heard(pool) == [WorkerDied("worker0", "it ended with exit code -9", 2)]
    assert first.started is second.started is None
    pool.dispatch(1.0)
    assert list(worker.jobs.values()) == [first]
    worker.dies = True
    died, finished = heard(pool)
    assert died == WorkerDied("worker0", "it ended with exit code -9", 1)
    assert isinstance(finished, Finished) and finished.job is first
    assert isinstance(finished.reply, Error) and finished.reply.code == "poisoned"
    pool.dispatch(2.0)
    assert list(worker.jobs.values()) == [second]


def test_where_all_workers_failed_those_who_wait_hear_why_and_when() -> None:
    for said_why, budget_ms, now, answered in (
        (True, None, 1.0, True),
        (False, None, 1.0, False),
        (False, None, PATIENCE_SECONDS + 1, True),
        (False, 10**9, PATIENCE_SECONDS + 1, False),
    ):
        pool, workers, (job,) = made(2, budget_ms=budget_ms)
        for worker in workers:
            worker.state, worker.said_why = "failed", said_why
            worker.error = DeviceError("out_of_memory", "The device is full.")
        events = heard(pool, now)
        expected = Error("out_of_memory", "The device is full.", "q0", 2.0, "device")
        assert events == ([Finished(job, expected, None)] if answered else [])
        assert [worker.woken for worker in workers] == ([0, 0] if said_why else [1, 1])


def test_the_next_job_goes_to_the_worker_that_has_fewest() -> None:
    pool, workers, jobs = made(2, requests=3)
    pool.dispatch(0.0)
    assert [sorted(worker.jobs) for worker in workers] == [[jobs[0].number, jobs[2].number], [jobs[1].number]]


def test_work_that_comes_wakes_all_and_hears_why_only_where_none_can_do_it() -> None:
    pool, (first, second), _ = made(2)
    first.state = second.state = "failed"
    first.error = second.error = DeviceError("out_of_memory", "The device is full.")
    reason = pool.wake(0.0)
    assert reason is not None and (reason.code, reason.retry_after) == ("out_of_memory", 2.0)
    second.state = "starting"
    assert pool.wake(0.0) is None and first.woken == second.woken == 2
