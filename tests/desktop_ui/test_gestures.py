"""Trackpad and touch, by synthetic events: two fingers move and zoom the picture, a wheel still zooms."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import (
    QEventPoint,
    QInputDevice,
    QNativeGestureEvent,
    QPointingDevice,
    QPointingDeviceUniqueId,
    QTouchEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QApplication, QGestureEvent, QPinchGesture

from tests.desktop_ui.hands import spot, start_stroke

pytestmark = pytest.mark.gui
NO_KEY = Qt.KeyboardModifier.NoModifier


def device(kind: QInputDevice.DeviceType) -> QPointingDevice:
    return QPointingDevice(
        "fingers", 77, kind, QPointingDevice.PointerType.Finger, QInputDevice.Capability.Position, 5, 0, "",
        QPointingDeviceUniqueId.fromNumericId(7),
    )  # fmt: skip


@pytest.fixture
def canvas(opened):
    opened.canvas.zoom_to(4.0)
    return opened.canvas


def under(canvas, at: QPointF) -> tuple[float, float]:
    return canvas.view.to_picture(at.x() * canvas.ratio, at.y() * canvas.ratio)


def scroll(canvas, at: QPointF, pixels: QPoint, angle: QPoint, phase, of=None, modifier=NO_KEY) -> None:
    event = QWheelEvent(
        at, canvas.mapToGlobal(at), pixels, angle, Qt.MouseButton.NoButton, modifier, phase, False,
        Qt.MouseEventSource.MouseEventNotSynthesized, of or QPointingDevice.primaryPointingDevice(),
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


@pytest.mark.parametrize("phase", [Qt.ScrollPhase.ScrollUpdate, Qt.ScrollPhase.ScrollMomentum])
def test_two_fingers_on_a_trackpad_move_the_picture(canvas, phase) -> None:
    at = QPointF(spot(canvas, 160, 120))
    before = canvas.view.x, canvas.view.y, canvas.view.zoom
    scroll(canvas, at, QPoint(-30, 14), QPoint(-60, 28), phase)
    moved = (before[0] - 30 * canvas.ratio, before[1] + 14 * canvas.ratio, before[2])
    assert (canvas.view.x, canvas.view.y, canvas.view.zoom) == moved
    scroll(
        canvas, at, QPoint(), QPoint(60, -28), Qt.ScrollPhase.NoScrollPhase, device(QInputDevice.DeviceType.TouchPad)
    )
    assert (canvas.view.x, canvas.view.y, canvas.view.zoom) == before


def test_a_wheel_zooms_and_ctrl_with_two_fingers_sizes_the_brush(canvas, opened) -> None:
    at, size = QPointF(spot(canvas, 160, 120)), opened.settings["tool/brush_size"]
    scroll(canvas, at, QPoint(), QPoint(0, 120), Qt.ScrollPhase.NoScrollPhase)
    assert canvas.view.zoom == 6
    scroll(
        canvas,
        at,
        QPoint(0, 60),
        QPoint(0, 120),
        Qt.ScrollPhase.ScrollUpdate,
        None,
        Qt.KeyboardModifier.ControlModifier,
    )
    assert canvas.view.zoom == 6 and opened.settings["tool/brush_size"] > size


def native(canvas, kind: Qt.NativeGestureType, at: QPointF, value: float = 0.0, delta: QPointF | None = None) -> None:
    event = QNativeGestureEvent(
        kind, device(QInputDevice.DeviceType.TouchPad), 2, at, at, canvas.mapToGlobal(at), value, delta or QPointF()
    )
    QApplication.sendEvent(canvas, event)


def test_a_native_pinch_zooms_about_the_fingers_and_a_pan_moves(canvas) -> None:
    at = QPointF(spot(canvas, 140, 100))
    place = under(canvas, at)
    native(canvas, Qt.NativeGestureType.BeginNativeGesture, at)
    for _ in range(3):
        native(canvas, Qt.NativeGestureType.ZoomNativeGesture, at, 0.1)
    native(canvas, Qt.NativeGestureType.EndNativeGesture, at)
    assert canvas.view.zoom == pytest.approx(4 * 1.1**3) and under(canvas, at) == pytest.approx(place)
    x = canvas.view.x
    native(canvas, Qt.NativeGestureType.PanNativeGesture, at, delta=QPointF(-25, 0))
    assert canvas.view.x == pytest.approx(x - 25 * canvas.ratio)
    native(canvas, Qt.NativeGestureType.SmartZoomNativeGesture, at)
    assert canvas.view.fitted
    canvas.zoom_to(0.5)
    canvas.fit()
    native(canvas, Qt.NativeGestureType.SmartZoomNativeGesture, at)
    assert canvas.view.zoom == 1


def touch(canvas, on: QPointingDevice, kind: QEvent.Type, state: QEventPoint.State, *places: QPointF) -> None:
    points = [
        QEventPoint(number, state, canvas.mapTo(canvas.window(), place), canvas.mapToGlobal(place))
        for number, place in enumerate(places)
    ]
    QApplication.sendEvent(canvas, QTouchEvent(kind, on, NO_KEY, points))


def test_two_fingers_on_a_screen_take_back_what_the_first_one_drew(canvas, opened) -> None:
    on, document = device(QInputDevice.DeviceType.TouchScreen), opened.workspace.document
    middle = QPointF(canvas.rect().center())
    start_stroke(canvas, (150, 110), (160, 115))  # Qt makes a mouse of the first finger
    assert document.mask.any()
    fingers = middle - QPointF(40, 0), middle + QPointF(40, 0)
    touch(canvas, on, QEvent.Type.TouchBegin, QEventPoint.State.Pressed, *fingers)
    touch(canvas, on, QEvent.Type.TouchUpdate, QEventPoint.State.Updated, *fingers)
    assert not document.mask.any() and not document.editing
    touch(canvas, on, QEvent.Type.TouchEnd, QEventPoint.State.Released, *fingers)
    assert document.history.depth == 0


def test_two_fingers_on_a_screen_zoom_and_move(canvas) -> None:
    at = QPointF(spot(canvas, 140, 100))
    place = under(canvas, at)

    def pinch(factor: float, moved: QPointF) -> None:
        gesture = QPinchGesture()
        gesture.setScaleFactor(factor)
        gesture.setLastCenterPoint(canvas.mapToGlobal(at))
        gesture.setCenterPoint(canvas.mapToGlobal(at + moved))
        QApplication.sendEvent(canvas, QGestureEvent([gesture]))

    pinch(1.5, QPointF())
    assert canvas.view.zoom == pytest.approx(6) and under(canvas, at) == pytest.approx(place)
    pinch(0.5, QPointF(30, -20))
    assert canvas.view.zoom == pytest.approx(3)
    assert under(canvas, at + QPointF(30, -20)) == pytest.approx(place), "what the fingers hold stays under them"
