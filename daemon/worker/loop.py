"""A worker's event loop: hears of new jobs and cancels while the engine runs."""

from __future__ import annotations

import math
import os
import socket as sockets
import sys
import threading
import time
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import zmq

from daemon.protocol import worker_messages
from daemon.worker.engine_threads import EngineThreads
from daemon.worker.faults import code_of, is_out_of_memory, kind_of, sentence_of
from daemon.worker.fill_task import Advanced, Broken, Finished
from daemon.worker.idle import Housekeeping
from daemon.worker.resident_engine import Resident
from daemon.worker.scheduler import Event, Ran, Scheduler
from model.errors import PconvError
from model.fill.plan import plan_fill
from model.patches.threads import limit_threads

MAX_PLANNERS = 8
LEAST_PLANNERS = 2  # so that one long drawing does not hold all others up
ENGINE_THREADS_PER_PLANNER = 2
PLANNER_NICENESS = 10
BEAT_SECONDS = 1.0
MOVED_SECONDS = 0.1  # progress of one fill is told no more often
LAST_WORDS_MS = 2000


class WorkerLoop:
    """An event loop that hears of new jobs and cancels while the engine runs, and tells every second that it lives."""

    def __init__(
        self,
        socket: zmq.Socket,
        resident: Resident,
        engine_threads: EngineThreads,
        housekeeping: Housekeeping,
        lanes: int,
    ) -> None:
        self._socket = socket
        self._resident = resident
        self._housekeeping = housekeeping
        self._lanes = lanes
        self._wake, self._waker = sockets.socketpair()
        self._wake.setblocking(False)
        self._poller = zmq.Poller()
        self._poller.register(socket, zmq.POLLIN)
        self._poller.register(self._wake, zmq.POLLIN)
        self._engine_threads = engine_threads
        self._loader_thread = ThreadPoolExecutor(1, thread_name_prefix="loader")
        self._scheduler: Scheduler | None = None
        self._reloading: Future | None = None
        self._beat_due = 0.0
        self._ran: list[worker_messages.BatchRan] = []  # told with the next answer or beat, not to wake the front
        self._moved: dict[int, float] = {}  # when progress was told last, by job

    def loop(self) -> None:
        """Ends when the engine cannot be loaded.

        Raises:
            Exception: the engine failed; the process should end, since a device may not recover from that.
        """
        scheduler = self._load()
        if scheduler is None:
            return
        self._scheduler = scheduler
        self._say_ready()
        while True:
            for event in scheduler.pump():
                self._tell(event)
            if self._reloading and self._reloading.done():
                done, self._reloading = self._reloading, None
                self._say_reloaded(done, scheduler)
            if rest := self._housekeeping.due(scheduler.idle, time.monotonic()):
                self._engine_threads.submit(getattr(self._resident, rest))
            self._turn()

    def _load(self) -> Scheduler | None:
        self._loader_thread.submit(_compile_ahead)
        loading = self._engine_threads.submit(self._resident.load)
        loading.add_done_callback(self._stir)
        while not loading.done():
            self._turn()
        if error := loading.exception():
            _explain(error)
            self._send(worker_messages.Fatal(code_of(error), sentence_of(error), kind_of(error)))
            return None
        resident = self._resident
        lanes, threads = self._lanes, resident.threads or 1
        shared = lanes == 1 and threads > 1
        if shared:
            lanes = min(threads, resident.largest_batch)
        self._engine_threads.widen(lanes + resident.runs_ahead + shared)
        scheduler = Scheduler(
            resident.run,
            resident.largest_batch,
            is_out_of_memory,
            _planners(resident.threads),
            self._stir,
            self._engine_threads,
            lanes,
            shared,
            ThreadPoolExecutor(1, "swift"),
        )
        return scheduler

    def _turn(self) -> None:
        """Wait for something to do, but not beyond the next beat; hear the front."""
        now = time.monotonic()
        if now >= self._beat_due:
            self._beat_due = now + BEAT_SECONDS
            self._tell_ran()
            max_batch = self._scheduler.max_batch if self._scheduler else 0
            self._send(
                worker_messages.Heartbeat(
                    self._resident.busy_seconds, self._resident.state, max_batch, *self._resident.memory
                )
            )
        ready = dict(self._poller.poll(math.ceil(max(0.0, self._beat_due - now) * 1000)))
        if self._wake.fileno() in ready:
            self._wake.recv(4096)
        while self._socket.poll(0):
            self._read()

    def _read(self) -> None:
        frames = self._socket.recv_multipart(copy=False)
        message = worker_messages.decode_to_worker(frames[0].buffer)
        if isinstance(message, worker_messages.Reload):
            self._reload(message.weights)
            return
        assert self._scheduler is not None  # a front that was not told "ready" sends no work
        if isinstance(message, worker_messages.Drop):
            self._scheduler.drop(message.number)
            self._moved.pop(message.number, None)
        else:
            self._add(self._scheduler, message, frames[1].buffer, frames[2].buffer)

    def _add(
        self, scheduler: Scheduler, job: worker_messages.Assign, image_buffer: memoryview, hole_buffer: memoryview
    ) -> None:
        fill = job.fill
        image = np.frombuffer(image_buffer, np.dtype(fill.dtype).newbyteorder("<"))
        image = image.reshape(fill.height, fill.width, fill.channels)
        hole, *forbid = np.frombuffer(hole_buffer, np.uint8).reshape(fill.masks, fill.height, fill.width)
        plan = plan_fill(image, hole, fill.options, self._resident.tile_sides, not fill.is_cropped, *forbid)
        scheduler.add(job.number, plan, job.user, fill.is_background)

    def _reload(self, weights: str | None) -> None:
        """Load beside the engine that serves; between two of its runs the new one proves itself and takes its place."""

        def replace() -> None:
            candidate = self._resident.prepare(weights)
            self._engine_threads.submit(self._resident.adopt, weights, candidate).result()

        self._reloading = self._loader_thread.submit(replace)
        self._reloading.add_done_callback(self._stir)

    def _say_reloaded(self, done: Future, scheduler: Scheduler) -> None:
        if error := done.exception():
            _explain(error)
            self._send(worker_messages.Reloaded(code_of(error), sentence_of(error), kind_of(error)))
            return
        scheduler.renew(self._resident.largest_batch)
        self._housekeeping.begin()
        self._say_ready()
        self._send(worker_messages.Reloaded())

    def _say_ready(self) -> None:
        resident = self._resident
        self._send(worker_messages.Ready(resident.info, list(resident.tile_sides), resident.largest_batch, self._lanes))

    def _tell(self, event: Event) -> None:
        if isinstance(event, Ran):
            self._ran.append(worker_messages.BatchRan(event.rows, event.side, event.run_ms))
        elif isinstance(event, Advanced):
            now = time.monotonic()
            if now - self._moved.get(event.number, -math.inf) >= MOVED_SECONDS:
                self._moved[event.number] = now
                self._send(worker_messages.Progressed(event.number, event.done, event.total))
        else:
            self._moved.pop(event.number, None)
            self._answer(event)

    def _tell_ran(self) -> None:
        for ran in self._ran:
            self._send(ran)
        self._ran.clear()

    def _answer(self, event: Finished | Broken) -> None:
        self._tell_ran()
        if isinstance(event, Finished):
            box, pictures = event.patch.box, event.patch.variants
            place = (box.top, box.left, *box.shape)
            had = (event.busy_seconds * 1000, len(pictures))
            done = worker_messages.Done(event.number, event.run_ms, event.side, *place, *had)
            self._send(done, pictures.data.cast("B"))
        else:
            _explain(event.error)
            error = event.error
            self._send(worker_messages.Failed(event.number, code_of(error), sentence_of(error), kind_of(error)))

    def _send(self, message: Any, *payload: Any) -> None:
        self._socket.send_multipart([worker_messages.encode(message), *payload], copy=False)

    def _stir(self, *_: object) -> None:
        """From any thread: the loop has something to do."""
        self._waker.send(b"x")


def _explain(error: BaseException) -> None:
    """Print where an error came from that nobody foresaw; the others have a code and say all in their sentence."""
    if not isinstance(error, PconvError):
        traceback.print_exception(error)


def _compile_ahead() -> None:
    """Beside the loading of the network: what draws needs some seconds in the first process of a machine."""
    from model.patches.draw import compile_ahead

    compile_ahead()


def _planners(engine_threads: int | None) -> ThreadPoolExecutor:
    """Threads for plans, which draw too. Where they share their processor with the engine's they take what is left."""
    if engine_threads is None:
        return ThreadPoolExecutor(min(MAX_PLANNERS, os.cpu_count() or 1), "planner")
    limit_threads(engine_threads)
    count = max(LEAST_PLANNERS, min(MAX_PLANNERS, engine_threads // ENGINE_THREADS_PER_PLANNER))
    return ThreadPoolExecutor(count, "planner", _stand_back)


def _stand_back() -> None:
    """A plan that takes a core from one of the engine's threads makes the others wait as well."""
    if sys.platform == "linux":  # elsewhere niceness is of processes
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PLANNER_NICENESS)
