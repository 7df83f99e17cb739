"""Many holes drawn at a time, each in a process of its own; small ones never wait for large ones."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from model.finish.drawing import Drawing
from model.synthesis.candidates import library
from model.synthesis.process import PatchProcess

QUICK_PIXELS = 256 * 256  # of a picture that is drawn in a fraction of a second
CORES_PER_DRAWING = 2  # one is left for the engine
MOST_PROCESSES = 4


class PatchPool:
    """Draws with the patch library, where it is.

    Args:
        cores: of the processor, that drawings may use.
        log: told why a hole was not drawn.
        make_process: for tests.
    """

    def __init__(
        self,
        cores: int = CORES_PER_DRAWING,
        log: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True),
        make_process: Callable[[], PatchProcess] = PatchProcess,
    ) -> None:
        self._lanes, self._most = (max(1, min(MOST_PROCESSES, n)) for n in (cores // CORES_PER_DRAWING, cores))
        self._large, self._quick = (ThreadPoolExecutor(self._most, "patches") for _ in range(2))
        self._open: Counter[ThreadPoolExecutor] = Counter()
        self._log, self._make_process = log, make_process
        self._lock = threading.Lock()
        self._idle: list[PatchProcess] = []
        self._at: dict[Future, PatchProcess] = {}

    @property
    def is_available(self) -> bool:
        return library() is not None

    def warm_up(self) -> None:
        """Have one process ready, where the library is."""
        if self.is_available:
            process = self._make_process()
            process.start()
            with self._lock:
                self._idle.append(process)

    def has_room(self, drawing: Drawing, is_alone: bool = False) -> bool:
        """Whether a drawing may be begun now; with `is_alone` the engine needs no core, and more may be drawn."""
        return self._open[self._pool_of(drawing)] < (self._most if is_alone else self._lanes)

    def submit(self, drawing: Drawing) -> Future:
        """The future's result is the picture (H, W, 3) uint8 with its hole drawn; None where that failed."""
        future: Future = Future()
        pool = self._pool_of(drawing)
        self._count(pool, 1)
        future.add_done_callback(lambda _: self._count(pool, -1))
        pool.submit(self._draw, drawing, future)
        return future

    def cancel(self, future: Future) -> None:
        """Stop this drawing now, at whatever it is; nobody waits for its result."""
        if not future.cancel():
            with self._lock:  # so that the process does not get another drawing meanwhile
                if process := self._at.get(future):
                    process.stop()

    def rest(self) -> None:
        """Give back the memory of the processes that are idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.stop()

    def close(self) -> None:
        """Stop everything."""
        for pool in (self._large, self._quick):
            pool.shutdown(wait=False, cancel_futures=True)
        for future in list(self._at):
            self.cancel(future)
        for pool in (self._large, self._quick):
            pool.shutdown(wait=True)
        self.rest()

    def _pool_of(self, drawing: Drawing) -> ThreadPoolExecutor:
        return self._quick if drawing.hole.size <= QUICK_PIXELS else self._large

    def _count(self, pool: ThreadPoolExecutor, change: int) -> None:
        with self._lock:
            self._open[pool] += change

    def _draw(self, drawing: Drawing, future: Future) -> None:
        with self._lock:
            if not future.set_running_or_notify_cancel():
                return
            process = self._at[future] = self._idle.pop() if self._idle else self._make_process()
        try:
            drawn = process.draw(drawing)
        except Exception as error:
            drawn = f"{type(error).__name__}: {error}"
        with self._lock:
            del self._at[future]
            self._idle.append(process)
        if isinstance(drawn, str):
            self._log(f"pconv: patches drew nothing, texture takes their place: {drawn}")
        future.set_result(None if isinstance(drawn, str) else drawn)
