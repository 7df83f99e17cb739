"""Work in steps: a generator that yields what may take a while, and goes on with the answer.

It yields a Question for the bridge, a function without arguments that uses nothing of GIMP, or None to let others have
their turn. Whoever drives it says how: `run_now` waits; a Task lets GTK's loop go on meanwhile.
"""

from __future__ import annotations

import threading
from collections import namedtuple

from gi.repository import GLib

Question = namedtuple("Question", "header parts")  # parts: the bytes of the body, one after the other


def run_now(steps, link=None, news=None, tick=None):
    """Drive steps to their end; returns what they return.

    Raises:
        Exception: of the link, of the steps.
    """
    answer = None
    while True:
        try:
            wanted = steps.send(answer)
        except StopIteration as end:
            return end.value
        if isinstance(wanted, Question):
            answer = link.ask(wanted.header, *wanted.parts, news=news, tick=tick)
        else:
            answer = wanted() if wanted else None


class Task:
    """Drives steps in GLib's loop: each when nothing else is to be done, and what they yield in a thread.

    Args:
        ask: called in the thread with a Question and an Event that asks for its cancel.
        ended: called in the loop, once, with the Task; its `value` or `error` is set then, neither after a cancel. The
            error is whatever a step, `ask` or a function in the thread raised, foreseen or not.
    """

    def __init__(self, steps, ask, ended):
        self._steps, self._ask, self._ended = steps, ask, ended
        self._cancel = threading.Event()
        self.value = self.error = None
        GLib.idle_add(self._go_on, None, None)

    def cancel(self):
        """Let it end soon, without a value."""
        self._cancel.set()

    def _go_on(self, answer, error):
        try:
            if self._cancel.is_set():
                self._steps.close()
            else:
                self._see_to(self._steps.throw(error) if error else self._steps.send(answer))
                return GLib.SOURCE_REMOVE
        except StopIteration as end:
            self.value = end.value
        except Exception as fault:
            self.error = fault
        self._ended(self)
        return GLib.SOURCE_REMOVE

    def _see_to(self, wanted):
        if wanted is None:
            GLib.idle_add(self._go_on, None, None)
        else:
            threading.Thread(target=self._aside, args=(wanted,), daemon=True).start()

    def _aside(self, wanted):
        answer = error = None
        try:
            answer = self._ask(wanted, self._cancel) if isinstance(wanted, Question) else wanted()
        except Exception as fault:
            error = fault
        GLib.idle_add(self._go_on, answer, error)
