"""Wheel, trackpad and touch: what scrolls, pinches and sizes the brush."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PyQt6.QtCore import QPointF, Qt, pyqtBoundSignal
from PyQt6.QtGui import QInputDevice, QNativeGestureEvent, QWheelEvent
from PyQt6.QtWidgets import QPinchGesture

from desktop_ui.view.scene import Scene
from desktop_ui.view.viewport import Viewport

_NOTCH = 120  # of a wheel, in its eighths of a degree
_PIXELS = 0.5  # logical pixels for each eighth, where a trackpad tells no pixels


class Sight(Protocol):
    """What gestures need of the widget that they act on; places are in logical pixels."""

    scene: Scene | None
    view: Viewport
    brush_resized: pyqtBoundSignal

    def pan(self, dx: float, dy: float) -> None: ...

    def zoom_step(self, steps: int, at: QPointF | None = None) -> None: ...

    def zoom_by(self, factor: float, at: QPointF) -> None: ...

    def fit(self) -> None: ...

    def zoom_to(self, zoom: float) -> None: ...

    def mapFromGlobal(self, place: QPointF, /) -> QPointF: ...


class Gestures:
    """Two fingers move and zoom the picture; a wheel zooms to the pointer, with Ctrl it sizes the brush."""

    def __init__(self, canvas: Sight, give_up: Callable[[], object]) -> None:
        """Act on a canvas.

        Args:
            give_up: takes back the stroke that the first of two fingers began.
        """
        self._canvas = canvas
        self._give_up = give_up
        self._wheel = 0

    def wheel(self, event: QWheelEvent) -> None:
        if self._canvas.scene is None:
            return
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if _by_fingers(event) and not ctrl:
            by = event.pixelDelta()
            moved = QPointF(event.angleDelta()) * _PIXELS if by.isNull() else QPointF(by)
            self._canvas.pan(moved.x(), moved.y())
            return
        self._wheel += event.angleDelta().y() or event.angleDelta().x()
        steps = int(self._wheel / _NOTCH)
        self._wheel -= steps * _NOTCH
        if steps and ctrl:
            self._canvas.brush_resized.emit(steps)
        elif steps:
            self._canvas.zoom_step(steps, event.position())

    def native(self, event: QNativeGestureEvent) -> bool:
        """Of a trackpad; → True when it was for the canvas."""
        if self._canvas.scene is None:
            return False
        kind, at = event.gestureType(), event.position()
        if kind == Qt.NativeGestureType.ZoomNativeGesture:
            self._canvas.zoom_by(max(0.1, 1 + event.value()), at)
        elif kind == Qt.NativeGestureType.PanNativeGesture:
            self._canvas.pan(event.delta().x(), event.delta().y())
        elif kind == Qt.NativeGestureType.SmartZoomNativeGesture:
            if self._canvas.view.fitted:
                self._canvas.zoom_by(1 / self._canvas.view.zoom, at)
            else:
                self._canvas.fit()
        else:
            return kind in (Qt.NativeGestureType.BeginNativeGesture, Qt.NativeGestureType.EndNativeGesture)
        return True

    def pinch(self, gesture: QPinchGesture) -> None:
        """Of two fingers on a screen."""
        if self._canvas.scene is None:
            return
        if gesture.state() == Qt.GestureState.GestureStarted:
            self._give_up()
        at, before = (self._canvas.mapFromGlobal(one) for one in (gesture.centerPoint(), gesture.lastCenterPoint()))
        if gesture.state() != Qt.GestureState.GestureStarted:
            self._canvas.pan(at.x() - before.x(), at.y() - before.y())
        if gesture.scaleFactor() > 0:
            self._canvas.zoom_by(gesture.scaleFactor(), at)


def _by_fingers(event: QWheelEvent) -> bool:
    """Two fingers on a trackpad scroll; a wheel turns."""
    device = event.device()
    on_trackpad = device is not None and device.type() == QInputDevice.DeviceType.TouchPad
    return on_trackpad or event.phase() != Qt.ScrollPhase.NoScrollPhase
