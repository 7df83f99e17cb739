"""The brush and the eraser: freehand, and straight with Shift. Not: Qt."""

from __future__ import annotations

import numpy as np

from desktop_ui.document.document import Document
from desktop_ui.document.edits import MaskEdit, Plane
from desktop_ui.tools.brush import Brush, Dab, capsule, stroke_over
from desktop_ui.tools.pointer import Pointer
from model.geometry.boxes import Box


class PaintTool:
    """Paints (or erases) with `brush`. Shift joins the last stroke's end by a straight line; the right button
    or Ctrl does the opposite of the tool."""

    def __init__(self, erase: bool = False, brush: Brush | None = None) -> None:
        self.brush = brush or Brush()
        self.plane = Plane.HOLE
        self.fresh_mask = False  # the next stroke starts a new mask instead of adding to it
        self._erases = erase
        self._edit: MaskEdit | None = None
        self._erasing = erase
        self._last: Dab | None = None
        self._document: Document | None = None

    stepwise = False
    nearby = 6.0

    @property
    def busy(self) -> bool:
        return self._edit is not None

    outline: tuple[tuple[float, float], ...] = ()

    def press(self, document: Document, at: Pointer) -> None:
        if document is not self._document:
            self._document, self._last = document, None
        self._erasing = self._erases != (at.secondary or at.ctrl)
        edit = self._edit = document.edit_mask("Erase" if self._erasing else "Brush", self.plane)
        if self.fresh_mask and not self._erasing and not at.shift:
            edit.put(document.bounds, np.zeros(edit.mask.shape, np.uint8))
        self.fresh_mask = False
        dab = Dab(at.x, at.y, at.pressure)
        self._draw(edit, self._last if at.shift and self._last else dab, dab)

    def move(self, at: Pointer) -> None:
        if self._edit is not None and self._last is not None:
            self._draw(self._edit, self._last, Dab(at.x, at.y, at.pressure))

    def release(self, at: Pointer) -> bool:
        if self._edit is None:
            return False
        edit, self._edit = self._edit, None
        return edit.commit()

    def finish(self) -> bool:
        return False

    def cancel(self) -> None:
        if self._edit is not None:
            edit, self._edit = self._edit, None
            edit.abort()

    def _draw(self, edit: MaskEdit, start: Dab, end: Dab) -> None:
        height, width = edit.mask.shape
        rect, coverage = capsule(self.brush, start, end, Box(0, 0, height, width))
        if not rect.empty:
            edit.put(rect, stroke_over(edit.mask[rect.slices], coverage, self._erasing))
        self._last = end
