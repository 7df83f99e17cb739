"""The front: one poll loop that admits requests, hands them to workers and answers, and never blocks.

It trusts no byte that it reads, keys no state on a routing id, and keeps every accepted request until its answer,
so that a worker may die at any moment.
"""

from __future__ import annotations

import os
import socket as sockets
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import zmq

from daemon import protocol
from daemon.front import status
from daemon.front.access import Access, may_control, user_of
from daemon.front.counters import Counters
from daemon.front.door import Door
from daemon.front.drain import FLUSH_SECONDS, Drain
from daemon.front.fills import Envelope, Fills
from daemon.front.http import StatusBoard
from daemon.front.job_table import JobTable
from daemon.front.listener import Listener, listen
from daemon.front.outbox import Outbox
from daemon.front.peer import Peer
from daemon.front.process_limits import most_connections
from daemon.front.reloads import Reloads
from daemon.front.replies import Replies
from daemon.front.request_log import RequestLog
from daemon.front.settings import FrontSettings
from daemon.front.worker_pool import WorkerPool
from daemon.front.worker_process import WorkerProcess
from daemon.system import systemd
from daemon.system.locks import FileLock
from model.errors import DaemonError, DeviceError, PconvError

if TYPE_CHECKING:
    from daemon.front.http import HttpServer

BUSY_TICK_MS = 100
IDLE_TICK_MS = 1000
POSITIONS_SECONDS = 0.5
LOCK_SECONDS = 1.0

Handler = Callable[[Any, Envelope, float], protocol.AnyReply | None]


class Front:
    """`run` serves until `drain` is called (from any thread or a signal handler) or nobody came for long."""

    def __init__(self, settings: FrontSettings) -> None:
        self._settings = settings
        self._limits = settings.limits
        self._jobs = JobTable(settings.limits, settings.quota, settings.users)
        self._log = RequestLog(settings.log)
        self._wake, self._waker = sockets.socketpair()
        self._wake.setblocking(False)
        self._drain = Drain()
        self._reload_asked = False
        self._began = self._positions_told = time.monotonic()
        self._counters = Counters()
        self._board = StatusBoard()
        self._software = status.software()
        self._addresses: list[str] = []
        self._access: Access | None = None
        self._watchdog = systemd.Watchdog()
        self._handlers: dict[type[protocol.Request], Handler] = {
            protocol.Hello: self._on_hello,
            protocol.Fill: self._on_fill,
            protocol.Cancel: self._on_cancel,
            protocol.Ping: self._on_ping,
            protocol.StatusRequest: self._on_status,
            protocol.Shutdown: self._on_shutdown,
            protocol.Reload: self._on_reload,
        }

    def drain(self) -> None:
        """Finish what was accepted, refuse what comes, then leave. A second call leaves at once."""
        self._drain.asked += 1
        self._stir()

    def reload(self) -> None:
        """Read the weights file again, from any thread or a signal handler; the log tells what came of it."""
        self._reload_asked = True
        self._stir()

    def _stir(self) -> None:
        with suppress(OSError):  # it has left
            self._waker.send(b"x")

    def run(self) -> None:
        """Serve until drained; not to be called again.

        Raises:
            PconvError: "already_running", "bad_address".
        """
        try:
            self._serve()
        finally:
            self._wake.close()
            self._waker.close()
            self._log.close()

    def _serve(self) -> None:
        paths = self._settings.paths
        lock = FileLock(paths.daemon_lock)
        if not lock.acquire(LOCK_SECONDS):
            text = "A daemon is already running here; use it, or run `pconv stop` first."
            self._log.note("refused", code="already_running", reason=text)
            raise DaemonError("already_running", text)
        context = zmq.Context()
        listener: Listener | None = None
        pool: WorkerPool | None = None
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
            self._pool = pool = WorkerPool(workers, self._jobs)
            self._reloads = Reloads(workers)
            self._fills = Fills(
                self._limits, self._jobs, pool, self._replies, self._counters, self._log, self._drain, self._began
            )
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
        now = time.monotonic()
        while not self._drain.is_over(self._jobs.open_count, self._outbox.bytes, now):
            poller = zmq.Poller()
            for socket in (self._wake, *self._pool.sockets):
                poller.register(socket, zmq.POLLIN)
            self._door.register_with(poller)
            ready = dict(poller.poll(self._patience()))
            now = time.monotonic()
            self._fills.give_up_late(now)
            if self._wake.fileno() in ready:
                self._read_wake(now)
            self._guard(now)
            for peer, message in self._door.messages(now):
                self._read(peer, message, now)
            for event in self._pool.poll(now):
                self._fills.hear(event, now)
            self._reloads.tend(now)
            self._tick(now)

    def _patience(self) -> int:
        """Milliseconds until something may have to be done by itself."""
        if self._door.is_busy:
            return 0
        waits = self._jobs.open_count or self._outbox.bytes or self._pool.starting or self._reloads.active
        return BUSY_TICK_MS if waits or self._drain.has_begun or self._door.is_waiting else IDLE_TICK_MS

    def _read_wake(self, now: float) -> None:
        self._wake.recv(64)
        if self._reload_asked:
            self._reload_asked = False
            self._reloads.add(None, self._on_reloaded)
        if self._drain.asked:
            self._drain.begin(now)

    def _guard(self, now: float) -> None:
        """What a user who is let in no more had asked for is not done."""
        if self._access is not None:
            for user in self._access.refresh(now):
                self._fills.revoke(user, now)

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
        user = (user_of if self._access is None else self._access.user_of)(peer)
        request = protocol.decode_request(frames)
        envelope = Envelope(peer.number, user, frames[2:])
        reply = self._handlers[type(request)](request, envelope, now)
        if reply is not None:
            self._replies.send(peer.number, reply, now)

    def _on_hello(self, hello: protocol.Hello, envelope: Envelope, now: float) -> protocol.Welcome:
        if protocol.VERSION not in hello.versions:
            raise DaemonError(
                "version_mismatch",
                f"This daemon ({self._software}) speaks version {protocol.VERSION}, the client {hello.versions}; "
                "install the same pconv on both sides.",
            )
        return status.welcome(self._pool, self._limits)

    def _on_fill(self, fill: protocol.Fill, envelope: Envelope, now: float) -> None:
        self._fills.accept(fill, envelope, now)

    def _on_cancel(self, cancel: protocol.Cancel, envelope: Envelope, now: float) -> protocol.Cancelled:
        return protocol.Cancelled(cancel.id, self._fills.cancel(envelope.user, cancel.id, now))

    def _on_ping(self, ping: protocol.Ping, envelope: Envelope, now: float) -> protocol.Pong:
        return protocol.Pong()

    def _on_status(self, request: protocol.StatusRequest, envelope: Envelope, now: float) -> protocol.Status:
        return protocol.Status(status.seen_by(envelope.user, self._status(now)))

    def _on_shutdown(self, shutdown: protocol.Shutdown, envelope: Envelope, now: float) -> protocol.Bye:
        _check_control(envelope.user)
        self._drain.begin(now)
        return protocol.Bye()

    def _on_reload(self, reload: protocol.Reload, envelope: Envelope, now: float) -> None:
        """The answer comes when all workers have tried."""
        _check_control(envelope.user)
        self._reloads.add(reload.weights, lambda result: self._on_reloaded(result, envelope.route))

    def _on_reloaded(self, result: dict[str, Any] | PconvError, route: int | None = None) -> None:
        reply: protocol.AnyReply = (
            protocol.Reloaded(result) if isinstance(result, dict) else protocol.error_reply(result)
        )
        self._log.note("reload", code=getattr(reply, "code", "ok"), message=getattr(reply, "message", ""))
        if route is not None:
            self._replies.send(route, reply, time.monotonic())

    def _tick(self, now: float) -> None:
        self._watchdog.tick(now)
        self._pool.dispatch(now)
        self._jobs.forget_old(now)
        if now - self._positions_told > POSITIONS_SECONDS:
            self._positions_told = now
            self._fills.give_up_abandoned(now)
            self._board.pin(self._status(now), now)
            self._fills.tell_positions(now)
            self._jobs.quotas.forget_idle(now)
        idle = self._settings.idle_seconds
        if idle is not None and not self._jobs.open_count and now - self._fills.active > idle:
            self._drain.begin(now)
        self._log.flush()
        self._outbox.flush(now)

    def _status(self, now: float) -> dict[str, Any]:
        return status.status(
            self._pool,
            self._jobs,
            self._counters,
            address=self._addresses[0],
            addresses=self._addresses,
            uptime_seconds=round(now - self._began, 1),
            idle_seconds=self._settings.idle_seconds,
            draining=self._drain.has_begun,
            replies_dropped=self._outbox.dropped,
            log_failures=self._log.failures,
        )


def _check_control(user: str) -> None:
    if not may_control(user):
        raise DaemonError("access_denied", "Only who runs this daemon may stop or change it; ask its administrator.")
