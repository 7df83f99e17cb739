"""Lasso, polygon, rectangle, ellipse and wand as tools: each adds to the mask, as the brush does; Ctrl erases."""

from __future__ import annotations

from collections.abc import Callable

from desktop_ui.document.document import Document
from desktop_ui.document.edits import Plane
from desktop_ui.tools.pointer import Pointer
from desktop_ui.tools.shapes import Join, Points, ellipse_points, joined, polygon, rectangle_points
from desktop_ui.tools.wand import similar


class Marking:
    """What the brush is to its strokes: each adds, but the first after a fill starts a new mask (not with Shift)."""

    plane = Plane.HOLE
    brush = None
    fresh_mask = False  # the next one starts a new mask
    stepwise = False
    nearby = 6.0

    def _join_of(self, at: Pointer) -> Join:
        if at.ctrl or at.secondary:
            return Join.SUBTRACT
        return Join.REPLACE if self.fresh_mask and not at.shift else Join.ADD


class _ShapeTool(Marking):
    """Collects points between press and release and fills what they enclose."""

    label = ""

    def __init__(self) -> None:
        self._document: Document | None = None
        self._points: list[tuple[float, float]] = []
        self._join = Join.ADD

    @property
    def busy(self) -> bool:
        return bool(self._points)

    @property
    def outline(self) -> tuple[tuple[float, float], ...]:
        return tuple(self._points)

    def press(self, document: Document, at: Pointer) -> None:
        self._document, self._join = document, self._join_of(at)
        self._points = [(at.x, at.y)]

    def move(self, at: Pointer) -> None:
        raise NotImplementedError

    def release(self, at: Pointer) -> bool:
        return self._apply(self._points)

    def finish(self) -> bool:
        return False

    def cancel(self) -> None:
        self._points = []

    def _apply(self, points: Points) -> bool:
        self._points = []
        if len(points) < 3:
            return False
        document = self._document
        assert document is not None
        rect, coverage = polygon(points, document.bounds)
        mask = joined(document.plane(self.plane), rect, coverage, self._join)
        return document.replace_mask(self.label, mask, self.plane)


class LassoTool(_ShapeTool):
    """Freehand outline, closed on release."""

    label = "Lasso"

    def move(self, at: Pointer) -> None:
        if self._points:
            self._points.append((at.x, at.y))


class BoxTool(_ShapeTool):
    """Rectangle or ellipse by two corners; Shift during the drag makes it a square or a circle."""

    def __init__(self, label: str, points_of: Callable[[float, float, float, float], Points]) -> None:
        super().__init__()
        self.label = label
        self._points_of = points_of
        self._corner = (0.0, 0.0)
        self._started_with_shift = False

    def press(self, document: Document, at: Pointer) -> None:
        super().press(document, at)
        self._corner = (at.x, at.y)
        self._started_with_shift = at.shift

    def move(self, at: Pointer) -> None:
        if not self._points:
            return
        x0, y0 = self._corner
        width, height = at.x - x0, at.y - y0
        if at.shift and not self._started_with_shift:
            side = max(abs(width), abs(height))
            width, height = (side if width >= 0 else -side), (side if height >= 0 else -side)
        self._points = list(self._points_of(x0, y0, x0 + width, y0 + height))


def rectangle_tool() -> BoxTool:
    return BoxTool("Rectangle", rectangle_points)


def ellipse_tool() -> BoxTool:
    return BoxTool("Ellipse", ellipse_points)


class PolygonTool(_ShapeTool):
    """A corner for each click; closed by Enter, a double click or a click on the first corner."""

    label = "Polygon"
    stepwise = True

    def __init__(self) -> None:
        super().__init__()
        self._hover: tuple[float, float] | None = None

    @property
    def outline(self) -> tuple[tuple[float, float], ...]:
        return (*self._points, *([self._hover] if self._points and self._hover else []))

    def press(self, document: Document, at: Pointer) -> None:
        if document is not self._document or not self._points:
            super().press(document, at)
        elif not self._closes(at):
            self._points.append((at.x, at.y))

    def move(self, at: Pointer) -> None:
        self._hover = (at.x, at.y)

    def release(self, at: Pointer) -> bool:
        if len(self._points) > 2 and self._closes(at) and (at.x, at.y) != self._points[-1]:
            return self.finish()
        return False

    def finish(self) -> bool:
        return self._apply(self._points)

    def _closes(self, at: Pointer) -> bool:
        x, y = self._points[0]
        return len(self._points) > 2 and abs(at.x - x) + abs(at.y - y) <= self.nearby


class WandTool(Marking):
    """Takes the pixels that look like the clicked one."""

    outline: tuple[tuple[float, float], ...] = ()
    busy = False

    def __init__(self, tolerance: int = 24, contiguous: bool = True) -> None:
        self.tolerance = tolerance  # 0..255, per channel
        self.contiguous = contiguous
        self._changed = False

    def press(self, document: Document, at: Pointer) -> None:
        self._changed = False
        row, column = int(at.y), int(at.x)
        if not (0 <= row < document.bounds.bottom and 0 <= column < document.bounds.right):
            return
        rect, coverage = similar(document.image, row, column, self.tolerance, self.contiguous)
        mask = joined(document.plane(self.plane), rect, coverage, self._join_of(at))
        self._changed = document.replace_mask("Magic wand", mask, self.plane)

    def move(self, at: Pointer) -> None:
        """A wand is done with its press."""

    def release(self, at: Pointer) -> bool:
        return self._changed

    def finish(self) -> bool:
        return False

    def cancel(self) -> None:
        """Nothing is open between press and release."""
