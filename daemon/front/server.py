"""The front: one poll loop that admits requests, hands them to workers and answers, and never blocks.

It trusts no byte that it reads, keys no state on a routing id, and keeps every accepted request until its answer,
so that a worker may die at any moment.
"""

from __future__ import annotations

import os
import socket as sockets
import time
import traceback
from typing import TYPE_CHECKING, Any

import zmq

from daemon import protocol
from daemon.front import status
from daemon.front.access import Access, may_control, user_of
from daemon.front.counters import Counters
from daemon.front.door import Door
from daemon.front.http import StatusBoard
from daemon.front.job import Job
from daemon.front.job_table import JobTable
from daemon.front.listener import Listener, listen
from daemon.front.outbox import Outbox
from daemon.front.peer import Peer
from daemon.front.process_limits import most_connections
from daemon.front.reloads import Reloads
from daemon.front.replies import Replies
from daemon.front.request_log import RequestLog
from daemon.front.settings import FrontSettings
from daemon.front.worker_pool import Pool
from daemon.front.worker_process import WorkerProcess
from daemon.protocol import Error
from daemon.system import systemd
from daemon.system.locks import FileLock
from model.errors import BusyError, CancelledError, DaemonError, DeviceError, PconvError

if TYPE_CHECKING:
    from daemon.front.http import HttpServer

BUSY_TICK_MS = 100
IDLE_TICK_MS = 1000
POSITIONS_SECONDS = 0.5
TELL_AGAIN_SECONDS = 3.0
FLUSH_SECONDS = 5.0
LOCK_SECONDS = 1.0


class Front:
    """`run` serves until `drain` is called (from any thread or a signal handler) or nobody came for long."""

    def __init__(self, settings: FrontSettings) -> None:
        self._settings = settings
        self._limits = settings.limits
        self._jobs = JobTable(settings.limits, settings.quota, settings.users)
        self._log = RequestLog(settings.log)
        self._wake, self._waker = sockets.socketpair()
        self._wake.setblocking(False)
        self._draining = False
        self._leaving = False
        self._drain_asked = 0
        self._reload_asked = False
        self._began = self._active = self._positions_told = time.monotonic()
        self._counters = Counters()
        self._board = StatusBoard()
        self._software = status.software()
        self._addresses: list[str] = []
        self._access: Access | None = None
        self._watchdog = systemd.Watchdog()

    def drain(self) -> None:
        """Finish what was accepted, refuse what comes, then leave. A second call leaves at once."""
        self._drain_asked += 1
        self._waker.send(b"x")

    def reload(self) -> None:
        """Read the weights file again, from any thread or a signal handler; the log tells what came of it."""
        self._reload_asked = True
        self._waker.send(b"x")

    def run(self) -> None:
        """Serve until drained.

        Raises:
            PconvError: "already_running", "bad_address".
        """
        paths = self._settings.paths
        lock = FileLock(paths.daemon_lock)
        if not lock.acquire(LOCK_SECONDS):
            text = "A daemon is already running here; use it, or run `pconv stop` first."
            self._log.note("refused", code="already_running", reason=text)
            raise DaemonError("already_running", text)
        context = zmq.Context()
        listener: Listener | None = None
        pool: Pool | None = None
        monitor: HttpServer | None = None
        door: Door | None = None
        started = False
        try:
            lock.write(str(os.getpid()))
            paths.address_file.unlink(missing_ok=True)
            inherited = systemd.inherited_sockets()
            self._access = self._settings.open_access(self._log.note, inherited)
            listener = listen(self._settings.listen, paths, self._access, inherited)
            self._addresses = [str(address) for address in listener.addresses]
            most = most_connections(len(self._settings.workers))
            self._door = door = Door(listener.sockets, self._limits, most, self._access)
            self._outbox = Outbox(door)
            self._replies = Replies(self._outbox)
            workers = [
                WorkerProcess(f"worker{i}", each, context, paths) for i, each in enumerate(self._settings.workers)
            ]
            self._pool = pool = Pool(workers, self._jobs, self._log, self._counters, self._finish, self._replies.tell)
            self._reloads = Reloads(workers)
            started = True
            self._log.note("start", addresses=self._addresses, pid=os.getpid(), software=self._software)
            port = self._settings.metrics_port
            if port is not None:
                from daemon.front.http import HttpServer  # it brings prometheus-client and an HTTP server along

                monitor = HttpServer(port, self._board, self._settings.metrics_users)
            systemd.notify("READY=1")
            self._loop()
        except PconvError as error:
            if not started:
                self._log.note("refused", code=error.code, reason=error.message)
            raise
        finally:
            systemd.notify("STOPPING=1")
            if monitor is not None:
                monitor.stop()
            paths.address_file.unlink(missing_ok=True)
            if pool is not None:
                pool.stop()
            if door is not None:
                door.close(FLUSH_SECONDS)
            context.destroy(linger=0)
            if listener is not None:
                listener.clean_up()
            if started:
                self._log.note("stop", outcomes=self._counters.outcomes)
            lock.release()

    def _loop(self) -> None:
        while not self._leaving:
            poller = zmq.Poller()
            for socket in (self._wake, *self._pool.sockets):
                poller.register(socket, zmq.POLLIN)
            self._door.register_with(poller)
            ready = dict(poller.poll(self._patience()))
            now = time.monotonic()
            self._give_up_late(now)
            if self._wake.fileno() in ready:
                self._read_wake(now)
            self._guard(now)
            for peer, message in self._door.messages(now):
                self._read(peer, message, now)
            self._pool.tend(now)
            self._reloads.tend(now)
            self._tick(now)

    def _patience(self) -> int:
        """Milliseconds until something may have to be done by itself."""
        if self._door.is_busy:
            return 0
        waits = self._jobs.open_count or self._outbox.bytes or self._pool.starting or self._reloads.active
        return BUSY_TICK_MS if waits or self._draining or self._door.is_waiting else IDLE_TICK_MS

    def _read_wake(self, now: float) -> None:
        self._wake.recv(64)
        if self._reload_asked:
            self._reload_asked = False
            self._reloads.add(None, self._on_reloaded)
        if self._drain_asked:
            self._leaving = self._drain_asked > 1
            self._begin_drain()

    def _guard(self, now: float) -> None:
        """What a user who is let in no more had asked for is not done."""
        if self._access is not None:
            for user in self._access.refresh(now):
                for job in self._jobs.open_of(user):
                    self._give_up(job, DaemonError("access_denied", "Your key was revoked."), now)

    def _read(self, peer: Peer, message: list[Any], now: float) -> None:
        route = peer.number
        try:
            self._answer(peer, message, now)
        except PconvError as error:
            self._replies.send(route, protocol.error_reply(error), now)
            self._counters.refused(error.code)
        except Exception:
            traceback.print_exc()
            failure = DeviceError("device_error", "The daemon failed on this message; please report it.")
            self._replies.send(route, protocol.error_reply(failure), now)

    def _answer(self, peer: Peer, frames: list[Any], now: float) -> None:
        route = peer.number
        user = (user_of if self._access is None else self._access.user_of)(peer)
        match protocol.decode_request(frames):
            case protocol.Fill() as fill:
                self._active = now
                self._on_fill(route, user, fill, frames[2], frames[3], now)
            case protocol.Cancel(id=id):
                job = self._jobs.find(user, id)
                if job is not None:
                    self._give_up(job, CancelledError("cancelled", "The fill was cancelled."), now)
                self._replies.send(route, protocol.Cancelled(id, job is not None), now)
            case protocol.Ping():
                self._replies.send(route, protocol.Pong(), now)
            case protocol.StatusRequest():
                self._replies.send(route, protocol.Status(status.seen_by(user, self._status(now))), now)
            case protocol.Shutdown():
                _check_control(user)
                self._replies.send(route, protocol.Bye(), now)
                self._begin_drain()
            case protocol.Reload(weights=weights):
                _check_control(user)
                self._reloads.add(weights, lambda result: self._on_reloaded(result, route))
            case protocol.Hello(versions=versions):
                if protocol.VERSION not in versions:
                    raise DaemonError(
                        "version_mismatch",
                        f"This daemon ({self._software}) speaks version {protocol.VERSION}, the client {versions}; "
                        "install the same pconv on both sides.",
                    )
                self._replies.send(route, status.welcome(self._pool, self._limits), now)

    def _on_reloaded(self, result: dict[str, Any] | PconvError, route: int | None = None) -> None:
        reply: protocol.AnyReply = (
            protocol.Reloaded(result) if isinstance(result, dict) else protocol.error_reply(result)
        )
        self._log.note("reload", code=getattr(reply, "code", "ok"), message=getattr(reply, "message", ""))
        if route is not None:
            self._replies.send(route, reply, time.monotonic())

    def _on_fill(self, route: int, user: str, fill: protocol.Fill, image: Any, hole: Any, now: float) -> None:
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

    def _refuse_if_unable(self, job: Job, now: float) -> None:
        """Raises the reason when there is nobody to do the work; the job is forgotten then."""
        if self._draining:
            reason: PconvError | None = BusyError("shutting_down", "The daemon is about to leave; try again.", 0.5)
        else:
            reason = self._pool.wake(now)
            if job.deadline is not None and now + self._pool.soonest(now) >= job.deadline:
                reason = reason or BusyError("deadline", "No worker can start in that time; allow more of it.")
        if reason is not None:
            self._jobs.withdraw(job, now)
            raise reason

    def _give_up(self, job: Job, error: PconvError, now: float) -> None:
        self._finish(job, protocol.error_reply(error, job.fill.id), None, now)

    def _finish(self, job: Job, reply: Error | protocol.Result, picture: Any, now: float) -> None:
        """Give a request its one answer."""
        self._pool.drop(job)
        self._jobs.finish(job, reply, picture, now)
        self._log.write(job)
        self._counters.answered(job.user, job.outcome, job.cost, job.queue_seconds, now - job.accepted, job.run_seconds)
        for route in job.routes:
            self._replies.deliver(job, route, now)
        self._active = now

    def _give_up_late(self, now: float) -> None:
        for job in self._jobs.overdue(now):
            late = BusyError("deadline", "The fill was not ready in time; allow more time or select less.")
            self._give_up(job, late, now)

    def _tick(self, now: float) -> None:
        self._watchdog.tick(now)
        self._pool.dispatch(now)
        self._log.flush()
        self._outbox.flush(now)
        self._jobs.forget_old(now)
        if now - self._positions_told > POSITIONS_SECONDS:
            self._positions_told = now
            for job in self._jobs.abandoned(now):
                self._give_up(job, CancelledError("cancelled", "The client left without its answer."), now)
            self._board.pin(self._status(now), now)
            for job in self._jobs.waiting():
                self._tell_position(job, now)
            self._jobs.quotas.forget_idle(now)
        idle = self._settings.idle_seconds
        if idle is not None and not self._jobs.open_count and now - self._active > idle:
            self._begin_drain()
        if self._draining and not self._jobs.open_count and (not self._outbox.bytes or now > self._drain_limit):
            self._leaving = True

    def _begin_drain(self) -> None:
        if not self._draining:
            self._draining, self._drain_limit = True, time.monotonic() + FLUSH_SECONDS

    def _tell_position(self, job: Job, now: float) -> None:
        """Where it has moved; and from time to time anyhow, to find out whether its client is still there."""
        if not job.fill.progress:
            return
        stage: protocol.Stage = "queued" if self._pool.ready else "loading"
        place = (stage, self._jobs.position(job))
        if place != job.last_progress or now - job.last_progress_at > TELL_AGAIN_SECONDS:
            job.last_progress, job.last_progress_at = place, now
            self._replies.tell(job, protocol.ProgressEvent(job.fill.id, stage, position=place[1]), now)

    def _status(self, now: float) -> dict[str, Any]:
        return status.status(
            self._pool,
            self._jobs,
            self._counters,
            address=self._addresses[0],
            addresses=self._addresses,
            uptime_seconds=round(now - self._began, 1),
            idle_seconds=self._settings.idle_seconds,
            draining=self._draining,
            replies_dropped=self._outbox.dropped,
            log_failures=self._log.failures,
        )


def _check_control(user: str) -> None:
    if not may_control(user):
        raise DaemonError("access_denied", "Only who runs this daemon may stop or change it; ask its administrator.")
