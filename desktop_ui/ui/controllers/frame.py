"""Turning, flipping, cropping, straightening and extending: from the menu and the crop tool to the document."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from desktop_ui.document.document import Document
from desktop_ui.document.frames import FLIP_ACROSS, FLIP_DOWN, MOST_FRAMES, TURN_LEFT, TURN_RIGHT, Frame
from desktop_ui.document.reframing import Reframed
from desktop_ui.jobs import background
from desktop_ui.tools.crop import CropTool
from desktop_ui.ui.controllers.fill import FillController
from desktop_ui.ui.crop_bar import CropBar
from desktop_ui.ui.dialogs.extend import ExtendDialog
from desktop_ui.ui.modal import freed
from desktop_ui.ui.workspace import Workspace
from desktop_ui.view.canvas import Canvas
from desktop_ui.view.crop_view import CropView
from model.errors import PconvError

_ROOM = 1 / 12  # of the picture's sides, left beside it to drag the frame to
_EDGE = 0.04


class FrameController(QObject):
    def __init__(
        self,
        workspace: Workspace,
        canvas: Canvas,
        bar: CropBar,
        tool: CropTool,
        fill: FillController,
        take: Callable[[str], None],
        window: QWidget,
    ) -> None:
        """Connect the actions of the Picture menu, the crop tool and its bar.

        Args:
            take: takes the tool of this name in hand.
        """
        super().__init__(window)
        self._workspace = workspace
        self._canvas = canvas
        self._bar = bar
        self._tool = tool
        self._fill = fill
        self._take = take
        self._window = window
        self._view = CropView(tool)
        self._before = "brush"  # the tool that comes back
        tool.changed = self._changed
        tool.applied = self.apply
        bar.kept.connect(self.apply)
        bar.dropped.connect(self.leave)

    @property
    def handlers(self) -> dict[str, Callable]:
        return {
            "picture.turn_left": partial(self._turn, TURN_LEFT, "picture.turn_left"),
            "picture.turn_right": partial(self._turn, TURN_RIGHT, "picture.turn_right"),
            "picture.flip_across": partial(self._turn, FLIP_ACROSS, "picture.flip_across"),
            "picture.flip_down": partial(self._turn, FLIP_DOWN, "picture.flip_down"),
            "picture.straighten": self.straighten,
            "picture.extend": self.extend,
        }

    @property
    def cropping(self) -> bool:
        return self._canvas.crop is not None

    def taken(self, name: str) -> None:
        """A tool was taken in hand, or the picture is another one."""
        document = self._workspace.document
        if name != "crop":
            self._before = name
        if name != "crop" or document is None:
            self._canvas.set_crop(None)
            self._canvas.leave_room(0.0, 0)
            self._bar.hide()
            return
        self._tool.begin(document.bounds.shape)
        self._canvas.set_crop(self._view)
        self._bar.begin()
        self._changed()

    def leave(self) -> bool:
        """Put the crop tool away and leave the picture as it is; → False when it is not in hand."""
        if not self.cropping or self._tool.frozen:
            return self.cropping
        self._take(self._before)
        return True

    def straighten(self) -> None:
        """Take the crop tool; the next drag draws the horizon."""
        if not self.cropping:
            self._take("crop")
        self._tool.levels = True
        self._changed()

    def extend(self) -> None:
        """Ask how far, then extend and fill."""
        if self._refused():
            return
        with freed(ExtendDialog(self._window, self._workspace.opened.bounds.shape)) as dialog:
            if not dialog.exec():
                return
        self._reframe(Frame(box=dialog.box), "picture.extend")

    def apply(self) -> None:
        """Do what the crop tool's frame says."""
        frame = self._tool.frame()
        if not self.cropping or self._tool.frozen or self._refused():
            return
        if frame is None:
            self.leave()
        elif frame.is_exact:
            self._take(self._before)
            self._reframe(frame, "tool.crop")
        else:
            self._resample(frame)

    def _turn(self, turn: int, label: str) -> None:
        if not self._refused():
            self._reframe(Frame(turn), label)

    def _refused(self) -> bool:
        """→ True when the picture cannot be put into another frame now; the user is told."""
        self._workspace.settling.emit()
        if self._fill.busy:
            self._workspace.say(self.tr("A fill is running: wait for it, or stop it with Esc."))
        elif len(self._workspace.opened.frames) >= MOST_FRAMES:
            self._workspace.say(self.tr("This picture was cropped too often: save it, and open what was saved."))
        else:
            return self._tool.frozen
        return True

    def _reframe(self, frame: Frame, label: str, seen: Reframed | None = None) -> None:
        try:
            extended = self._workspace.opened.reframe(frame, label, seen)
        except ValueError:
            self._workspace.say(self.tr("The picture would be larger than pictures may be; choose a smaller frame."))
            return
        if extended:
            self._fill.run()

    def _resample(self, frame: Frame) -> None:
        """Beside the window: a large picture takes a second or two."""
        document = self._workspace.opened
        state = document.history.state
        self._freeze(True)
        background.start(
            lambda: document.reframing(frame),
            lambda seen: self._resampled(document, frame, seen if document.history.state == state else None),
            self._failed,
        )

    def _resampled(self, document: Document, frame: Frame, seen: Reframed | None) -> None:
        self._freeze(False)
        if document is not self._workspace.document:
            return
        self._take(self._before)
        if seen is None and (self._fill.busy or self._tool.shape != document.bounds.shape):
            return  # something else was done meanwhile
        self._reframe(frame, "tool.crop", seen)

    def _failed(self, error: PconvError) -> None:
        self._freeze(False)
        self._workspace.say(error.message, "bad")

    def _freeze(self, frozen: bool) -> None:
        self._tool.frozen = frozen
        self._changed()

    def _changed(self) -> None:
        if not self.cropping:
            return
        self._bar.read()
        if not self._tool.busy:
            self._canvas.leave_room(max(_ROOM, self._beyond() + _EDGE), self._bar.geometry().bottom())
        self._canvas.update()

    def _beyond(self) -> float:
        """How far the frame reaches beyond the picture, as a share of its sides."""
        (rows, columns), box = self._tool.shape, self._tool.box()
        return max(-box.top / rows, -box.left / columns, box.bottom / rows - 1, box.right / columns - 1, 0.0)
