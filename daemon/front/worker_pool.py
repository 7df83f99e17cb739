"""The workers as one: gives them what is next, hears them, and sees that no request dies with one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import zmq

from daemon.front.job import Job
from daemon.front.job_table import JobTable
from daemon.front.worker_process import WorkerProcess
from daemon.protocol import Error, ProgressEvent, Result, error_reply, worker_messages
from daemon.protocol.worker_messages import BatchRan
from model.errors import InputError, PconvError

MAX_DEATHS = 2
SHORTEST_WAIT = 0.05  # before a request is sent again
PATIENCE_SECONDS = 120.0  # of a request without a deadline, while workers die before they are ready


@dataclass(frozen=True)
class Finished:
    """A job has its one answer; `picture` is None where that is an error."""

    job: Job
    reply: Result | Error
    picture: Any = None


@dataclass(frozen=True)
class Progressed:
    job: Job
    event: ProgressEvent


@dataclass(frozen=True)
class WorkerReady:
    """`info` is what the worker says of its model and its device."""

    worker: str
    info: dict[str, Any]


@dataclass(frozen=True)
class WorkerDied:
    """`end` is how, in words; `requests`, how many it had."""

    worker: str
    end: str
    requests: int


PoolEvent = Finished | Progressed | BatchRan | WorkerReady | WorkerDied


class WorkerPool:
    """The workers of one front and the jobs they have.

    Args:
        workers: one for each device.
        jobs: where the next request comes from.
    """

    def __init__(self, workers: list[WorkerProcess], jobs: JobTable) -> None:
        self.workers = workers
        self._jobs = jobs

    @property
    def sockets(self) -> list[zmq.Socket]:
        return [worker.socket for worker in self.workers if worker.socket is not None]

    @property
    def starting(self) -> bool:
        return any(worker.state == "starting" for worker in self.workers)

    @property
    def ready(self) -> worker_messages.Ready | None:
        """What a worker said of itself when it was ready; None while there is none."""
        return next((worker.ready for worker in self.workers if worker.ready), None)

    def poll(self, now: float) -> Iterator[PoolEvent]:
        """Hear what workers say, notice their deaths, start them when it is time, also for what waits.

        Yields what comes of it, to be read to its end. Nothing is given to a worker here: that is `dispatch`.
        """
        for worker in self.workers:
            for message, payload in worker.receive(now):
                if event := _event(worker, message, payload):
                    yield event
            if worker.is_dead(now):
                lost = worker.reap(now)
                yield WorkerDied(worker.name, worker.end, len(lost))
                yield from self._recover(lost)
            worker.start_if_due(now)
            if self._jobs.queued and not worker.said_why:
                worker.wake(now)
        if self._jobs.queued and self._all_failed():
            yield from self._give_up(now)

    def dispatch(self, now: float) -> None:
        """Give workers with room what is next; a user with nothing there need not wait for one who has much there."""
        heads = self._jobs.heads()
        while (job := next(heads, None)) is not None:
            if self._launch(job, now):
                heads = self._jobs.heads()

    def _launch(self, job: Job, now: float) -> bool:
        """Whether a worker has room for it and got it."""
        ready = [worker for worker in self.workers if worker.has_room(job)]
        if not ready:
            return False
        min(ready, key=lambda worker: len(worker.jobs)).launch(self._jobs.take(now, job))
        return True

    def wake(self, now: float) -> PconvError | None:
        """Work has come: start what has failed and may start again. The reason when there is nobody to do the work."""
        awake = [worker.wake(now) for worker in self.workers]
        return None if any(awake) else self._reason(now)

    def soonest(self, now: float) -> float:
        """Seconds before which no worker can possibly take anything."""
        resting = [w.retry_after(now) for w in self.workers if w.state == "resting"]
        return min(resting) if len(resting) == len(self.workers) else 0.0

    def drop(self, job: Job) -> None:
        """The answer is not wanted any more."""
        for worker in self.workers:
            worker.drop(job)

    def stop(self) -> None:
        for worker in self.workers:
            worker.stop()

    def _recover(self, lost: list[Job]) -> list[Finished]:
        """Requests of a dead worker are queued again, alone; who was there twice is answered `poisoned`."""
        again, poisoned = [], []
        for job in lost:
            job.deaths += 1
            job.started = None
            if job.deaths >= MAX_DEATHS:
                text = "This request ended the worker twice and is not tried again; please report the picture."
                poisoned.append(Finished(job, error_reply(InputError("poisoned", text), job.id)))
            else:
                again.append(job)
        self._jobs.requeue(again)
        return poisoned

    def _give_up(self, now: float) -> list[Finished]:
        """All have failed: what waits is told so, unless they may do better next time and it can wait for that."""
        reason, for_ever = self._reason(now), all(worker.said_why for worker in self.workers)
        return [
            Finished(job, error_reply(reason, job.id))
            for job in self._jobs.waiting()
            if for_ever or (job.deadline is None and now - job.accepted > PATIENCE_SECONDS)
        ]

    def _reason(self, now: float) -> PconvError:
        """Why all have failed, and when the first of them may start again."""
        worker = min(self.workers, key=lambda worker: worker.retry_after(now))
        wait = round(max(SHORTEST_WAIT, worker.retry_after(now)), 3)
        error = worker.error
        assert error is not None
        return type(error)(error.code, error.message, wait)

    def _all_failed(self) -> bool:
        return all(worker.state == "failed" for worker in self.workers)


def _event(worker: WorkerProcess, message: worker_messages.FromWorker, payload: Any) -> PoolEvent | None:
    """What a worker's message means; None where only the worker's own state changes, or nobody waits for it."""
    match message:
        case worker_messages.Done() if job := worker.jobs.take(message.number):
            job.tile_side = message.side
            return Finished(job, _result(job, message), payload)
        case worker_messages.Failed() if job := worker.jobs.take(message.number):
            return Finished(job, Error(message.code, message.message, job.id, kind=message.kind))
        case worker_messages.Progressed() if job := worker.jobs.get(message.number):
            return Progressed(job, ProgressEvent(job.id, "filling", done=message.done, total=message.total))
        case BatchRan():
            return message
        case worker_messages.Ready():
            return WorkerReady(worker.name, message.info)
    return None


def _result(job: Job, done: worker_messages.Done) -> Result:
    form = (done.height, done.width, job.fill.channels, job.fill.dtype)
    queue_ms, run_ms = round(job.queue_seconds * 1000, 3), round(done.run_ms, 3)
    return Result(job.id, *form, queue_ms, run_ms, done.top, done.left, done.variants)
