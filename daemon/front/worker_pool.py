"""The workers as one: gives them what is next, hears them, and sees that no request dies with one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import zmq

from daemon.front.counters import Counters
from daemon.front.job import Job
from daemon.front.job_table import JobTable
from daemon.front.request_log import RequestLog
from daemon.front.worker_process import WorkerProcess
from daemon.protocol import Error, ProgressEvent, Result, error_reply, worker_messages
from model.errors import InputError, PconvError

MAX_DEATHS = 2
SHORTEST_WAIT = 0.05  # before a request is sent again
PATIENCE_SECONDS = 120.0  # of a request without a deadline, while workers die before they are ready

Finish = Callable[[Job, Error | Result, Any, float], None]
Tell = Callable[[Job, ProgressEvent, float], None]


class Pool:
    """The workers of one front and the jobs they have.

    Args:
        workers: one for each device.
        jobs: where the next request comes from.
        log: hears of workers that come and die.
        counters: counts what engines run.
        finish: called with a request, its one answer, the picture or None, and the time.
        tell: called with a request, its progress, and the time.
    """

    def __init__(
        self,
        workers: list[WorkerProcess],
        jobs: JobTable,
        log: RequestLog,
        counters: Counters,
        finish: Finish,
        tell: Tell,
    ) -> None:
        self.workers = workers
        self._jobs = jobs
        self._log = log
        self._counters = counters
        self._finish = finish
        self._tell = tell

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

    def tend(self, now: float) -> None:
        """Hear what workers say, notice their deaths, start them when it is time, also for what waits."""
        for worker in self.workers:
            for message, payload in worker.receive(now):
                self._on_message(worker, message, payload, now)
            if worker.is_dead(now):
                lost = worker.reap(now)
                self._log.note("worker_died", worker=worker.name, end=worker.end, requests=len(lost))
                self._recover(lost, now)
            worker.start_if_due(now)
            if self._jobs.queued and not worker.said_why:
                worker.wake(now)
        if self._jobs.queued and self._all_failed():
            self._give_up(now)

    def dispatch(self, now: float) -> None:
        """Give workers with room what is next; a user with nothing there need not wait for one who has much there."""
        while any(self._launch(job, now) for job in self._jobs.heads()):
            pass

    def _launch(self, job: Job, now: float) -> bool:
        """Whether a worker has room for it and got it."""
        ready = [worker for worker in self.workers if worker.has_room(job)]
        if not ready:
            return False
        min(ready, key=lambda worker: len(worker.jobs)).launch(self._jobs.take(now, job))
        return True

    def wake(self, now: float) -> PconvError | None:
        """Work has come: start what has failed and may start again. The reason when there is nobody to do the work."""
        for worker in self.workers:
            worker.wake(now)
        return self._reason(now) if self._all_failed() else None

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

    def _on_message(
        self, worker: WorkerProcess, message: worker_messages.FromWorker, payload: zmq.Frame | None, now: float
    ) -> None:
        if isinstance(message, worker_messages.Ready):
            self._log.note("worker_ready", worker=worker.name, **message.info)
        elif isinstance(message, worker_messages.BatchRan):
            self._counters.ran(message.rows, message.side, message.run_ms / 1000)
        elif isinstance(message, worker_messages.Progressed):
            if job := worker.jobs.get(message.number):
                event = ProgressEvent(job.fill.id, "filling", done=message.done, total=message.total)
                self._tell(job, event, now)
        elif isinstance(message, worker_messages.Done | worker_messages.Failed) and (
            job := worker.jobs.take(message.number)
        ):
            job.tile_side = message.side if isinstance(message, worker_messages.Done) else None
            self._finish(job, _reply(job, message), payload, now)

    def _recover(self, lost: list[Job], now: float) -> None:
        """Requests of a dead worker are queued again, alone; who was there twice is answered `poisoned`."""
        again = []
        for job in lost:
            job.deaths += 1
            job.started = None
            if job.deaths >= MAX_DEATHS:
                text = "This request ended the worker twice and is not tried again; please report the picture."
                self._finish(job, error_reply(InputError("poisoned", text), job.fill.id), None, now)
            else:
                again.append(job)
        self._jobs.requeue(again)

    def _give_up(self, now: float) -> None:
        """All have failed: what waits is told so, unless they may do better next time and it can wait for that."""
        reason, for_ever = self._reason(now), all(worker.said_why for worker in self.workers)
        for job in self._jobs.waiting():
            if for_ever or (job.deadline is None and now - job.accepted > PATIENCE_SECONDS):
                self._finish(job, error_reply(reason, job.fill.id), None, now)

    def _reason(self, now: float) -> PconvError:
        """Why all have failed, and when the first of them may start again."""
        worker = min(self.workers, key=lambda worker: worker.retry_after(now))
        wait = round(max(SHORTEST_WAIT, worker.retry_after(now)), 3)
        error = worker.error
        assert error is not None
        return type(error)(error.code, error.message, wait)

    def _all_failed(self) -> bool:
        return all(worker.state == "failed" for worker in self.workers)


def _reply(job: Job, message: worker_messages.Done | worker_messages.Failed) -> Result | Error:
    fill = job.fill
    if isinstance(message, worker_messages.Failed):
        return Error(message.code, message.message, fill.id, kind=message.kind)
    queue_ms = round(job.queue_seconds * 1000, 3)
    form = (message.height, message.width, fill.channels, fill.dtype)
    return Result(fill.id, *form, queue_ms, round(message.run_ms, 3), message.top, message.left, message.variants)
