"""The engine as it is resident in a worker: loaded when work comes, lighter when none does, replaced between runs."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from daemon.protocol.worker_messages import Residency
from model.errors import WeightsError


class Memory(Protocol):
    """Of the device, in bytes; None is what is not known."""

    def used(self) -> int | None: ...

    def free(self) -> int | None: ...

    def trim(self) -> None: ...


class UnknownMemory:
    """Of a device that is not loaded yet, or not of this machine."""

    def used(self) -> None:
        return None

    def free(self) -> None:
        return None

    def trim(self) -> None:
        return None


@dataclass(frozen=True)
class Candidate:
    """An engine that may become the resident one.

    Args:
        engine: with `run`, `tile_sides`, `largest_batch`, `info`; not yet used.
        self_check: warms it up and checks it; raises when it is not fit to serve.
        memory: of its device.
        dtype: what it computes in, so that the next one need not find that out again.
        threads: that its runs may share; its `run` is told how many to take. None where that is not for us to say.
        runs_ahead: that may be begun while another is under way, to bring their pictures to the device.
    """

    engine: Any
    self_check: Callable[[], None]
    memory: Memory
    dtype: str | None = None
    threads: int | None = None
    runs_ahead: int = 0


MEASURED_SECONDS = 0.5  # between two looks at the memory while runs follow each other

Load = Callable[[str | None, str | None], Candidate]  # weights, dtype


class Resident:
    """All methods but `prepare` and the properties are for the engine's own threads.

    Args:
        load: makes an engine of a weights file and a dtype; None are the ones it was told at the start.
    """

    def __init__(self, load: Load) -> None:
        self.state: Residency = "loading"
        self.tile_sides: tuple[int, ...] = ()
        self.largest_batch = 0
        self.threads: int | None = None
        self.runs_ahead = 0
        self.info: dict[str, Any] = {}
        self._load = load
        self._weights: str | None = None
        self._dtype: str | None = None
        self._engine: Any = None
        self._memory: Memory = UnknownMemory()
        self._measured: tuple[int | None, int | None] = (None, None)
        self._measured_at = -math.inf
        self._busy_since: dict[int, float] = {}  # by thread
        self._waking = threading.Lock()

    @property
    def busy_seconds(self) -> float:
        """How long the engine's threads have been at what they do, at most."""
        began = list(self._busy_since.values())
        return time.monotonic() - min(began) if began else 0.0

    @property
    def memory(self) -> tuple[int | None, int | None]:
        """Bytes used and free about when an engine's thread last did something; no other may ask the device."""
        return self._measured

    def load(self) -> None:
        """Raises whatever makes the engine unusable."""
        with self._busy():
            self._take(self._load(self._weights, self._dtype))

    def prepare(self, weights: str | None) -> Candidate:
        """The engine of another file, or of the same one read again, beside the one that serves. For any thread."""
        return self._load(weights or self._weights, self._dtype)

    def adopt(self, weights: str | None, candidate: Candidate) -> None:
        """Let the candidate check itself and take the engine's place. Whatever is raised, the old one stays.

        Raises:
            WeightsError: "weights_mismatch", requests under way could not go on with it.
        """
        with self._busy():
            new = tuple(candidate.engine.tile_sides)
            if new != self.tile_sides:
                raise WeightsError(
                    "weights_mismatch",
                    f"The network works at sizes {new}, the one in use at {self.tile_sides}. "
                    "Restart the daemon to use it.",
                )
            self._take(candidate)
            self._weights = weights or self._weights
            self._memory.trim()

    def run(self, images: np.ndarray, holes: np.ndarray, wanted: np.ndarray, share: float = 1.0) -> np.ndarray:
        """As the engine's, with this share of its threads; brings the weights back first when they are asleep."""
        with self._waking:
            if self._engine is None:
                self.load()
        with self._busy(MEASURED_SECONDS):
            self.state = "full"
            if self.threads is None:
                return self._engine.run(images, holes, wanted)
            return self._engine.run(images, holes, wanted, max(1, round(self.threads * share)))

    def trim(self) -> None:
        """Give back the memory that is only kept for later."""
        with self._busy():
            self._memory.trim()
            self.state = "trimmed"

    def sleep(self) -> None:
        """Give the weights' memory back too; the next run loads them again."""
        with self._busy():
            self._engine = None
            self._memory.trim()
            self.state = "asleep"

    def _take(self, candidate: Candidate) -> None:
        candidate.self_check()
        self._engine, self._memory = candidate.engine, candidate.memory
        self._dtype, self.threads, self.runs_ahead = candidate.dtype, candidate.threads, candidate.runs_ahead
        self.info = candidate.engine.info.to_dict()
        self.tile_sides, self.largest_batch = tuple(candidate.engine.tile_sides), candidate.engine.largest_batch
        self.state = "full"

    @contextmanager
    def _busy(self, old: float = 0.0) -> Iterator[None]:
        """Notes since when this thread is at it and, where the last figures are `old` seconds old, the memory then."""
        thread = threading.get_ident()
        self._busy_since[thread] = time.monotonic()
        try:
            yield
            if time.monotonic() - self._measured_at >= old:
                self._measured, self._measured_at = (self._memory.used(), self._memory.free()), time.monotonic()
        finally:
            del self._busy_since[thread]


def load_engine(weights: str | None, device: str | None, dtype: str, threads: int | None) -> Candidate:
    """An engine whose self-check is still to be run."""
    from model.engine.engine import Engine, find_device
    from model.engine.self_check import self_check
    from model.network.weights import load_weights

    loaded = load_weights(weights)
    engine = Engine(loaded, device or find_device(), dtype, threads)

    def warm_up_and_check() -> None:
        engine.warm_up()
        self_check(engine, loaded)

    return Candidate(engine, warm_up_and_check, engine.memory, engine.dtype, engine.threads, engine.runs_ahead)
