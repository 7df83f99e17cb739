"""The workers as one: gives them what is next, hears them, and sees that no request dies with one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import zmq

from daemon.errors import PconvError
from daemon.front.counters import Tally
from daemon.front.job import Entry
from daemon.front.job_table import Ledger
from daemon.front.request_log import RequestLog
from daemon.front.worker_process import Worker
from daemon.protocol import Error, ProgressEvent, Result, worker_messages

MAX_STRIKES = 2

Finish = Callable[[Entry, Error | Result, Any, float], None]
Tell = Callable[[Entry, ProgressEvent, float], None]


class Pool:
    """
    Args:
        workers: one for each device.
        ledger: where the next request comes from.
        log: hears of workers that come and die.
        tally: counts what engines run.
        finish: called with a request, its one answer, the picture or None, and the time.
        tell: called with a request, its progress, and the time.
    """

    def __init__(
        self, workers: list[Worker], ledger: Ledger, log: RequestLog, tally: Tally, finish: Finish, tell: Tell
    ) -> None:
        self.workers = workers
        self._ledger = ledger
        self._log = log
        self._tally = tally
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
        """Hear what workers say, notice their deaths, start them when it is time."""
        for worker in self.workers:
            for message, payload in worker.receive(now):
                self._on_message(worker, message, payload, now)
            if worker.is_dead(now):
                lost = worker.bury(now)
                self._log.note("worker_died", worker=worker.name, end=worker.end, requests=len(lost))
                self._recover(lost, now)
            worker.start_if_due(now)

    def dispatch(self, now: float) -> None:
        """Give workers with room what is next."""
        while (entry := self._ledger.head()) is not None:
            worker = min(self.workers, key=lambda worker: (not worker.has_room(entry), len(worker.jobs)))
            if not worker.has_room(entry):
                return
            worker.launch(self._ledger.take(now))

    def wake(self, now: float) -> PconvError | None:
        """Work has come: start what has failed and may start again. The reason when there is nobody to do the work."""
        for worker in self.workers:
            worker.wake(now)
        if not self._all_failed():
            return None
        worker = min(self.workers, key=lambda worker: worker.retry_after(now))
        return PconvError(worker.error.code, worker.error.message, worker.retry_after(now))

    def soonest(self, now: float) -> float:
        """Seconds before which no worker can possibly take anything."""
        resting = [w.retry_after(now) for w in self.workers if w.state == "resting"]
        return min(resting) if len(resting) == len(self.workers) else 0.0

    def drop(self, entry: Entry) -> None:
        """The answer is not wanted any more."""
        for worker in self.workers:
            worker.drop(entry)

    def stop(self) -> None:
        for worker in self.workers:
            worker.stop()

    def _on_message(
        self, worker: Worker, message: worker_messages.FromWorker, payload: zmq.Frame | None, now: float
    ) -> None:
        if isinstance(message, worker_messages.Ready):
            self._log.note("worker_ready", worker=worker.name, **message.info)
        elif isinstance(message, worker_messages.Ran):
            self._tally.ran(message.rows, message.side, message.run_ms / 1000)
        elif isinstance(message, worker_messages.Moved):
            if entry := worker.jobs.get(message.number):
                event = ProgressEvent(entry.fill.id, "filling", done=message.done, total=message.total)
                self._tell(entry, event, now)
        elif isinstance(message, worker_messages.Done | worker_messages.Failed) and (
            entry := worker.jobs.pop(message.number, None)
        ):
            entry.bucket = message.side if isinstance(message, worker_messages.Done) else None
            self._finish(entry, _reply(entry, message), payload, now)
        self.dispatch(now)

    def _recover(self, lost: list[Entry], now: float) -> None:
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
        if self._all_failed():
            error = self.workers[0].error
            for entry in self._ledger.waiting():
                self._finish(entry, Error(error.code, error.message, entry.fill.id), None, now)

    def _all_failed(self) -> bool:
        return all(worker.state == "failed" for worker in self.workers)


def _reply(entry: Entry, message: worker_messages.Done | worker_messages.Failed) -> Result | Error:
    fill = entry.fill
    if isinstance(message, worker_messages.Failed):
        return Error(message.code, message.message, fill.id)
    queue_ms = round((entry.started - entry.accepted) * 1000, 3)
    form = (message.height, message.width, fill.channels, fill.dtype)
    return Result(fill.id, *form, queue_ms, round(message.run_ms, 3), message.top, message.left)
