"""What a tool hears of the mouse or pen, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from desktop_ui.document.document import Document
from desktop_ui.document.edits import Plane
from desktop_ui.tools.brush import Brush


@dataclass(frozen=True)
class Pointer:
    """Picture coordinates ((0, 0) is the corner of the first pixel) and what is held down."""

    x: float
    y: float
    pressure: float = 1.0
    shift: bool = False
    ctrl: bool = False
    secondary: bool = False  # the right button, or the pen's eraser end
    alt: bool = False


class Tool(Protocol):
    """A way to edit a mask, or the picture.

    `press … move … release` is one undo step; `cancel` takes it back at any time.

    Attributes:
        plane: which of the masks.
        brush: its form, None for tools that have none.
        fresh_mask: the next one starts a new mask instead of adding to what is there.
        stepwise: made by several clicks, until Enter.
        nearby: picture pixels within which two points count as one; the view sets it from the zoom.
    """

    plane: Plane
    fresh_mask: bool
    stepwise: bool
    nearby: float

    @property
    def brush(self) -> Brush | None: ...

    @property
    def busy(self) -> bool:
        """Between press and release (or, for the polygon, before it is closed)."""

    @property
    def outline(self) -> tuple[tuple[float, float], ...]:
        """What to draw while busy, in picture coordinates; empty for tools that paint at once."""

    def press(self, document: Document, at: Pointer) -> None: ...

    def move(self, at: Pointer) -> None: ...

    def release(self, at: Pointer) -> bool:
        """→ True when the mask was changed."""

    def finish(self) -> bool:
        """Close what is open, as by Enter or a double click; → True when the mask was changed."""

    def cancel(self) -> None: ...
