"""The way of a fill through the front: it is admitted, given to a worker, told about, and answered once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from daemon import protocol
from daemon.front.counters import Counters
from daemon.front.drain import Drain
from daemon.front.job import Job
from daemon.front.job_table import JobTable
from daemon.front.replies import Replies
from daemon.front.request_log import RequestLog
from daemon.front.worker_pool import Finished, PoolEvent, Progressed, WorkerDied, WorkerPool, WorkerReady
from daemon.protocol.worker_messages import BatchRan
from model.errors import BusyError, CancelledError, DaemonError, PconvError

TELL_AGAIN_SECONDS = 3.0


class Envelope(NamedTuple):
    """What a request came with: the route of its answers, who sent it, and its payload frames."""

    route: int
    user: str
    payload: Sequence[Any]


class Fills:
    """Every accepted fill gets its one answer here, whatever happens to workers, clients and keys.

    Args:
        limits: what is accepted.
        jobs: where fills are kept.
        pool: who does the work.
        replies: by which clients hear of it.
        counters, log: where it is recorded.
        drain: whether new ones are taken.
        now: when the front began.

    Attributes:
        active: when a fill last came or was answered.
    """

    def __init__(
        self,
        limits: protocol.Limits,
        jobs: JobTable,
        pool: WorkerPool,
        replies: Replies,
        counters: Counters,
        log: RequestLog,
        drain: Drain,
        now: float,
    ) -> None:
        self.active = now
        self._limits, self._jobs, self._pool, self._replies = limits, jobs, pool, replies
        self._counters, self._log, self._drain = counters, log, drain

    def accept(self, fill: protocol.Fill, envelope: Envelope, now: float) -> None:
        """Take a new request in, or give a repeated one the answer that was there; one that runs goes on.

        Raises:
            PconvError: why it is refused, with its id.
        """
        self.active = now
        route, user, (image, hole) = envelope
        try:
            protocol.check_payload(fill, len(image), len(hole), self._limits)
            job, fresh = self._jobs.admit(user, fill, image, hole, now)
            if fresh:
                self._refuse_if_unable(job, now)
        except PconvError as error:
            error.request_id = fill.id
            raise
        job.add_route(route)
        if job.reply is not None:
            self._replies.deliver(job, route, now)
            return
        self._pool.dispatch(now)
        if job.started is None:
            self._tell_position(job, now)

    def cancel(self, user: str, id: str, now: float) -> bool:
        """Whether there was something to cancel; its answer is then that it was cancelled."""
        job = self._jobs.find(user, id)
        if job is not None:
            self._give_up(job, CancelledError("cancelled", "The fill was cancelled."), now)
        return job is not None

    def revoke(self, user: str, now: float) -> None:
        """End what this user asked for: their key was taken away."""
        for job in self._jobs.open_of(user):
            self._give_up(job, DaemonError("access_denied", "Your key was revoked."), now)

    def give_up_late(self, now: float) -> None:
        """Answer those whose time is up."""
        for job in self._jobs.overdue(now):
            late = BusyError("deadline", "The fill was not ready in time; allow more time or select less.")
            self._give_up(job, late, now)

    def give_up_abandoned(self, now: float) -> None:
        """End those whose clients have left."""
        for job in self._jobs.abandoned(now):
            self._give_up(job, CancelledError("cancelled", "The client left without its answer."), now)

    def tell_positions(self, now: float) -> None:
        """Tell those who wait where they are."""
        for job in self._jobs.waiting():
            self._tell_position(job, now)

    def hear(self, event: PoolEvent, now: float) -> None:
        """Act on what happened among the workers."""
        match event:
            case Finished(job, reply, picture):
                self._finish(job, reply, picture, now)
            case Progressed(job, progress):
                self._replies.tell(job, progress, now)
            case BatchRan(rows, side, run_ms):
                self._counters.ran(rows, side, run_ms / 1000)
            case WorkerReady(worker, info):
                self._log.note("worker_ready", worker=worker, **info)
            case WorkerDied(worker, end, requests):
                self._log.note("worker_died", worker=worker, end=end, requests=requests)

    def _refuse_if_unable(self, job: Job, now: float) -> None:
        """Raises the reason when there is nobody to do the work; the job is forgotten then."""
        if self._drain.has_begun:
            reason: PconvError | None = BusyError("shutting_down", "The daemon is about to leave; try again.", 0.5)
        else:
            reason = self._pool.wake(now)
            if job.deadline is not None and now + self._pool.soonest(now) >= job.deadline:
                reason = reason or BusyError("deadline", "No worker can start in that time; allow more of it.")
        if reason is not None:
            self._jobs.withdraw(job, now)
            raise reason

    def _give_up(self, job: Job, error: PconvError, now: float) -> None:
        """Its answer is this error, wherever it is."""
        self._pool.drop(job)
        self._finish(job, protocol.error_reply(error, job.id), None, now)

    def _finish(self, job: Job, reply: protocol.Error | protocol.Result, picture: Any, now: float) -> None:
        """Give a request its one answer. No worker has it any more."""
        self._jobs.finish(job, reply, picture, now)
        self._log.write(job)
        seconds = (job.queue_seconds, now - job.accepted, job.run_seconds)
        self._counters.answered(job.user, job.outcome, job.pixels, *seconds)
        for route in job.routes:
            self._replies.deliver(job, route, now)
        self.active = now

    def _tell_position(self, job: Job, now: float) -> None:
        """Where it has moved; and from time to time anyhow, to find out whether its client is still there."""
        if not job.wants_progress:
            return
        stage: protocol.Stage = "queued" if self._pool.ready else "loading"
        place = (stage, self._jobs.position(job))
        if place != job.last_progress or now - job.last_progress_at > TELL_AGAIN_SECONDS:
            job.last_progress, job.last_progress_at = place, now
            self._replies.tell(job, protocol.ProgressEvent(job.id, stage, position=place[1]), now)
