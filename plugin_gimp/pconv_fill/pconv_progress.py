"""What GIMP's progress bar shows while fills are computed: the share that is done and the time that is left."""

from __future__ import annotations

import time

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402
from pconv_steps import run_now  # noqa: E402
from pconv_words import _  # noqa: E402

STAGES = {
    "asking": _("Asking pconv…"),
    "starting": _("Starting pconv…"),
    "loading": _("Loading the network…"),
    "queued": _("Waiting as number %(position)d…"),
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
        """Let a job compute; returns its Filled."""
        self.begin()
        filled = run_now(job.steps(), link, self.news, self.tick)
        self.end()
        return filled

    def begin(self):
        """What comes now is of the next job."""
        self._share = None

    def end(self):
        """The job is done."""
        self._before += 1

    def news(self, header):
        """What the bridge says of the job."""
        self._share = (self._before + share) / self._count if (share := share_of(header)) is not None else None
        if self._share is None:
            Gimp.progress_set_text(stage_of(header))
        else:
            if self._begin is None:
                self._begin = self._clock()
            Gimp.progress_set_text(filling(self._share, self._clock() - self._begin))
        self.tick()

    def tick(self):
        if self._share is None:
            Gimp.progress_pulse()
        else:
            Gimp.progress_update(self._share)


def share_of(header):
    """The share that is done, 0 to 1, of a progress frame's fill; None while that has not begun."""
    return header["done"] / header["total"] if header["total"] else None


def stage_of(header):
    """A line on a progress frame's fill that has not begun."""
    return STAGES.get(header["stage"], _("Working…")) % header


def filling(share, seconds):
    """A line on a share from 0 to 1 that took so many seconds, with a guess of what is left where one can be made."""
    done = _("Filling: %d%%") % round(share * 100)
    if share == 0 or seconds < SOONEST:
        return f"{done}…"
    left = seconds * (1 - share) / share
    rest = _("about %d s left") % round(left) if left < 90 else _("about %d min left") % round(left / 60)
    return f"{done}, {rest}"
