"""Mouse, pen and keys of the canvas, turned into what tools and viewport understand."""

from __future__ import annotations

from typing import Protocol, overload

from PyQt6.QtCore import QEvent, QPointF, QRect, Qt, pyqtBoundSignal
from PyQt6.QtGui import QColor, QCursor, QPainter, QPen, QPointingDevice

from desktop_ui.tools.brush import Brush
from desktop_ui.tools.crop import CropTool
from desktop_ui.tools.pointer import Pointer, Tool
from desktop_ui.tools.retouch import RetouchTool
from desktop_ui.tools.selecting import PolygonTool
from desktop_ui.view.compare import HANDLE, Compare
from desktop_ui.view.copied import CROSS, paint_copied, paint_cross
from desktop_ui.view.scene import Scene
from desktop_ui.view.viewport import Viewport

SMALLEST_RING = 2.5  # logical pixels of radius; below it a cross is easier to see
NEARBY = 10  # logical pixels within which two points count as one
HARDNESS_WAY = 200  # logical pixels from the softest to the hardest brush
KEY_STEP = 8  # logical pixels for an arrow key
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}

_GRIPS = {
    (0, 0): Qt.CursorShape.SizeAllCursor,
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (0, -1): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeHorCursor,
    (-1, 0): Qt.CursorShape.SizeVerCursor,
    (1, 0): Qt.CursorShape.SizeVerCursor,
}


class Surface(Protocol):
    """What input needs of the widget that it acts on; sizes and places are in logical pixels."""

    scene: Scene | None
    tool: Tool
    view: Viewport
    compare: Compare
    divider: float
    edited: pyqtBoundSignal
    brush_formed: pyqtBoundSignal
    pointed: pyqtBoundSignal
    escaped: pyqtBoundSignal

    @property
    def ratio(self) -> float: ...

    @property
    def divider_x(self) -> float: ...

    def pan(self, dx: float, dy: float) -> None: ...

    def hold_before(self, held: bool) -> None: ...

    @overload
    def update(self) -> None: ...

    @overload
    def update(self, where: QRect, /) -> None: ...

    def rect(self) -> QRect: ...

    def width(self) -> int: ...

    def height(self) -> int: ...

    def setFocus(self, reason: Qt.FocusReason) -> None: ...

    def setCursor(self, cursor: QCursor | Qt.CursorShape) -> None: ...

    def unsetCursor(self) -> None: ...


class CanvasInput:
    """One gesture at a time: pan, the divider, the brush's form, or the tool's."""

    def __init__(self, canvas: Surface) -> None:
        self._canvas = canvas
        self._gesture: str | None = None  # "pan", "divider", "form", "tool"
        self._formed = Brush()  # the brush as it was when its form began to be changed
        self._button = Qt.MouseButton.NoButton  # that began it
        self._space = False
        self._last = QPointF()
        self._at = QPointF()  # the pointer, logical pixels
        self._inside = False
        self._key_moved = False  # the arrows moved the ring since the last corner
        self._alt = False  # the key is held

    def reset(self) -> None:
        self._canvas.tool.cancel()
        self._gesture = None
        self._canvas.hold_before(False)

    def cancel(self) -> bool:
        if not self._canvas.tool.busy:
            return False
        self._canvas.tool.cancel()
        self._gesture = None
        self._canvas.update()
        return True

    # mouse and pen

    def press(self, event) -> None:
        self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._canvas.scene is None or self._gesture is not None:
            return
        self._repaint_cursor()  # a finger comes without having moved there
        self._last = self._at = event.position()
        self._key_moved = False
        self._hold_alt(event.modifiers())
        button = self._button = event.button()
        if button == Qt.MouseButton.MiddleButton or (self._space and button == Qt.MouseButton.LeftButton):
            self._gesture = "pan"
        elif button == Qt.MouseButton.LeftButton and self._on_divider():
            self._gesture = "divider"
        elif self._canvas.tool.brush is not None and self._forms_brush(event):
            self._gesture, self._formed = "form", self._canvas.tool.brush
        elif button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._start_tool(self._pointer(event.modifiers(), secondary=button == Qt.MouseButton.RightButton))
        self.update_cursor()

    def move(self, event) -> None:
        self._inside = True
        if self._gesture == "form":
            self._form_brush(event.position() - self._at)
            return
        self._move_to(event.position(), self._pointer(event.modifiers(), at=event.position()))

    def release(self, event) -> None:
        if event.button() != self._button:
            return
        gesture, self._gesture = self._gesture, None
        if gesture == "tool":
            self._end_tool(self._pointer(event.modifiers(), at=event.position()))
        self._hold_alt(event.modifiers())
        self.update_cursor()

    def double_click(self, event) -> None:
        tool, at = self._canvas.tool, self._pointer(event.modifiers(), at=event.position())
        if isinstance(tool, PolygonTool) or (isinstance(tool, CropTool) and tool.grip_at(at.x, at.y) == (0, 0)):
            self.finish()
        else:
            self.press(event)

    def tablet(self, event) -> None:
        """The pen: like the left button, with pressure; its other end erases."""
        eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
        at = event.position()
        pointer = self._pointer(event.modifiers(), at=at, pressure=event.pressure(), secondary=eraser)
        plain = self._gesture in (None, "tool") and not self._space and not self._on_divider()
        if event.type() == QEvent.Type.TabletPress and plain and event.button() == Qt.MouseButton.LeftButton:
            self._repaint_cursor()
            self._at = at
            if self._canvas.scene is not None:
                self._start_tool(pointer)
        elif event.type() == QEvent.Type.TabletMove and self._gesture == "tool":
            self._move_to(at, pointer)
        elif event.type() == QEvent.Type.TabletRelease and self._gesture == "tool":
            self._gesture = None
            self._end_tool(pointer)
        else:
            event.ignore()
            return
        event.accept()

    def left(self) -> None:
        self._inside = False
        self._repaint_cursor()
        self._canvas.pointed.emit(-1.0, -1.0)

    def focus_lost(self) -> None:
        self._space = False
        self._hold_alt(Qt.KeyboardModifier.NoModifier)
        self._canvas.hold_before(False)
        self.update_cursor()

    # keys

    def key(self, event) -> bool:
        """→ True when the key was for the canvas."""
        pressed = event.type() == QEvent.Type.KeyPress
        key, canvas = event.key(), self._canvas
        if canvas.scene is None:
            return False
        if key == Qt.Key.Key_Tab and not event.modifiers():
            if not event.isAutoRepeat():
                canvas.hold_before(pressed)
            return True
        if key == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat():
                self._space = pressed
                self.update_cursor()
            return True
        if key == Qt.Key.Key_Alt:
            held = Qt.KeyboardModifier.AltModifier if pressed else Qt.KeyboardModifier.NoModifier
            self._hold_alt(held)
            return False
        if not pressed:
            return False
        if key == Qt.Key.Key_Escape:
            if not self.cancel():
                canvas.escaped.emit()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._key_pen()
            return True
        if key in _ARROWS:
            self._key_move(_ARROWS[key], event.modifiers())
            return True
        return False

    def finish(self) -> None:
        """Close an open polygon, take a proposed object."""
        self._gesture = None
        if self._canvas.tool.finish():
            self._canvas.edited.emit()
        self._canvas.update()

    def choose_source(self) -> None:
        """As a click with Alt does it, where the ring is."""
        canvas = self._canvas
        if canvas.scene is not None and isinstance(canvas.tool, RetouchTool) and not canvas.tool.busy:
            self._appear()
            canvas.tool.press(canvas.scene.document, self._pointer(Qt.KeyboardModifier.AltModifier))
            canvas.update()

    def _hold_alt(self, modifiers: Qt.KeyboardModifier) -> None:
        held = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        if held != self._alt:
            self._alt = held
            self._repaint_cursor()
            self.update_cursor()

    @property
    def _chooses(self) -> bool:
        """A click would choose what is copied, and does not draw."""
        return self._alt and self._gesture in (None, "tool") and isinstance(self._canvas.tool, RetouchTool)

    def _appear(self) -> None:
        """Show the ring to who has no mouse."""
        if not self._inside and self._at.isNull():
            self._at = QPointF(self._canvas.rect().center())
        self._inside = True

    def _key_pen(self) -> None:
        """Enter without a mouse: puts the pen down at the ring, and lifts it again.

        For a polygon it sets a corner where the arrows went, or closes it when they did not move; for an object
        it clicks there, or takes what is proposed.
        """
        if isinstance(self._canvas.tool, CropTool) or (
            self._canvas.tool.stepwise and self._canvas.tool.busy and not self._key_moved
        ):
            self.finish()
        elif self._gesture == "tool":
            self._key_pen_up()
        elif self._gesture is None:
            self._inside = True
            self._start_tool(self._pointer(Qt.KeyboardModifier.NoModifier))
            self._key_moved = False
            if self._canvas.tool.stepwise:
                self._key_pen_up()

    def _key_pen_up(self) -> None:
        self._gesture = None
        self._end_tool(self._pointer(Qt.KeyboardModifier.NoModifier))

    def _key_move(self, way: tuple[int, int], modifiers: Qt.KeyboardModifier) -> None:
        """An arrow moves the ring: a step, eight with Shift; the picture instead with Ctrl."""
        step = KEY_STEP * (8 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1)
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self._canvas.pan(-way[0] * 8 * KEY_STEP, -way[1] * 8 * KEY_STEP)
            return
        if isinstance(self._canvas.tool, CropTool):
            pixels = 10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1
            self._canvas.tool.nudge(way[0] * pixels, way[1] * pixels)
            return
        self._appear()
        self._key_moved = True
        at = QPointF(
            min(max(self._at.x() + way[0] * step, 0), self._canvas.width()),
            min(max(self._at.y() + way[1] * step, 0), self._canvas.height()),
        )
        self._move_to(at, self._pointer(Qt.KeyboardModifier.NoModifier, at=at))

    # the parts they share

    def _start_tool(self, pointer: Pointer) -> None:
        canvas = self._canvas
        if canvas.scene is None:
            return
        self._gesture = "tool"
        canvas.tool.nearby = NEARBY * canvas.ratio / canvas.view.zoom
        canvas.tool.press(canvas.scene.document, pointer)
        self._show_outline()
        self._show_source()

    def _end_tool(self, pointer: Pointer) -> None:
        if self._canvas.tool.release(pointer):
            self._canvas.edited.emit()
        self._show_outline()
        self._show_source()

    def _move_to(self, at: QPointF, pointer: Pointer) -> None:
        canvas = self._canvas
        self._repaint_cursor()
        delta, self._last, self._at = at - self._last, at, at
        if canvas.scene is None:
            return
        if self._gesture == "pan":
            canvas.pan(delta.x(), delta.y())
        elif self._gesture == "divider":
            on_screen = canvas.view.picture_on_screen
            canvas.divider = min(1.0, max(0.0, (at.x() * canvas.ratio - on_screen.left) / on_screen.width))
            canvas.update()
        elif self._gesture == "tool" or canvas.tool.busy:
            canvas.tool.move(pointer)
            self._show_outline()
        elif isinstance(canvas.tool, CropTool):
            canvas.tool.nearby = NEARBY * canvas.ratio / canvas.view.zoom
            canvas.tool.move(pointer)
        self._repaint_cursor()
        if self._gesture is None:
            self._alt = pointer.alt
            self.update_cursor()
        inside = (
            0 <= pointer.x < canvas.scene.document.bounds.right and 0 <= pointer.y < canvas.scene.document.bounds.bottom
        )
        canvas.pointed.emit(*((pointer.x, pointer.y) if inside else (-1.0, -1.0)))

    def _pointer(self, modifiers, at: QPointF | None = None, pressure: float = 1.0, secondary: bool = False) -> Pointer:
        at = self._at if at is None else at
        x, y = self._canvas.view.to_picture(at.x() * self._canvas.ratio, at.y() * self._canvas.ratio)
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        ctrl = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        return Pointer(x, y, pressure, shift, ctrl, secondary, alt)

    def _show_outline(self) -> None:
        if self._canvas.tool.outline or self._canvas.tool.brush is None:
            self._canvas.update()

    def _show_source(self) -> None:
        """It may be elsewhere after a press or a release."""
        if isinstance(self._canvas.tool, RetouchTool):
            self._canvas.update()

    def _on_divider(self) -> bool:
        return self._canvas.compare is Compare.SPLIT and abs(self._at.x() - self._canvas.divider_x) <= HANDLE

    def is_beside(self, at: QPointF) -> bool:
        """So far beside the picture that the brush does not reach it."""
        place, ratio, reach = self._canvas.view.picture_on_screen, self._canvas.ratio, self._ring_radius()
        across = max(place.left / ratio - at.x(), at.x() - place.right / ratio)
        down = max(place.top / ratio - at.y(), at.y() - place.bottom / ratio)
        return max(across, down) > reach

    def _forms_brush(self, event) -> bool:
        """A drag with Alt sets the brush; with the right button where a click with Alt chooses what is copied."""
        retouches = isinstance(self._canvas.tool, RetouchTool)
        button = Qt.MouseButton.RightButton if retouches else Qt.MouseButton.LeftButton
        return event.button() == button and bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)

    def _form_brush(self, by: QPointF) -> None:
        """Sideways its size, so that the ring follows the pointer; upwards harder."""
        self._repaint_cursor()
        size = self._formed.size + 2 * by.x() * self._canvas.ratio / self._canvas.view.zoom
        self._canvas.brush_formed.emit(size, self._formed.hardness - by.y() / HARDNESS_WAY)
        self._repaint_cursor()

    # the cursor

    def _ring_radius(self) -> float:
        """Of the brush in logical pixels; 0 for tools without one."""
        brush = self._canvas.tool.brush
        return 0.0 if brush is None else brush.size / 2 * self._canvas.view.zoom / self._canvas.ratio

    def _ring_rect(self, at: QPointF) -> QRect:
        radius = int(self._ring_radius()) + 4
        return QRect(int(at.x()) - radius, int(at.y()) - radius, 2 * radius + 1, 2 * radius + 1)

    def _repaint_cursor(self) -> None:
        self._canvas.update(self._ring_rect(self._at))
        source = self._source()
        if source is not None:
            side = 2 * CROSS + 3
            self._canvas.update(QRect(int(source.x()) - CROSS - 1, int(source.y()) - CROSS - 1, side, side))

    def _offset(self) -> tuple[int, int] | None:
        """How far right and down of the pointer is copied from, in picture pixels; None where nothing is."""
        tool = self._canvas.tool
        if not isinstance(tool, RetouchTool) or self._canvas.scene is None:
            return None
        pointer = self._pointer(Qt.KeyboardModifier.NoModifier)
        return tool.offset(pointer.x, pointer.y)

    def _source(self) -> QPointF | None:
        """Where the pointer copies from, in logical pixels."""
        offset = self._offset()
        scale = self._canvas.view.zoom / self._canvas.ratio
        return None if offset is None else self._at + QPointF(*offset) * scale

    def update_cursor(self) -> None:
        canvas = self._canvas
        if canvas.scene is None:
            canvas.unsetCursor()
        elif self._gesture == "pan":
            canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space:
            canvas.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._gesture == "divider" or self._on_divider():
            canvas.setCursor(Qt.CursorShape.SplitHCursor)
        elif isinstance(canvas.tool, CropTool) and canvas.tool.grip is not None:
            canvas.setCursor(_GRIPS[canvas.tool.grip])
        elif self._ring_radius() >= SMALLEST_RING and not self._chooses:
            canvas.setCursor(Qt.CursorShape.BlankCursor)
        else:
            canvas.setCursor(Qt.CursorShape.CrossCursor)

    def paint_cursor(self, painter: QPainter) -> None:
        """The brush's true size, readable on any ground."""
        radius, brush = self._ring_radius(), self._canvas.tool.brush
        if not self._inside or brush is None or self._space or self._gesture in ("pan", "divider"):
            return
        self._paint_source(painter, brush, radius)
        if radius < SMALLEST_RING or self._chooses:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 170), 2.6))
        painter.drawEllipse(self._at, radius, radius)
        painter.setPen(QPen(QColor(255, 255, 255, 235), 1.2))
        painter.drawEllipse(self._at, radius, radius)
        hard = radius * brush.hardness
        if 4 < hard < radius - 3:
            painter.setPen(QPen(QColor(255, 255, 255, 120), 1, Qt.PenStyle.DotLine))
            painter.drawEllipse(self._at, hard, hard)

    def _paint_source(self, painter: QPainter, brush: Brush, radius: float) -> None:
        """Of a retouching brush: what a stroke would copy here, and where from."""
        canvas, offset, source = self._canvas, self._offset(), self._source()
        tool, scene = canvas.tool, canvas.scene
        if offset is None or source is None or scene is None or not isinstance(tool, RetouchTool):
            return
        if self._gesture is None and not self._chooses and canvas.compare is Compare.AFTER:
            paint_copied(painter, scene.after, canvas.view, canvas.ratio, self._at, radius, offset, brush, tool.opacity)
        paint_cross(painter, source)
