"""Objects by a click: marks on a thing, the proposal that was found for them, and its way into the mask."""

from __future__ import annotations

from collections.abc import Callable

from desktop_ui.document.document import Document
from desktop_ui.tools.objects.marks import Found, Mark
from desktop_ui.tools.pointer import Pointer
from desktop_ui.tools.selecting import Marking
from desktop_ui.tools.shapes import Join, joined


class ObjectTool(Marking):
    """A click adds a thing, with Alt, Ctrl or the right button it takes away; a drag draws a line around one.

    What is found for the marks is proposed and becomes mask by `finish`.

    Attributes:
        marks: so far, in their order.
        found: the proposal, None while there is none; of older marks while `waiting`.
        found_for: the marks that it was found by.
        finishing: `finish` was called before anything was found; whoever proposes calls it again.
        asked: is told the marks whenever they change; answers some time later by `propose`.
    """

    stepwise = True

    def __init__(self) -> None:
        self.marks: tuple[Mark, ...] = ()
        self.found: Found | None = None
        self.finishing = False
        self.asked: Callable[[tuple[Mark, ...]], None] = lambda _: None
        self.found_for: tuple[Mark, ...] = ()
        self._document: Document | None = None
        self._line: list[tuple[float, float]] = []
        self._adds = True
        self._keeps_old = False

    @property
    def busy(self) -> bool:
        return bool(self.marks or self._line)

    @property
    def waiting(self) -> bool:
        """Nothing was found yet for the marks as they are."""
        return self.marks != self.found_for

    @property
    def outline(self) -> tuple[tuple[float, float], ...]:
        return tuple(self._line) if self._is_drag() else ()

    def press(self, document: Document, at: Pointer) -> None:
        if document is not self._document:
            self.cancel()
        self._document = document
        if not self.marks:
            self._keeps_old = at.shift
        self._adds = not (at.alt or at.ctrl or at.secondary)
        self._line = [(at.x, at.y)]

    def move(self, at: Pointer) -> None:
        if self._line:
            self._line.append((at.x, at.y))

    def release(self, at: Pointer) -> bool:
        line, dragged = self._line, self._is_drag()
        self._line = []
        if not line or self._document is None or not (self._adds or self.marks):
            return False
        x, y = line[0]
        bounds = self._document.bounds
        if dragged:
            self._set(*self.marks, Mark(x, y, self._adds, tuple(line)))
        elif 0 <= x < bounds.right and 0 <= y < bounds.bottom:
            self._set(*self.marks, Mark(x, y, self._adds))
        return False

    def propose(self, marks: tuple[Mark, ...], found: Found) -> bool:
        """Take what was found; → False when other marks were made meanwhile."""
        if marks != self.marks or not marks:
            return False
        self.found, self.found_for = found, marks
        return True

    def step_back(self) -> bool:
        """Forget the last mark; → False when there is none."""
        if not self.marks:
            return False
        self._set(*self.marks[:-1])
        return True

    def finish(self) -> bool:
        """Put the proposal into the mask; → True when that changed."""
        if self.waiting:
            self.finishing = True
            return False
        found, document, how = self.found, self._document, Join.ADD
        if self.fresh_mask and not self._keeps_old:
            how = Join.REPLACE
        self.cancel()
        if found is None or found.box.empty or document is None:
            return False
        self.fresh_mask = False
        mask = joined(document.plane(self.plane), found.box, found.coverage, how)
        return document.replace_mask("Object", mask, self.plane)

    def cancel(self) -> None:
        self._line = []
        if self.marks:
            self._set()
        self._document = None

    def _set(self, *marks: Mark) -> None:
        self.marks = marks if any(mark.adds for mark in marks) else ()
        self.finishing = False
        if not self.marks:
            self.found, self.found_for = None, ()
        self.asked(self.marks)

    def _is_drag(self) -> bool:
        if len(self._line) < 3:
            return False
        x, y = self._line[0]
        return any(abs(px - x) + abs(py - y) > self.nearby for px, py in self._line)
