"""What GIMP's progress bar shows while fills are computed: the share that is done and the time that is left."""

from __future__ import annotations

import time

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

STAGES = {
    "asking": "Asking pconv…",
    "starting": "Starting pconv…",
    "loading": "Loading the network…",
    "queued": "Waiting as number %(position)d…",
}
SOONEST = 1.0  # seconds of filling before a guess is made of how long it will take


class Progress:
    """Follows jobs and shows GIMP's progress bar what is done and how long the rest takes.

    Args:
        count: of the jobs that are followed, one after the other.
        clock: seconds.
    """

    def __init__(self, count, clock=time.monotonic):
        self._count, self._clock = count, clock
        self._before = 0
        self._share = None
        self._begin = None

    def follow(self, job, link):
        """Let a job compute; returns its answer."""
        self._share = None
        answer = job.compute(link, self._news, self._tick)
        self._before += 1
        return answer

    def _news(self, header):
        if header["total"]:
            if self._begin is None:
                self._begin = self._clock()
            self._share = (self._before + header["done"] / header["total"]) / self._count
            Gimp.progress_set_text(filling(self._share, self._clock() - self._begin))
        else:
            self._share = None
            Gimp.progress_set_text(STAGES.get(header["stage"], "Working…") % header)
        self._tick()

    def _tick(self):
        if self._share is None:
            Gimp.progress_pulse()
        else:
            Gimp.progress_update(self._share)


def filling(share, seconds):
    """A line on a share from 0 to 1 that took so many seconds, with a guess of what is left where one can be made."""
    text = f"Filling: {share:.0%}"
    if share == 0 or seconds < SOONEST:
        return f"{text}…"
    left = seconds * (1 - share) / share
    return f"{text}, about {left:.0f} s left" if left < 90 else f"{text}, about {left / 60:.0f} min left"
