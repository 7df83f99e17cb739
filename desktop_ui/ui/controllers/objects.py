"""Objects by a click: from the tool's marks to a search beside the window, to the proposal, to the mask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from desktop_ui.jobs.objects import ObjectSearch
from desktop_ui.tools.object_tool import ObjectTool
from desktop_ui.tools.objects.marks import Found, Mark
from desktop_ui.ui.object_bar import ObjectBar
from desktop_ui.ui.workspace import Workspace
from desktop_ui.view.canvas import Canvas
from desktop_ui.view.proposal import Proposal
from model.errors import PconvError


class ObjectController(QObject):
    """What connects the object tool, its search and its bar.

    Signals: changed(), there is a proposal or none, or it has other marks.
    """

    changed = pyqtSignal()

    def __init__(self, workspace: Workspace, canvas: Canvas, bar: ObjectBar, tool: ObjectTool, window: QObject) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._canvas = canvas
        self._bar = bar
        self._tool = tool
        self._search = ObjectSearch(self)
        self._then: Callable[[], None] | None = None
        tool.asked = self._asked
        self._search.found.connect(self._found)
        self._search.failed.connect(self._failed)
        bar.kept.connect(lambda: self.accept())
        bar.dropped.connect(self.cancel)
        workspace.settling.connect(self.accept_shown)
        workspace.leaving.connect(lambda _: self._leave())
        workspace.changed.connect(lambda _: self._prepare())
        workspace.settings.changed.connect(self._setting_changed)

    @property
    def busy(self) -> bool:
        """A thing was clicked that is not yet mask."""
        return bool(self._tool.marks)

    def taken(self) -> None:
        """The tool was taken in hand, perhaps."""
        self._prepare()

    def accept(self, then: Callable[[], None] | None = None) -> None:
        """Make the proposal mask, then go on; without one go on at once."""
        if self._tool.busy and self._tool.waiting and self._tool.marks:
            self._then, self._tool.finishing = then, True
            return
        if self._tool.busy and self._tool.finish():
            self._canvas.edited.emit()
        if then is not None:
            then()

    def accept_shown(self) -> None:
        """Make what is shown mask, without waiting for anything: another tool is taken, another picture opened."""
        tool = self._tool
        if tool.marks and tool.waiting and tool.found is None:
            self._workspace.say(self.tr("Nothing was found yet where you clicked, so nothing is marked."))
        if tool.busy and tool.waiting and tool.found is not None:
            tool.marks = tool.found_for
        if tool.busy and not tool.waiting:
            self.accept()
        tool.cancel()

    def cancel(self) -> None:
        self._tool.cancel()

    def step_back(self) -> bool:
        """Take back the last click; → False when there is none."""
        return self._tool.step_back()

    def _prepare(self) -> None:
        document = self._workspace.document
        if document is not None and self._canvas.tool is self._tool:
            folder = self._workspace.settings["editing/object_model"]
            self._search.look_at(document.image, document.fills, Path(folder) if folder else None)

    def _asked(self, marks: tuple[Mark, ...]) -> None:
        self._then = None  # was for the marks before
        self.changed.emit()
        if not marks:
            self._search.ask(())
            self._bar.hide()
            self._canvas.set_proposal(None)
            return
        self._prepare()
        self._search.ask(marks)
        self._show()

    def _found(self, marks: tuple[Mark, ...], found: Found) -> None:
        if not self._tool.propose(marks, found):
            return
        then, self._then = self._then, None
        if self._tool.finishing and not found.box.empty:
            self.accept(then)
        else:  # without the thing nothing else is filled either
            self._tool.finishing = False
            self._show()

    def _show(self) -> None:
        tool = self._tool
        empty = tool.found is not None and tool.found.box.empty
        self._canvas.set_proposal(Proposal(tool.found, tool.marks))
        self._bar.tell(tool.waiting, empty)

    def _failed(self, error: PconvError) -> None:
        self._workspace.say(error.message, "warn")

    def _leave(self) -> None:
        self.accept_shown()
        self._search.look_away()

    def _setting_changed(self, key: str) -> None:
        if key == "editing/object_model":
            self._search.forget_models()
            self._prepare()
