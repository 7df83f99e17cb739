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
from daemon.errors import PconvError
from daemon.front import status
from daemon.front.access import Access, may_control, user_of
from daemon.front.counters import Tally
from daemon.front.http import Board
from daemon.front.job import Entry
from daemon.front.job_table import Ledger
from daemon.front.listener import Listener, listen
from daemon.front.outbox import Outbox
from daemon.front.reloads import Reloads
from daemon.front.replies import Replies
from daemon.front.request_log import RequestLog
from daemon.front.settings import FrontSettings
from daemon.front.worker_pool import Pool
from daemon.front.worker_process import Worker
from daemon.protocol import Error
from daemon.system import systemd
from daemon.system.locks import FileLock

if TYPE_CHECKING:
    from daemon.front.http import Monitor

MESSAGES_PER_TURN = 64
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
        self._ledger = Ledger(settings.limits, settings.quota, settings.users)
        self._log = RequestLog(settings.log)
        self._wake, self._waker = sockets.socketpair()
        self._wake.setblocking(False)
        self._draining = False
        self._leaving = False
        self._drain_asked = 0
        self._reload_asked = False
        self._began = self._active = self._positions_told = time.monotonic()
        self._tally = Tally()
        self._board = Board()
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
        """
        Raises:
            PconvError: "already_running", "bad_address".
        """
        paths = self._settings.paths
        lock = FileLock(paths.daemon_lock)
        if not lock.acquire(LOCK_SECONDS):
            raise PconvError("already_running", "A daemon is already running here; use it, or run `pconv stop` first.")
        context = zmq.Context()
        private = context if zmq.has("ipc") else zmq.Context()  # no guard of TCP answers for the workers' own keys
        listener: Listener | None = None
        pool: Pool | None = None
        monitor: Monitor | None = None
        try:
            lock.write(str(os.getpid()))
            paths.address_file.unlink(missing_ok=True)
            inherited = systemd.inherited_sockets()
            self._access = self._settings.open_access(context, self._log.note, inherited)
            listener = listen(context, self._settings.listen, self._limits, paths, self._access, inherited)
            self._socket, self._addresses = listener.socket, [str(address) for address in listener.addresses]
            self._outbox = Outbox(self._socket)
            self._replies = Replies(self._outbox)
            workers = [Worker(f"worker{i}", each, private, paths) for i, each in enumerate(self._settings.workers)]
            self._pool = pool = Pool(workers, self._ledger, self._log, self._tally, self._finish, self._replies.tell)
            self._reloads = Reloads(workers)
            self._log.note("start", addresses=self._addresses, pid=os.getpid(), software=self._software)
            if self._settings.metrics_port is not None:
                from daemon.front.http import Monitor  # it brings prometheus-client and an HTTP server along

                monitor = Monitor(self._settings.metrics_port, self._board)
            systemd.notify("READY=1")
            self._loop()
        finally:
            systemd.notify("STOPPING=1")
            if monitor is not None:
                monitor.stop()
            paths.address_file.unlink(missing_ok=True)
            if pool is not None:
                pool.stop()
            context.destroy(linger=int(FLUSH_SECONDS * 1000))
            private.destroy(linger=0)
            if listener is not None:
                listener.clean_up()
            self._log.note("stop", outcomes=self._tally.outcomes)
            lock.release()

    def _loop(self) -> None:
        while not self._leaving:
            poller = zmq.Poller()
            guard = () if self._access is None else (self._access.socket,)
            for socket in (self._socket, self._wake, *guard, *self._pool.sockets):
                poller.register(socket, zmq.POLLIN)
            waits = self._ledger.open_count or self._outbox.bytes or self._pool.starting or self._reloads.active
            ready = dict(poller.poll(BUSY_TICK_MS if waits or self._draining else IDLE_TICK_MS))
            now = time.monotonic()
            self._give_up_late(now)
            if self._wake.fileno() in ready:
                self._read_wake(now)
            self._guard(ready, now)
            if self._socket in ready:
                for _ in range(MESSAGES_PER_TURN):
                    if not self._read_client(now):
                        break
            self._pool.tend(now)
            self._reloads.tend(now)
            self._tick(now)

    def _read_wake(self, now: float) -> None:
        self._wake.recv(64)
        if self._reload_asked:
            self._reload_asked = False
            self._reloads.add(None, self._on_reloaded)
        if self._drain_asked:
            self._leaving = self._drain_asked > 1
            self._begin_drain()

    def _guard(self, ready: dict[Any, int], now: float) -> None:
        """Decide who may connect; what a user who is let in no more had asked for is not done."""
        if self._access is not None:
            if self._access.socket in ready:
                self._access.answer()
            for user in self._access.refresh(now):
                for entry in self._ledger.open_of(user):
                    self._finish(entry, Error("access_denied", "Your key was revoked.", entry.fill.id), None, now)

    def _read_client(self, now: float) -> bool:
        try:
            route, *frames = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return False
        except (MemoryError, zmq.ZMQError):  # more than the memory limit; the message is lost, the service is not
            traceback.print_exc()
            return True
        try:
            self._answer(route.bytes, frames, now)
        except PconvError as error:
            self._replies.send(route.bytes, _error(error), now)
            self._tally.refused(error.code)
        except Exception:
            traceback.print_exc()
            self._replies.send(
                route.bytes, Error("device_error", "The daemon failed on this message; please report it."), now
            )
        return True

    def _answer(self, route: bytes, frames: list[zmq.Frame], now: float) -> None:
        user = (user_of if self._access is None else self._access.user_of)(frames[0]) if frames else ""
        match protocol.decode_request([frame.buffer for frame in frames]):
            case protocol.Fill() as fill:
                self._active = now
                self._on_fill(route, user, fill, frames[2], frames[3], now)
            case protocol.Cancel(id=id):
                entry = self._ledger.find(user, id)
                if entry is not None:
                    self._finish(entry, Error("cancelled", "The fill was cancelled.", id), None, now)
                self._replies.send(route, protocol.Cancelled(id, entry is not None), now)
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
                    raise PconvError(
                        "version_mismatch",
                        f"This daemon ({self._software}) speaks version {protocol.VERSION}, the client {versions}; "
                        "install the same pconv on both sides.",
                    )
                self._replies.send(route, status.welcome(self._pool, self._limits), now)

    def _on_reloaded(self, result: dict[str, Any] | PconvError, route: bytes | None = None) -> None:
        reply: protocol.Reply = protocol.Reloaded(result) if isinstance(result, dict) else _error(result)
        self._log.note("reload", code=getattr(reply, "code", "ok"), message=getattr(reply, "message", ""))
        if route is not None:
            self._replies.send(route, reply, time.monotonic())

    def _on_fill(
        self, route: bytes, user: str, fill: protocol.Fill, image: zmq.Frame, hole: zmq.Frame, now: float
    ) -> None:
        try:
            protocol.check_payload(fill, len(image), len(hole), self._limits)
            entry, fresh = self._ledger.admit(user, fill, image, hole, now)
            if fresh:
                self._refuse_if_unable(entry, now)
        except PconvError as error:
            error.id = fill.id
            raise
        entry.add_route(route)
        if entry.reply is not None:
            self._replies.deliver(entry, route, now)
            return
        self._pool.dispatch(now)
        if entry.started is None:
            self._tell_position(entry, now)

    def _refuse_if_unable(self, entry: Entry, now: float) -> None:
        """Raises the reason when there is nobody to do the work; the entry is forgotten then."""
        if self._draining:
            reason: PconvError | None = PconvError("shutting_down", "The daemon is about to leave; try again.", 0.5)
        else:
            reason = self._pool.wake(now)
            if entry.deadline is not None and now + self._pool.soonest(now) >= entry.deadline:
                reason = reason or PconvError("deadline", "No worker can start in that time; allow more of it.")
        if reason is not None:
            self._ledger.withdraw(entry, now)
            raise reason

    def _finish(self, entry: Entry, reply: Error | protocol.Result, picture: Any, now: float) -> None:
        """Give a request its one answer."""
        self._pool.drop(entry)
        self._ledger.finish(entry, reply, picture, now)
        self._log.write(entry)
        self._tally.answered(
            entry.user, entry.outcome, entry.cost, entry.queue_seconds, now - entry.accepted, entry.run_seconds
        )
        for route in entry.routes:
            self._replies.deliver(entry, route, now)
        self._active = now

    def _give_up_late(self, now: float) -> None:
        for entry in self._ledger.overdue(now):
            late = Error("deadline", "The fill was not ready in time; allow more time or select less.", entry.fill.id)
            self._finish(entry, late, None, now)

    def _tick(self, now: float) -> None:
        self._watchdog.tick(now)
        for entry in self._ledger.abandoned(now):
            self._finish(entry, Error("cancelled", "The client left without its answer.", entry.fill.id), None, now)
        self._pool.dispatch(now)
        self._outbox.flush(now)
        self._ledger.forget_old(now)
        if now - self._positions_told > POSITIONS_SECONDS:
            self._positions_told = now
            self._board.pin(self._status(now), now)
            for entry in self._ledger.waiting():
                self._tell_position(entry, now)
            self._ledger.accounts.forget_idle(now)
        idle = self._settings.idle_seconds
        if idle is not None and not self._ledger.open_count and now - self._active > idle:
            self._begin_drain()
        if self._draining and not self._ledger.open_count and (not self._outbox.bytes or now > self._drain_limit):
            self._leaving = True

    def _begin_drain(self) -> None:
        if not self._draining:
            self._draining, self._drain_limit = True, time.monotonic() + FLUSH_SECONDS

    def _tell_position(self, entry: Entry, now: float) -> None:
        """Where it has moved; and from time to time anyhow, to find out whether its client is still there."""
        if not entry.fill.progress:
            return
        stage = "queued" if self._pool.ready else "loading"
        place = (stage, self._ledger.position(entry))
        if place != entry.told or now - entry.told_at > TELL_AGAIN_SECONDS:
            entry.told, entry.told_at = place, now
            self._replies.tell(entry, protocol.ProgressEvent(entry.fill.id, stage, position=place[1]), now)

    def _status(self, now: float) -> dict[str, Any]:
        return status.status(
            self._pool,
            self._ledger,
            self._tally,
            address=self._addresses[0],
            addresses=self._addresses,
            uptime_seconds=round(now - self._began, 1),
            idle_seconds=self._settings.idle_seconds,
            draining=self._draining,
            replies_dropped=self._outbox.dropped,
            log_failures=self._log.failures,
        )


def _error(error: PconvError) -> Error:
    return Error(error.code, error.message, getattr(error, "id", None), error.retry_after)


def _check_control(user: str) -> None:
    if not may_control(user):
        raise PconvError("access_denied", "Only who runs this daemon may stop or change it; ask its administrator.")
