"""One worker process and its socket: started, watched, restarted with Fibonacci back-off."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import zmq

from daemon.front.assigned_jobs import AssignedJobs
from daemon.front.job import Job
from daemon.front.worker_settings import WorkerSettings
from daemon.protocol import worker_messages
from daemon.system.directories import RuntimePaths, remove_endpoint
from daemon.system.processes import python_command
from daemon.transport.sockets import bind
from model.errors import KINDS, DeviceError, PconvError

LONGEST_DELAY = 60.0
STEADY_SECONDS = 60.0  # a worker that lived this long clears the record of failures
FAILURES_TO_REPORT = 3
SILENCE_SECONDS = 20.0  # a worker says every second that it lives; after so long without a word it counts as hung
LOADING_SILENCE_SECONDS = 120.0  # the same while it loads: libraries from a slow disk stop its loop
BLIND_SECONDS = 5.0  # a front that did not look for so long was stopped itself, and judges nobody
LAST_WORDS_SECONDS = 0.05
LAST, MORE = int(zmq.NOBLOCK), int(zmq.NOBLOCK | zmq.SNDMORE)
COPIED_BYTES = 64 << 10  # is quicker than to keep track of who reads them
MAX_AHEAD = 2  # batches of requests a worker holds, so that the next batch is ready when one ends
SECONDS_AHEAD = 4.0  # of its time that they may take, if there is a batch of them
MAX_PIXELS_AHEAD = 64 << 20
MAX_USERS_AHEAD = 64  # who are let in with one request, whatever others have there
NEWEST_COUNTS = 0.1  # of a request's time, for how long the next one will take
ENVIRONMENT = {  # of a worker, where the user's own does not say otherwise
    "OMP_WAIT_POLICY": "PASSIVE",  # spinning threads slow every neighbour, and torch itself, down
    "OPENBLAS_NUM_THREADS": "1",  # small matrices are faster so, by much where the cores are shared
    # glibc: what one run frees the next one takes, without asking the system for every page of it again
    "MALLOC_MMAP_THRESHOLD_": str(256 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),  # an idle worker trims itself
}


def fibonacci_delay(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 0, 1, 1, 2, 3, 5, … up to a minute."""
    a, b = 0.0, 1.0
    for _ in range(failures - 1):
        a, b = b, a + b
        if a >= LONGEST_DELAY:
            return LONGEST_DELAY
    return a


class WorkerProcess:
    """States: "starting", "ready", "resting" (waits for its next start), "failed" (starts on demand), "stopped".

    A failed one either said why before it ended, which another start alone will not mend, or died without a word.
    """

    def __init__(self, name: str, settings: WorkerSettings, context: zmq.Context, paths: RuntimePaths) -> None:
        self.name = name
        self.settings = settings
        self.state = "resting"
        self.error: PconvError | None = None
        self.ready: worker_messages.Ready | None = None
        self.beat: worker_messages.Heartbeat | None = None
        self.reloaded: worker_messages.Reloaded | None = None
        self.jobs = AssignedJobs()
        self.starts = 0
        self.socket: zmq.Socket | None = None
        self.process: subprocess.Popen | None = None
        self._context = context
        self._paths = paths
        self._before: WorkerSettings | None = None
        self.said_why = False
        self._failures = 0
        self._next_start = 0.0
        self._ready_at = 0.0
        self._heard_at = 0.0
        self._looked_at = 0.0
        self._died_at: float | None = None
        self._refusal = ""
        self._pixel_seconds = 0.0  # of the worker's time that a pixel takes

    def start(self, now: float) -> None:
        """Start a new process. Where the system refuses that, the worker is dead at once."""
        self.starts += 1
        self.state, self.ready, self.error, self.beat = "starting", None, None, None
        self._heard_at, self._looked_at, self._died_at = now, now, None
        try:
            self._start_process()
        except (OSError, zmq.ZMQError) as error:
            self.process, self._refusal = None, str(error.strerror)

    def _start_process(self) -> None:
        self.socket, self._endpoint, told = bind(self._context, self._paths, f"{self.name}-{self.starts}")
        command, environment = python_command(self.settings.module)
        self.process = subprocess.Popen(
            [*(self.settings.command or command), "--connect", self._endpoint, *self.settings.arguments()],
            stdin=subprocess.PIPE,  # its end tells the worker that the front is gone
            stdout=sys.stderr.fileno() if _has_descriptor(sys.stderr) else subprocess.DEVNULL,
            env={**ENVIRONMENT, **environment, **told},
        )

    def wake(self, now: float) -> bool:
        """Work has come: start a failed worker again, if its last start is not too fresh. False: it stays failed."""
        if self.state == "failed" and now >= self._next_start:
            self.start(now)
        return self.state != "failed"

    def retry_after(self, now: float) -> float:
        return max(0.0, self._next_start - now)

    def has_room(self, job: Job) -> bool:
        """Whether this request may be sent now. One that was there when a worker died goes alone."""
        if self.state != "ready" or self.ready is None:
            return False
        held = self.jobs
        if not held:
            return True
        if job.deaths or held.suspects or held.pixels + job.pixels > MAX_PIXELS_AHEAD:
            return False
        if len(held) < MAX_USERS_AHEAD and not held.has_of(job.turn):
            return True
        batch = self.max_batch * self.ready.lanes
        if len(held) >= batch and held.cost * self._pixel_seconds > SECONDS_AHEAD:
            return False
        return len(held) < MAX_AHEAD * batch

    @property
    def max_batch(self) -> int:
        """Rows of one engine run, as the worker said last; 0 before it was ready."""
        said = self.beat.max_batch if self.beat else 0
        return said or (self.ready.max_batch if self.ready else 0)

    def launch(self, job: Job) -> None:
        self.jobs.add(job)
        message = worker_messages.Assign(job.number, job.fill, job.user)
        self._send([worker_messages.encode(message), job.image, job.hole])

    def drop(self, job: Job) -> None:
        """The answer is not wanted any more."""
        if self.jobs.take(job.number) is not None:
            self._send([worker_messages.encode(worker_messages.Drop(job.number))])

    def reload(self, weights: str | None, now: float) -> bool:
        """Serve with this file from now on (None: the one in use, read again). False while that cannot be asked yet.

        `reloaded` will be the answer. A file that is refused is not used at the next start either.
        """
        if self.state not in ("ready", "failed"):
            return False
        self.reloaded = None
        self._before, self.settings = self.settings, replace(self.settings, weights=weights or self.settings.weights)
        if self.state == "ready":
            self._send([worker_messages.encode(worker_messages.Reload(weights))])
        else:
            self.start(now)
        return True

    def receive(self, now: float) -> Iterator[tuple[worker_messages.FromWorker, Any]]:
        """What the worker said, with its payload frame; states are kept here."""
        while self.socket is not None:
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            self._heard_at = now
            message = worker_messages.decode_from_worker(frames[0].buffer)
            if isinstance(message, worker_messages.Ready):
                if self.state == "starting":
                    self._note_reload(worker_messages.Reloaded())
                self.state, self.ready, self.error, self._ready_at, self.beat = "ready", message, None, now, None
            elif isinstance(message, worker_messages.Fatal):
                self.error = KINDS[message.kind](message.code, message.message)
            elif isinstance(message, worker_messages.Heartbeat):
                self.beat = message
            elif isinstance(message, worker_messages.Reloaded):
                self._note_reload(message)
            elif isinstance(message, worker_messages.Done):
                self._failures = 0
                self._note_time(message)
            yield message, frames[1] if len(frames) > 1 else None

    def start_if_due(self, now: float) -> None:
        """The back-off is over: start again."""
        if self.state == "resting" and now >= self._next_start:
            self.start(now)

    def is_dead(self, now: float) -> bool:
        """Whether the process has ended, or hangs and has now been ended. Its last words can be received by then."""
        if self.state not in ("starting", "ready"):
            return False
        if now - self._looked_at > BLIND_SECONDS:
            self._heard_at = now
        self._looked_at = now
        if self.process is not None and self.process.poll() is None:
            if self._hangs(now):
                self.process.kill()
            return False
        self._died_at = self._died_at or now
        return now - self._died_at >= LAST_WORDS_SECONDS

    @property
    def end(self) -> str:
        """How a dead process came to its end."""
        if self.process is None:
            return f"it cannot be started ({self._refusal})"
        return f"it ended with exit code {self.process.returncode}"

    def reap(self, now: float) -> list[Job]:
        """Settle a dead process: plan its next start and give back the requests it had."""
        jobs = list(self.jobs.values())
        to_blame = len(jobs) == 1 and jobs[0].deaths > 0  # it went alone since it was there at a death before
        if to_blame or (self.state == "ready" and now - self._ready_at > STEADY_SECONDS):
            self._failures = 0
        self._failures += 1
        self.said_why = self.error is not None
        if self.error is None and self.state == "starting" and self._failures >= FAILURES_TO_REPORT:
            self.error = DeviceError(
                "device_error", f"The worker was tried {self._failures} times: {self.end}; run `pconv doctor`."
            )
        self.state = "failed" if self.error else "resting"
        reason = self.error or DeviceError("device_error", "The worker ended over it.")
        self._note_reload(worker_messages.Reloaded(reason.code, reason.message, reason.kind))
        self._next_start = now + fibonacci_delay(self._failures)
        self.jobs, self.ready, self.beat = AssignedJobs(), None, None
        self._close()
        return jobs

    def stop(self) -> None:
        """End the process."""
        self.state = "stopped"
        self._close()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "pid": self.process.pid if self.process else None,
            "device": (self.ready.info.get("device") if self.ready else self.settings.device),
            "starts": self.starts,
            "requests": len(self.jobs),
            "max_batch": self.max_batch,
            "resident": self.beat.resident if self.beat else None,
            "used_bytes": self.beat.used_bytes if self.beat else None,
            "free_bytes": self.beat.free_bytes if self.beat else None,
            "error": {"code": self.error.code, "message": self.error.message} if self.error else None,
        }

    def _note_time(self, done: worker_messages.Done) -> None:
        if (job := self.jobs.get(done.number)) is not None:
            seconds = done.busy_ms / 1000 / job.cost
            before = self._pixel_seconds or seconds
            self._pixel_seconds = before + (seconds - before) * NEWEST_COUNTS

    def _note_reload(self, answer: worker_messages.Reloaded) -> None:
        """If a reload was asked for, this is what came of it."""
        if self._before is not None:
            self.settings, self.reloaded = self._before if answer.code else self.settings, answer
            self._before = None

    def _hangs(self, now: float) -> bool:
        patience = LOADING_SILENCE_SECONDS if self.state == "starting" else SILENCE_SECONDS
        busy = self.beat.busy_seconds if self.beat else 0.0
        return now - self._heard_at > patience or busy > self.settings.run_seconds

    def _close(self) -> None:
        if self.socket is not None:
            self.socket.close(linger=0)
            self.socket = None
            remove_endpoint(self._endpoint)
        if self.process is not None and self.process.stdin:
            self.process.stdin.close()

    def _send(self, frames: list[Any]) -> None:
        assert self.socket is not None
        last = len(frames) - 1
        try:
            for i, frame in enumerate(frames):
                self.socket.send(frame, LAST if i == last else MORE, copy=len(frame) <= COPIED_BYTES)
        except zmq.Again:  # it died a moment ago; `reap` will give the request back
            return


def _has_descriptor(stream: Any) -> bool:
    try:
        return os.fstat(stream.fileno()) is not None
    except (OSError, ValueError, AttributeError):
        return False
