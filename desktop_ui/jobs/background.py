"""One function run beside the window, its result or error told in the window's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, QRunnable, QThreadPool, pyqtSignal

from model.errors import PconvError

log = logging.getLogger(__name__)


class BackgroundTask(QObject):
    """Work in another thread, and the signals that tell its end.

    Signals:
        done(result), failed(PconvError): exactly one of them, in the thread that made the task.
    """

    done = pyqtSignal(object)
    failed = pyqtSignal(object)


_running: set[BackgroundTask] = set()


def start(
    work: Callable[[], Any], done: Callable[[Any], object], failed: Callable[[PconvError], object]
) -> BackgroundTask:
    """Run `work()` in the pool; PconvErrors go to `failed` as they are, anything else as code "internal"."""
    task = BackgroundTask()
    _running.add(task)
    task.done.connect(lambda result: _finish(task, done, result))
    task.failed.connect(lambda error: _finish(task, failed, error))

    class Run(QRunnable):
        def run(self) -> None:
            try:
                result = work()
            except PconvError as error:
                task.failed.emit(error)
            except Exception as error:
                log.exception("a task failed")
                task.failed.emit(PconvError("internal", f"Something unexpected went wrong ({error}); try again."))
            else:
                task.done.emit(result)

    _pool().start(Run())
    return task


def finish_all() -> None:
    """Wait until everything that was started is done, and tell nobody any more; for the end of the program."""
    _pool().waitForDone()
    _running.clear()


def _pool() -> QThreadPool:
    pool = QThreadPool.globalInstance()
    assert pool is not None
    return pool


def _finish(task: BackgroundTask, receiver: Callable[[Any], object], value: Any) -> None:
    if task in _running:
        _running.discard(task)
        task.done.disconnect()  # else the task and what its work held would stay until Python looks for circles
        task.failed.disconnect()
        receiver(value)
