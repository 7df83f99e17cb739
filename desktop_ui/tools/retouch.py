"""The clone and the heal brush: one stroke copies pixels of the picture from another place of it. Not: Qt."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from desktop_ui.document.document import Document
from desktop_ui.document.edits import Plane
from desktop_ui.document.extent import mask_extent
from desktop_ui.tools.brush import Brush, Dab, capsule
from desktop_ui.tools.membrane import membrane
from desktop_ui.tools.pointer import Pointer
from model.geometry.boxes import EMPTY, Box

_PIECE = 128  # pixels, sides of what is blended at a time


class Source:
    """Where the retouching brushes copy from; they share it.

    Attributes:
        place: in the picture, as it was chosen; None before.
        aligned: all strokes copy from the same distance; otherwise each begins at `place` again.
    """

    def __init__(self) -> None:
        self.place: tuple[float, float] | None = None
        self.aligned = True
        self._offset: tuple[int, int] | None = None  # of the last stroke

    def choose(self, x: float, y: float) -> None:
        self.place, self._offset = (x, y), None

    def offset(self, x: float, y: float) -> tuple[int, int] | None:
        """How far right and down of a brush at x, y a stroke that begins there copies from; None without a source."""
        if self.place is None:
            return None
        if self.aligned and self._offset is not None:
            return self._offset
        return round(self.place[0] - x), round(self.place[1] - y)

    def begin(self, x: float, y: float) -> tuple[int, int] | None:
        """As `offset`; later strokes keep it where they are aligned."""
        self._offset = self.offset(x, y)
        return self._offset


class RetouchTool:
    """Copies from `source` with `brush`, and with `heals` bends what it copied to the light and colour around it.

    Alt, Ctrl or the right button choose the source. Shift joins the last stroke's end by a straight line.

    Attributes:
        opacity: 0..1, of a whole stroke.
        lacking: is called when one would draw and has chosen no source.
    """

    plane = Plane.HOLE  # it marks neither
    fresh_mask = False
    stepwise = False
    nearby = 6.0
    outline: tuple[tuple[float, float], ...] = ()

    def __init__(self, label: str, source: Source, heals: bool) -> None:
        self.brush: Brush = Brush()
        self.opacity = 1.0
        self.source = source
        self.lacking: Callable[[], None] = lambda: None
        self._label = label
        self._heals = heals
        self._stroke: _Stroke | None = None
        self._last: Dab | None = None
        self._document: Document | None = None

    @property
    def busy(self) -> bool:
        return self._stroke is not None

    def offset(self, x: float, y: float) -> tuple[int, int] | None:
        """How far right and down of a brush at x, y is copied from; None without a source."""
        return self.source.offset(x, y) if self._stroke is None else self._stroke.offset

    def press(self, document: Document, at: Pointer) -> None:
        if document is not self._document:
            self._document, self._last = document, None
        if at.alt or at.ctrl or at.secondary:
            if 0 <= at.x < document.bounds.right and 0 <= at.y < document.bounds.bottom:
                self.source.choose(at.x, at.y)
                document.expect_strokes()
            return
        dab = Dab(at.x, at.y, at.pressure)
        start = self._last if at.shift and self._last else dab
        offset = self.source.begin(start.x, start.y)
        if offset is None:
            self.lacking()
            return
        self._stroke = _Stroke(document, self._label, offset, self.opacity, self._heals)
        self._draw(start, dab)

    def move(self, at: Pointer) -> None:
        if self._stroke is not None and self._last is not None:
            self._draw(self._last, Dab(at.x, at.y, at.pressure))

    def release(self, at: Pointer) -> bool:
        """→ False: the mask is as it was."""
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            stroke.edit.commit()
        return False

    def finish(self) -> bool:
        return False

    def cancel(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            stroke.edit.abort()

    def _draw(self, start: Dab, end: Dab) -> None:
        assert self._stroke is not None
        self._stroke.draw(self.brush, start, end)
        self._last = end


class _Stroke:
    """What is copied is the picture as it was before the stroke, and nothing of it twice where it crosses itself."""

    def __init__(self, document: Document, label: str, offset: tuple[int, int], opacity: float, heals: bool) -> None:
        self.offset = right, down = offset
        self.edit = document.edit_pixels(label, self._heal if heals else None)
        self._opacity = opacity
        self._channels = document.image.shape[2]
        self._alpha = document.picture.alpha
        self._bounds = document.bounds
        self._reached = self._bounds.clipped(self._bounds.moved(-down, -right))  # beyond, there is nothing to copy
        self._coverage = np.zeros(self._bounds.shape, np.uint8)
        self._drawn = EMPTY

    def draw(self, brush: Brush, start: Dab, end: Dab) -> None:
        if not self.edit.is_open:
            return
        rect, coverage = capsule(brush, start, end, self._bounds)
        inside = rect.clipped(self._reached)
        if inside.empty:
            return
        self._drawn = self._drawn.united(inside)
        for piece in inside.pieces(_PIECE):
            part = coverage[piece.moved(-rect.top, -rect.left).slices]
            covered = self._coverage[piece.slices]
            fresh = mask_extent(part > covered).moved(piece.top, piece.left)
            if not fresh.empty:
                np.maximum(covered, part, out=covered)
                self.edit.put(fresh, _laid_over(self.edit.before(fresh), self._copied(fresh), self._weight(fresh)))

    def _copied(self, rect: Box) -> np.ndarray:
        return self.edit.before(self._source_of(rect))

    def _source_of(self, rect: Box) -> Box:
        right, down = self.offset
        return rect.moved(down, right)

    def _weight(self, rect: Box) -> np.ndarray:
        """How much of what is copied shows, (h, w) float32; nothing of what is transparent there."""
        weight = self._coverage[rect.slices] * np.float32(self._opacity / 255)
        if self._alpha is not None:
            weight *= self._alpha[self._source_of(rect).slices] / np.float32(_full(self._alpha.dtype))
        return weight

    def _heal(self) -> None:
        """Lay a membrane over the stroke that takes up the difference all along its edge (Pérez et al. 2003)."""
        drawn = mask_extent(self._coverage[self._drawn.slices]).moved(self._drawn.top, self._drawn.left)
        if drawn.empty:
            return
        for piece, surface in membrane(drawn, self._channels, self._apart):
            before, copied, weight = self.edit.before(piece), self._copied(piece), self._weight(piece)
            healed = copied + surface
            if copied.dtype.kind != "f":
                np.clip(healed, 0, _full(copied.dtype), out=healed)
            self.edit.put(piece, _laid_over(before, healed, weight))

    def _apart(self, rect: Box) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the stroke is, where its edge is, and how far what is copied is from the picture there."""
        wide = rect.grown(1).clipped(self._reached)
        covered = self._weight(wide) > 0
        cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
        edges = covered & (cv2.erode(covered.view(np.uint8), cross) == 0)
        inside, edge = (one[rect.moved(-wide.top, -wide.left).slices] for one in (covered, edges))
        apart = np.zeros((*rect.shape, self._channels), np.float32)
        if edge.any():
            before, copied = self.edit.before(rect)[edge], self._copied(rect)[edge]
            apart[edge] = np.nan_to_num(before - copied.astype(np.float32), posinf=0, neginf=0)
        return inside, edge, apart


def _laid_over(before: np.ndarray, copied: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Like `before`: exactly it where the weight is 0, exactly what is copied where it is 1, whatever the values."""
    share = weight[..., None]
    with np.errstate(invalid="ignore"):
        mixed = copied * share + before * (1 - share)
    if before.dtype.kind == "f":  # not finite is what is times 0
        mixed = np.where(share == 0, before, np.where(share == 1, copied, mixed))
        return mixed.astype(before.dtype, copy=False)
    return np.rint(mixed, out=mixed).astype(before.dtype)


def _full(dtype: np.dtype) -> float:
    return 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)
