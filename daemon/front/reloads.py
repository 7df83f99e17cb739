"""New weights for the workers, one after the other, while they serve; the first that refuses them ends it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from daemon.front.worker_process import WorkerProcess
from model.errors import KINDS, PconvError

Settle = Callable[[dict[str, Any] | PconvError], None]


class Reloads:
    """One reload at a time, the others wait.

    Args:
        workers: whose weights are meant.
    """

    def __init__(self, workers: Sequence[WorkerProcess]) -> None:
        self._workers = workers
        self._waiting: deque[tuple[str | None, Settle]] = deque()
        self._left: list[WorkerProcess] = list(workers)
        self._asked = False

    @property
    def active(self) -> bool:
        return bool(self._waiting)

    def add(self, weights: str | None, settle: Settle) -> None:
        """Have this file served; None is the one in use, read again.

        `settle` is called once, with the model now served or with the error for which the old one stays.
        """
        self._waiting.append((weights, settle))

    def tend(self, now: float) -> None:
        """Ask the next worker, or hear what the asked one answered."""
        if not self._waiting:
            return
        worker, weights = self._left[0], self._waiting[0][0]
        if not self._asked:
            self._asked = worker.reload(weights, now)
        elif worker.reloaded is not None:
            self._asked = False
            self._left.pop(0)
            if worker.reloaded.code:
                text = f"{worker.reloaded.message} {worker.name} keeps its weights."
                self._settle(KINDS[worker.reloaded.kind](worker.reloaded.code, text))
            elif not self._left:
                self._settle(worker.ready.info if worker.ready else {})

    def _settle(self, result: dict[str, Any] | PconvError) -> None:
        self._left = list(self._workers)
        self._waiting.popleft()[1](result)
