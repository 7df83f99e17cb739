"""What one call must respect while it waits: its time, its cancel, whom to tell of progress."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from daemon import protocol
from model.errors import BusyError, CancelledError

TURN_SECONDS = 0.05  # how soon a cancel is seen
LONGEST_TURN = 1.0  # where nothing can be cancelled


@dataclass(frozen=True)
class Progress:
    """`stage`: "starting" (a daemon), "loading" (its network), "queued" (at `position`), "filling" (done of total)."""

    stage: str
    position: int = 0
    done: int = 0
    total: int = 0


class Call:
    """What one call must respect while it waits: its time, its cancel, whom to tell of progress."""

    def __init__(
        self,
        timeout: float | None = None,
        cancel: threading.Event | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.deadline = None if timeout is None or timeout == math.inf else time.monotonic() + timeout
        self.tell = progress or (lambda event: None)
        self.losses = 0
        self._cancel = cancel

    def check(self) -> None:
        """See whether the call may go on.

        Raises:
            PconvError: "cancelled" or "deadline".
        """
        if self._cancel is not None and self._cancel.is_set():
            raise CancelledError("cancelled", "The fill was cancelled.")
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise BusyError("deadline", "The daemon did not finish in time; allow more time and try again.")

    @property
    def wait_seconds(self) -> float:
        """Seconds that may be waited at most before `check` is called again."""
        if self._cancel is not None:
            return TURN_SECONDS
        left = LONGEST_TURN if self.deadline is None else self.deadline - time.monotonic()
        return min(max(left, 0.0), LONGEST_TURN)

    def budget_ms(self) -> int | None:
        if self.deadline is None:
            return None
        return min(max(1, int((self.deadline - time.monotonic()) * 1000)), protocol.LONGEST_BUDGET_MS)

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond a cancel or the deadline."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, TURN_SECONDS))
