"""The jobs of a folder: several at once, resumed where a run was interrupted."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from model.errors import PconvError
from pconv.files.fill_file import FileFiller, FileJob
from pconv.files.results import FileResult
from pconv.images.files import claimed_pixels
from pconv.video.clip import is_clip

MOST_PIXELS = 2**26  # of the photos that are worked on at a time, some 15 bytes each


def is_done(job: FileJob) -> bool:
    """True when the output is there and at least as new as the photo and its masks. It is written after all others."""
    try:
        written = job.output.stat().st_mtime_ns
        return all(written >= path.stat().st_mtime_ns for path in job.read)
    except OSError:
        return False


class Room:
    """Lets photos in while together they fit into memory; one that is larger than all the room goes alone.

    Args:
        most: pixels.
    """

    def __init__(self, most: int = MOST_PIXELS) -> None:
        self._most = self._free = most
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def taken(self, pixels: int) -> Iterator[None]:
        """Waits until there is room for so many."""
        wanted = min(pixels, self._most)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= wanted)
            self._free -= wanted
        try:
            yield
        finally:
            with self._changed:
                self._free += wanted
                self._changed.notify_all()


def run(
    jobs: list[FileJob],
    make_filler: Callable[[], FileFiller],
    *,
    threads: int = 1,
    overwrite: bool = False,
    stop: threading.Event | None = None,
) -> Iterator[FileResult]:
    """Do the jobs, several at once, and yield what became of each as it ends.

    While one photo is read or written others are filled, and a daemon that has several can fill them together. A bad
    file fails alone. Without a daemon, or once `stop` is set, the rest is "not_tried".
    """
    stop = stop or threading.Event()
    local, room = threading.local(), Room()
    fillers: list[FileFiller] = []

    def work(job: FileJob) -> FileResult:
        if stop.is_set():
            return _result(job, "not_tried")
        if not overwrite and is_done(job):
            return _result(job, "skipped")
        with room.taken(0 if is_clip(job.image) else claimed_pixels(job.image)):  # of clips few frames are in memory
            return _result(job, "not_tried") if stop.is_set() else fill(job)

    def fill(job: FileJob) -> FileResult:
        if not hasattr(local, "filler"):
            local.filler = make_filler()
            fillers.append(local.filler)
        begin = time.monotonic()
        try:
            outcome = local.filler.fill(job)
        except PconvError as error:
            if error.kind == "cancelled":
                return _result(job, "not_tried")
            if error.kind == "daemon":
                stop.set()
            return _result(job, "failed", begin, note=error.message, code=error.code, kind=error.kind)
        except Exception as error:  # whatever it is, it is this file's
            words = f"{job.image} cannot be filled ({type(error).__name__}: {error}); the others go on."
            return _result(job, "failed", begin, note=words, code="failure", kind=PconvError.kind)
        others = tuple(str(path) for path in outcome.others)
        return _result(job, outcome.status, begin, note=outcome.note, others=others)

    with ThreadPoolExecutor(threads) as pool:
        try:
            for future in as_completed([pool.submit(work, job) for job in jobs]):
                yield future.result()
        except BaseException:
            stop.set()
            raise
    for filler in fillers:
        filler.close()


def _result(job: FileJob, status: str, begin: float | None = None, **more: Any) -> FileResult:
    seconds = 0.0 if begin is None else round(time.monotonic() - begin, 3)
    mask = None if job.mask is None else str(job.mask)
    return FileResult(str(job.image), mask, str(job.output), status, seconds, **more)
