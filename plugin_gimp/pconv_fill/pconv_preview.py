"""Keeps a fill of what is set in the dialog: begun when that changes, cancelled by the next change, kept for OK."""

from __future__ import annotations

import hashlib
import threading

from gi.repository import GLib
from pconv_faults import told
from pconv_layers import check_image, jobs_for
from pconv_link import BridgeError, open_link
from pconv_options import FILLED_BY, options_of
from pconv_scene import Scene
from pconv_selection import read_selection
from pconv_session import keep_session, known_session
from pconv_settings import read_settings
from pconv_steps import Task

SETTLE_MS = 200
TICK_MS = 100
ENDED = ("no_bridge", "no_answer")  # errors after which a link is of no more use


class Preview:
    """The fill that the dialog shows, made anew after each change.

    Args:
        image, drawables: what is to be filled; the first job of them is shown.
        config: the procedure's; watched.
        board: shows it, by `show(scene)`, `fail(text)`, and while it is being made `work(header)` with what the bridge
            says of it, None before.
    """

    def __init__(self, image, drawables, config, board):
        self._image, self._drawables, self._config, self._board = image, drawables, config, board
        self.bridge = Bridge(self._news)
        self._task = self._result = self._error = self._looked_at = None
        self._again = False
        self._timer = 0
        config.connect("notify", self._changed)

    def begin(self):
        """Fill what is set now, as soon as a fill that still runs has given up."""
        self._timer = 0
        self._result = self._error = None
        if self._task:
            self._again = True
            self._task.cancel()
        else:
            self._again = False
            self._board.work(None)
            self._task = Task(self._steps(), self.bridge.ask, self._ended)
        return GLib.SOURCE_REMOVE

    def check(self):
        """Look whether the image was changed meanwhile; if it was, fill again."""
        if self._task:
            self._again = True
        elif self._result and not self._timer:
            self._timer = GLib.timeout_add(SETTLE_MS, self.begin)

    def take(self, news, tick):
        """End it. Returns the Job and the Filled that are shown, waited for where they are not there yet.

        Args:
            news: called with what the bridge says meanwhile.
            tick: called several times a second meanwhile.

        Raises:
            Exception: why there is none.
        """
        self._config.disconnect_by_func(self._changed)
        self._board = Waiting(news)
        if self._timer:
            GLib.source_remove(self._timer)
            self.begin()
        ticks = GLib.timeout_add(TICK_MS, lambda: tick() or GLib.SOURCE_CONTINUE)
        self._wait()
        GLib.source_remove(ticks)
        if self._error:
            raise self._error
        return self._result

    def drop(self):
        """End it, and what the bridge does for it."""
        self._config.disconnect_by_func(self._changed)
        self._board = Waiting(lambda header: None)
        if self._timer:
            GLib.source_remove(self._timer)
        self._again = False
        self.bridge.stop.set()
        if self._task:
            self._task.cancel()
        self._wait()
        self.bridge.take_link(close=True)

    def _wait(self):
        while self._task:
            GLib.MainContext.default().iteration(True)

    def _changed(self, _config, parameter):
        if parameter.name not in FILLED_BY:
            return
        if self._task:
            self._task.cancel()
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer = GLib.timeout_add(SETTLE_MS, self.begin)

    def _steps(self):
        check_image(self._image, self._drawables)
        selection = yield from read_selection(self._image)
        job = jobs_for(self._image, self._drawables, options_of(self._config), selection)[0]
        filled = yield from job.steps(self._look)
        scene = yield lambda: Scene(filled)
        return job, filled, scene

    def _look(self, read, alpha):
        """In a thread: show what the fill looks at, unless its last fill is shown."""
        looked_at = hashlib.sha256(repr(read.rect).encode() + read.pixels + alpha).digest()
        if looked_at != self._looked_at:
            self._looked_at = looked_at
            scene = Scene(read, alpha)
            GLib.idle_add(lambda: self._board.show(scene))

    def _news(self, header):
        """In a thread."""
        GLib.idle_add(lambda: self._board.work(header) if self._task else None)

    def _ended(self, task):
        self._task = None
        if task.value:
            *self._result, scene = task.value
            self._board.show(scene)
        elif task.error:
            self._error = task.error
            self._looked_at = None
            self._board.fail(told(task.error))
        if self._again:
            self.begin()


class Waiting:
    """A board for when nothing is shown any more."""

    def __init__(self, news):
        self._news = news

    def show(self, scene):
        pass

    def fail(self, text):
        pass

    def work(self, header):
        if header:
            self._news(header)


class Bridge:
    """The link of a dialog, opened when something is asked; used in one thread at a time.

    `stop` is set to end it, with whatever is asked then.
    """

    def __init__(self, news):
        self.stop = threading.Event()
        self._news = news
        self._link = None
        self._known: tuple = (None, None)
        self._session = known_session()

    def ask(self, question, cancel):
        """The bridge's answer to a Question; what was last asked for is not filled twice.

        Raises:
            BridgeError: of the link.
        """
        key = repr(sorted(question.header.items())).encode()
        digest = hashlib.sha256(key)
        for part in question.parts:
            digest.update(part)
        key, is_fill = digest.digest(), question.header["type"] == "fill"
        if is_fill and self._known[0] == key:
            return self._known[1]
        try:
            if self._link is None:
                self._link = open_link(read_settings(), self.stop, self._session)
                self._link.ask({"type": "warm"})
            answer = self._link.ask(question.header, *question.parts, news=self._news, cancel=cancel)
        except BridgeError as error:
            if error.code in ENDED and self._link:
                self._link.close()
                self._link = None
            raise
        if is_fill:
            self._known = key, answer
        return answer

    def take_link(self, close=False):
        """The link, which is no longer this one's; None where there is none."""
        link, self._link = self._link, None
        if link and close:
            keep_session(link)
            link.close()
        return link
