"""The Fill menu: starts fills, tells how they go, takes their results into the document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from daemon.client.client import Progress
from desktop_ui.document.document import Document, FillRequest
from desktop_ui.jobs.fill import FillWorker
from desktop_ui.ui.filmstrip import Filmstrip
from desktop_ui.ui.overlays import Banner, ProgressPill
from desktop_ui.ui.panels.fill_panel import options_from
from desktop_ui.ui.thumbnails import glimpse
from desktop_ui.ui.workspace import Workspace
from desktop_ui.view.canvas import Canvas
from desktop_ui.view.glimpse import Glimpse
from model.errors import PconvError
from model.options import FillOptions

RESULT_ACTIONS = (
    "fill.previous_result", "fill.next_result", "fill.more", "fill.delete_result",
    "fill.result_1", "fill.result_2", "fill.result_3", "fill.result_4",
)  # fmt: skip


class FillController(QObject):
    """The fills of the open document, from the button to the result.

    Signals:
        busy_changed(bool): a fill runs, or no longer.
        filled(): a result is in the document.
        offline(): a fill failed because no daemon could be reached.
    """

    busy_changed = pyqtSignal(bool)
    filled = pyqtSignal()
    offline = pyqtSignal()

    def __init__(
        self,
        workspace: Workspace,
        worker: FillWorker,
        pill: ProgressPill,
        banner: Banner,
        strip: Filmstrip,
        canvas: Canvas,
    ) -> None:
        super().__init__()
        self._workspace = workspace
        self._worker = worker
        self._pill = pill
        self._banner = banner
        self._strip = strip
        self._canvas = canvas
        self._target: Document | None = None
        self._again = False
        self._refusal = ""
        self._stopping = False
        self._begun_at = 0  # the history's state
        self._repeat: Callable[[], None] = self.run  # what "Try again" does
        strip.chosen.connect(self.choose)
        strip.hovered.connect(self._glance)
        worker.progressed.connect(self._progressed)
        worker.finished_fill.connect(self._finished)
        worker.failed.connect(self._failed)

    @property
    def handlers(self) -> dict[str, Callable]:
        choosing: dict[str, Callable] = {
            f"fill.result_{number}": partial(self._choose_number, number - 1) for number in range(1, 5)
        }
        return choosing | {
            "fill.run": self.run,
            "fill.cancel": self.cancel,
            "fill.auto": lambda on: self._workspace.settings.__setitem__("fill/auto", on),
            "fill.previous_result": lambda: self._step_result(-1),
            "fill.next_result": lambda: self._step_result(1),
            "fill.more": self.more_like_this,
            "fill.delete_result": self.delete_result,
        }

    @property
    def busy(self) -> bool:
        return self._worker.busy

    def run(self) -> None:
        """Fill the whole mask, as the sliders stand."""
        self._run(options_from(self._workspace.settings), self.run)

    def _run(self, options: FillOptions, repeat: Callable[[], None]) -> None:
        document = self._workspace.document
        if document is None or self._worker.busy:
            return
        self._repeat = repeat
        try:
            request = document.fill_request(options)
        except PconvError as error:
            self._refused(error)
            return
        if request is None:
            self._workspace.say(self.tr("Nothing is marked: brush over what should go, then fill."))
            return
        found = document.candidate_for(request)
        if found is not None:
            document.choose_candidate(*found, self.tr("Choose result"))
            self._workspace.say(self.tr("This mask was filled with these parameters before; here is that result."))
            return
        self._target, self._begun_at, self._stopping = document, document.history.state, False
        if self._banner.text == self._refusal:
            self._banner.hide()
        self._worker.fill(request)
        self._pill.begin()
        self.busy_changed.emit(True)

    def run_after_stroke(self) -> None:
        """For "fill as you brush": now, or as soon as the running fill is done."""
        if self._worker.busy:
            self._again = True
        else:
            self.run()

    def cancel(self) -> None:
        if self._worker.busy:
            self._again = False
            self._stopping = True
            self._worker.cancel()
            self._pill.stopping()

    def cancel_if_last(self) -> bool:
        """Stop the running fill where nothing was done since it began; → False when there is nothing to stop."""
        document = self._workspace.document
        last = (
            self.busy and document is not None and document is self._target and document.history.state == self._begun_at
        )
        if last:
            self.cancel()
        return last

    def choose(self, fill: int, candidate: int) -> None:
        self._workspace.opened.choose_candidate(fill, candidate, self.tr("Choose result"))

    def more_like_this(self) -> None:
        """Another result with the chosen one's parameters, drawn otherwise."""
        document, fill = self._workspace.opened, self._strip.selected
        if not document.filled or fill != document.last_fill:
            self._workspace.say(self.tr("More results can be had of the last fill, as long as its mask is there."))
            return
        chosen = document.fills[fill].current.options
        seed = 1 + max(one.options.seed for one in document.fills[fill].candidates)
        self._run(replace(chosen, seed=seed, variants=1), self.more_like_this)

    def delete_result(self) -> None:
        """Throw the chosen result of the fill that is looked at away."""
        document, fill = self._workspace.opened, self._strip.selected
        if 0 <= fill < len(document.fills):
            document.delete_candidate(fill, document.fills[fill].chosen, self.tr("Delete result"))

    def _choose_number(self, candidate: int) -> None:
        document, fill = self._workspace.opened, self._strip.selected
        if 0 <= fill < len(document.fills) and candidate < len(document.fills[fill].candidates):
            self.choose(fill, candidate)

    def _step_result(self, step: int) -> None:
        document, fill = self._workspace.opened, self._strip.selected
        if 0 <= fill < len(document.fills):
            shown = document.fills[fill]
            self.choose(fill, (shown.chosen + step) % len(shown.candidates))

    def _glance(self, fill: int, candidate: int) -> None:
        """Show a result in the picture without choosing it."""
        document = self._workspace.document
        if document is None or not 0 <= fill < len(document.fills) or candidate == document.fills[fill].chosen:
            self._canvas.set_glimpse(None)
        else:
            self._canvas.set_glimpse(
                Glimpse(*glimpse(document, fill, document.fills[fill].candidates[candidate], self._canvas.display))
            )

    def _progressed(self, progress: Progress) -> None:
        if progress.stage == "filling":
            self._pill.tell(self.tr("Filling…"), progress.done, progress.total)
        elif progress.stage == "queued":
            text = self.tr("Waiting, {0} before you").format(progress.position) if progress.position else ""
            self._pill.tell(text or self.tr("Waiting…"))
        elif progress.stage == "starting":
            self._pill.tell(self.tr("Starting the daemon…"))
        else:
            self._pill.tell(self.tr("Loading the network…"))

    def _finished(self, request: FillRequest, variants: list[np.ndarray]) -> None:
        document = self._end()
        if document is not None and document is self._workspace.document:
            if self._stopping:
                self._workspace.say(self.tr("Stopped. The mask is kept."))
                return
            if not document.in_frame_of(request):
                self._workspace.say(
                    self.tr("The picture was turned or cropped meanwhile, so that the fill fits no more.")
                )
                return
            document.finish_fill(request, variants[0], self.tr("Fill"), variants[1:])
            self.filled.emit()
        self._maybe_again()

    def _failed(self, request: FillRequest, error: PconvError) -> None:
        document = self._end()
        self._again = False
        if document is None or document is not self._workspace.document:
            return
        if error.kind == "cancelled":
            self._workspace.say(self.tr("Stopped. The mask is kept."))
            return
        if error.kind == "daemon":
            self.offline.emit()
        self._refused(error)

    def _refused(self, error: PconvError) -> None:
        self._banner.say("warn" if error.kind == "busy" else "bad", error.message, self.tr("Try again"), self._repeat)
        self._refusal = self._banner.text

    def _end(self) -> Document | None:
        self._worker.busy = False
        self._pill.hide()
        self.busy_changed.emit(False)
        document, self._target = self._target, None
        return document

    def _maybe_again(self) -> None:
        if self._again:
            self._again = False
            self.run()
