"""The front: one poll loop that admits requests, hands them to workers and answers, and never blocks.

It trusts no byte that it reads, keys no state on a routing id, and keeps every accepted request until its answer,
so that a worker may die at any moment. May know: protocol, ledger, outbox, supervisor. Must not know: numpy, torch.
"""

from __future__ import annotations

import os
import socket as sockets
import sys
import time
import traceback
from importlib import metadata
from typing import Any

import zmq

from daemon import protocol, worklink
from daemon.errors import PconvError
from daemon.ledger import Entry, Ledger
from daemon.outbox import Outbox
from daemon.paths import FileLock, remove_endpoint
from daemon.protocol import Error
from daemon.requestlog import RequestLog
from daemon.settings import FrontSettings
from daemon.supervisor import Worker

MAX_STRIKES = 2
MESSAGES_PER_TURN = 64
BUSY_TICK_MS = 100
IDLE_TICK_MS = 1000
POSITIONS_SECONDS = 0.5
WAITING_MESSAGES = 64  # per peer, in ZeroMQ's own queue
FLUSH_SECONDS = 5.0
LOCK_SECONDS = 1.0


class Front:
    """`run` serves until `drain` is called (from any thread or a signal handler) or nobody came for long."""

    def __init__(self, settings: FrontSettings) -> None:
        self._settings = settings
        self._limits = settings.limits
        self._ledger = Ledger(settings.limits)
        self._log = RequestLog(settings.log)
        self._wake, self._waker = sockets.socketpair()
        self._wake.setblocking(False)
        self._draining = False
        self._leaving = False
        self._drain_asked = 0
        self._began = self._active = self._positions_told = time.monotonic()
        self._counts: dict[str, int] = {}
        self._software = _software()
        self._address = ""

    def drain(self) -> None:
        """Finish what was accepted, refuse what comes, then leave. A second call leaves at once."""
        self._drain_asked += 1
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
        workers: list[Worker] = []
        try:
            lock.write(str(os.getpid()))
            paths.address_file.unlink(missing_ok=True)
            self._socket = self._listen(context)
            self._outbox = Outbox(self._socket)
            workers += [
                Worker(f"worker{i}", settings, context, paths) for i, settings in enumerate(self._settings.workers)
            ]
            self._workers = workers
            self._log.note("start", address=self._address, pid=os.getpid(), software=self._software)
            self._loop()
        finally:
            paths.address_file.unlink(missing_ok=True)
            for worker in workers:
                worker.stop()
            context.destroy(linger=int(FLUSH_SECONDS * 1000))
            if self._address:
                remove_endpoint(self._address)
            self._log.note("stop", answered=self._counts)
            lock.release()

    def _listen(self, context: zmq.Context) -> zmq.Socket:
        socket = context.socket(zmq.ROUTER)
        socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        socket.setsockopt(zmq.MAXMSGSIZE, self._limits.max_frame_bytes)
        socket.setsockopt(zmq.HANDSHAKE_IVL, 3000)
        socket.setsockopt(zmq.SNDHWM, WAITING_MESSAGES)
        socket.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
        address = self._settings.address or self._settings.paths.endpoint("daemon")
        try:
            socket.bind(address)
        except zmq.ZMQError as error:
            raise PconvError(
                "bad_address", f"Cannot listen at {address}: {error.strerror}; choose another address."
            ) from error
        self._address = socket.getsockopt_string(zmq.LAST_ENDPOINT)
        text = self._settings.paths.address_file.with_suffix(".new")
        text.write_text(self._address)
        text.replace(self._settings.paths.address_file)
        return socket

    def _loop(self) -> None:
        while not self._leaving:
            poller = zmq.Poller()
            for socket in (self._socket, self._wake, *(w.socket for w in self._workers if w.socket is not None)):
                poller.register(socket, zmq.POLLIN)
            waits = self._ledger.open_count or self._outbox.bytes or any(w.state == "starting" for w in self._workers)
            poller.poll(BUSY_TICK_MS if waits or self._draining else IDLE_TICK_MS)
            now = time.monotonic()
            self._read_wake(now)
            for _ in range(MESSAGES_PER_TURN):
                if not self._read_client(now):
                    break
            for worker in self._workers:
                self._tend(worker, now)
            self._tick(now)

    def _read_wake(self, now: float) -> None:
        try:
            self._wake.recv(64)
        except BlockingIOError:
            return
        if self._drain_asked:
            self._leaving = self._drain_asked > 1
            self._begin_drain()

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
            reply = Error(error.code, error.message, getattr(error, "id", None), error.retry_after)
            self._send(route.bytes, reply, now)
            self._count(error.code)
        except Exception:
            traceback.print_exc()
            self._send(route.bytes, Error("device_error", "The daemon failed on this message; please report it."), now)
        return True

    def _answer(self, route: bytes, frames: list[zmq.Frame], now: float) -> None:
        owner = _owner(frames[0]) if frames else ""
        match protocol.decode_request([frame.buffer for frame in frames]):
            case protocol.Fill() as fill:
                self._active = now
                self._on_fill(route, owner, fill, frames[2], frames[3], now)
            case protocol.Cancel(id=id):
                entry = self._ledger.find(owner, id)
                if entry is not None:
                    self._finish(entry, Error("cancelled", "The fill was cancelled.", id), None, now)
                self._send(route, protocol.Cancelled(id, entry is not None), now)
            case protocol.Ping():
                self._send(route, protocol.Pong(), now)
            case protocol.StatusRequest():
                self._send(route, protocol.Status(self._status(now)), now)
            case protocol.Shutdown():
                self._send(route, protocol.Bye(), now)
                self._begin_drain()
            case protocol.Hello(versions=versions):
                self._active = now
                if protocol.VERSION not in versions:
                    raise PconvError(
                        "version_mismatch",
                        f"This daemon ({self._software}) speaks version {protocol.VERSION}, the client {versions}; "
                        "install the same pconv on both sides.",
                    )
                self._send(route, self._welcome(), now)

    def _on_fill(
        self, route: bytes, owner: str, fill: protocol.Fill, image: zmq.Frame, hole: zmq.Frame, now: float
    ) -> None:
        try:
            protocol.check_payload(fill, len(image), len(hole), self._limits)
            entry, fresh = self._ledger.admit(owner, fill, image, hole, now)
            if fresh:
                self._refuse_if_unable(entry, now)
        except PconvError as error:
            error.id = fill.id
            raise
        entry.add_route(route)
        if entry.reply is not None:
            self._deliver(entry, route, now)
            return
        self._dispatch(now)
        if entry.started is None:
            self._tell_position(entry, self._ledger.queued, now)

    def _refuse_if_unable(self, entry: Entry, now: float) -> None:
        """Raises the reason when there is nobody to do the work; the entry is forgotten then."""
        reason = None
        if self._draining:
            reason = PconvError("shutting_down", "The daemon is about to leave; try again.", 0.5)
        else:
            for worker in self._workers:
                worker.wake(now)
            if all(worker.state == "failed" for worker in self._workers):
                worker = min(self._workers, key=lambda worker: worker.retry_after(now))
                reason = PconvError(worker.error.code, worker.error.message, worker.retry_after(now))
        if reason is not None:
            self._ledger.withdraw(entry)
            raise reason

    def _dispatch(self, now: float) -> None:
        while (entry := self._ledger.head()) is not None:
            worker = min(self._workers, key=lambda worker: (not worker.has_room(entry), len(worker.jobs)))
            if not worker.has_room(entry):
                return
            worker.launch(self._ledger.take(now), now)

    def _tend(self, worker: Worker, now: float) -> None:
        """Hear what a worker says, notice its death, start it when it is time."""
        for message, payload in worker.receive(now):
            self._on_worker(worker, message, payload, now)
        if worker.is_dead(now):
            was_ready = worker.state == "ready"
            lost = worker.bury(now)
            self._log.note("worker_died", worker=worker.name, exit_code=worker.process.returncode, requests=len(lost))
            self._recover(lost, was_ready, now)
        worker.start_if_due(now)

    def _on_worker(self, worker: Worker, message: worklink.FromWorker, payload: zmq.Frame | None, now: float) -> None:
        if isinstance(message, worklink.Ready):
            self._log.note("worker_ready", worker=worker.name, **message.info)
        elif isinstance(message, worklink.Moved):
            if entry := worker.jobs.get(message.number):
                event = protocol.ProgressEvent(entry.fill.id, "filling", done=message.done, total=message.total)
                self._tell(entry, event, now)
        elif not isinstance(message, worklink.Fatal) and (entry := worker.jobs.pop(message.number, None)):
            self._finish(entry, _reply(entry, message), payload, now)
        self._dispatch(now)

    def _recover(self, lost: list[Entry], was_ready: bool, now: float) -> None:
        """Requests of a dead worker are queued again, alone; who was there twice is answered `poisoned`."""
        again = []
        for entry in lost:
            entry.strikes += 1
            entry.started = None
            if entry.strikes >= MAX_STRIKES:
                text = "This request ended the worker twice and is not tried again; please report the picture."
                self._finish(entry, Error("poisoned", text, entry.fill.id), None, now)
            else:
                again.append(entry)
        self._ledger.put_back(again)
        if all(worker.state == "failed" for worker in self._workers):
            error = self._workers[0].error
            for _, entry in self._ledger.waiting():
                self._finish(entry, Error(error.code, error.message, entry.fill.id), None, now)

    def _finish(self, entry: Entry, reply: Error | protocol.Result, picture: Any, now: float) -> None:
        """Give a request its one answer."""
        for worker in self._workers:
            worker.drop(entry)
        self._ledger.finish(entry, reply, picture, now)
        self._log.write(entry)
        self._count(reply.code if isinstance(reply, Error) else "ok")
        for route in entry.routes:
            self._deliver(entry, route, now)
        self._active = now

    def _tick(self, now: float) -> None:
        for entry in self._ledger.overdue(now):
            late = Error("deadline", "The fill was not ready in time; allow more time or select less.", entry.fill.id)
            self._finish(entry, late, None, now)
        for entry in self._ledger.abandoned(now):
            self._finish(entry, Error("cancelled", "The client left without its answer.", entry.fill.id), None, now)
        self._dispatch(now)
        self._outbox.flush(now)
        self._ledger.forget_old(now)
        if now - self._positions_told > POSITIONS_SECONDS:
            self._positions_told = now
            for position, entry in self._ledger.waiting():
                self._tell_position(entry, position, now)
        idle = self._settings.idle_seconds
        if idle is not None and not self._ledger.open_count and now - self._active > idle:
            self._begin_drain()
        if self._draining and not self._ledger.open_count and (not self._outbox.bytes or now > self._drain_limit):
            self._leaving = True

    def _begin_drain(self) -> None:
        if not self._draining:
            self._draining, self._drain_limit = True, time.monotonic() + FLUSH_SECONDS

    def _tell_position(self, entry: Entry, position: int, now: float) -> None:
        loading = not any(worker.state == "ready" for worker in self._workers)
        stage = "loading" if loading else "queued"
        self._tell(entry, protocol.ProgressEvent(entry.fill.id, stage, position=position), now)

    def _tell(self, entry: Entry, event: protocol.ProgressEvent, now: float) -> None:
        if entry.fill.progress:
            frames = protocol.encode(event)
            there = [self._outbox.send(route, frames, now, droppable=True) for route in entry.routes]
            entry.alone_since = None if any(there) else entry.alone_since or now

    def _deliver(self, entry: Entry, route: bytes, now: float) -> None:
        payload = [] if entry.picture is None else [entry.picture]
        self._outbox.send(route, protocol.encode(entry.reply, *payload), now)

    def _send(self, route: bytes, reply: protocol.AnyReply, now: float) -> None:
        self._outbox.send(route, protocol.encode(reply), now)

    def _count(self, outcome: str) -> None:
        self._counts[outcome] = self._counts.get(outcome, 0) + 1

    def _welcome(self) -> protocol.Welcome:
        ready = next((worker.ready for worker in self._workers if worker.ready), None)
        return protocol.Welcome(
            protocol.VERSION,
            self._software,
            self._limits,
            ready.buckets if ready else [],
            ready.info if ready else {},
        )

    def _status(self, now: float) -> dict[str, Any]:
        welcome = self._welcome()
        return {
            "software": self._software,
            "protocol": protocol.VERSION,
            "pid": os.getpid(),
            "address": self._address,
            "uptime_seconds": round(now - self._began, 1),
            "idle_seconds": self._settings.idle_seconds,
            "draining": self._draining,
            "model": welcome.model,
            "buckets": welcome.buckets,
            "workers": [worker.to_dict() for worker in self._workers],
            "queued": self._ledger.queued,
            "open": self._ledger.open_count,
            "open_bytes": self._ledger.open_bytes,
            "outcomes": dict(self._counts),
            "replies_dropped": self._outbox.dropped,
            "log_failures": self._log.failures,
        }


def _reply(entry: Entry, message: worklink.Done | worklink.Failed) -> protocol.Result | Error:
    fill = entry.fill
    if isinstance(message, worklink.Failed):
        return Error(message.code, message.message, fill.id)
    queue_ms = round((entry.started - entry.accepted) * 1000, 3)
    size = (fill.height, fill.width, fill.channels, fill.dtype)
    return protocol.Result(fill.id, *size, queue_ms, round(message.run_ms, 3))


def _owner(frame: zmq.Frame) -> str:
    """Who sent it: the user id of an ipc peer (the system says so), "" where that is not known."""
    try:
        parts = frame.get("Peer-Address").rsplit(":", 3)
    except zmq.ZMQError:
        return ""
    return parts[1] if sys.platform == "linux" and parts[0] == "localhost" and len(parts) == 4 else ""


def _software() -> str:
    try:
        return f"pconv {metadata.version('pconv')}"
    except metadata.PackageNotFoundError:
        return "pconv (not installed)"
