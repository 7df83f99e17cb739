"""An open edit: written to as often as one likes, then one undo step, or as if it had never begun."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import Protocol

import numpy as np

from desktop_ui.document.change import Change
from desktop_ui.document.fills import Candidate, Fill
from desktop_ui.document.history import Step
from desktop_ui.document.patches import Recorder
from model.geometry.boxes import Box
from model.options import FillOptions


class Plane(Enum):
    """Which of a document's two masks; the value is the name of what `Document` and `Change` have of it."""

    HOLE = "mask"
    FORBIDDEN = "forbidden"


class Owner(Protocol):
    """What an edit needs of its document."""

    def tell(self, change: Change) -> None: ...

    def push(self, step: Step) -> None: ...

    def take_stroke(self, stroke: Fill, label: str) -> None: ...

    def edit_closed(self) -> None: ...


class Edit(ABC):
    """`commit` once or `abort`; after that it does nothing.

    The document closes it too, when another edit is opened or a step is undone meanwhile.
    """

    def __init__(self, owner: Owner, label: str, array: np.ndarray) -> None:
        self._owner = owner
        self._label = label
        self._array = array
        self._recorder = Recorder(array)
        self._open = True

    @property
    def is_open(self) -> bool:
        """Neither committed nor aborted, by its owner or by the document."""
        return self._open

    def put(self, rect: Box, values: np.ndarray) -> None:
        """Write `values`, of the size of `rect`, which lies inside the array, and of its dtype."""
        if rect.empty or not self._open:
            return
        self._recorder.touch(rect)
        self._array[rect.slices] = values
        self._owner.tell(self._change(rect))

    def commit(self) -> bool:
        """Make it one undo step; → False when nothing changed."""
        return self._close() and self._keep()

    def abort(self) -> None:
        """As if it had never begun."""
        if self._close():
            self._owner.tell(self._change(self._recorder.roll_back()))
            self._owner.tell(Change())

    def _close(self) -> bool:
        """→ False when it was closed before."""
        was_open, self._open = self._open, False
        if was_open:
            self._owner.edit_closed()
        return was_open

    @abstractmethod
    def _change(self, rect: Box) -> Change:
        """What is told when `rect` was written."""

    @abstractmethod
    def _keep(self) -> bool:
        """Make what was written a step; → False when nothing changed."""


class MaskEdit(Edit):
    """An edit of one of the masks."""

    def __init__(self, owner: Owner, label: str, mask: np.ndarray, plane: Plane) -> None:
        super().__init__(owner, label, mask)
        self._plane = plane

    @property
    def mask(self) -> np.ndarray:
        """The mask to read from; write through `put` alone."""
        return self._array

    def _change(self, rect: Box) -> Change:
        return Change(mask=rect) if self._plane is Plane.HOLE else Change(forbidden=rect)

    def _keep(self) -> bool:
        patches = self._recorder.finish()
        if patches:
            hole = self._plane is Plane.HOLE
            self._owner.push(Step(self._label, patches) if hole else Step(self._label, forbidden=patches))
        return bool(patches)


class PixelEdit(Edit):
    """An edit of the picture by hand: it becomes a stroke, laid over the fills that were made before it."""

    def __init__(self, owner: Owner, label: str, image: np.ndarray, finishing: Callable[[], None] | None) -> None:
        """Begin to write into an image.

        Args:
            finishing: None, or called once before it is made a step, to write what needs the whole stroke.
        """
        super().__init__(owner, label, image)
        self._finishing = finishing

    def before(self, rect: Box) -> np.ndarray:
        """A copy of the image in `rect`, which lies inside it, as it was when the edit began."""
        return self._recorder.before(rect)

    def commit(self) -> bool:
        finishing, self._finishing = self._finishing, None
        if self._open and finishing is not None:
            finishing()
        return super().commit()

    def _change(self, rect: Box) -> Change:
        return Change(image=rect)

    def _keep(self) -> bool:
        box = self._recorder.touched
        after = self._array[box.slices]
        candidate = Candidate.of(FillOptions(), box, self._recorder.before(box), after)
        if candidate.rect.empty:
            return False
        self._owner.take_stroke(Fill.stroke(candidate), self._label)
        return True
