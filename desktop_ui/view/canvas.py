"""The picture's widget: paints what `render` makes, only where it is dirty, and hands input to `CanvasInput`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QColor, QContextMenuEvent, QCursor, QImage, QPainter, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget

from desktop_ui.document.change import Change
from desktop_ui.document.colour import Display, to_display
from desktop_ui.document.document import Document
from desktop_ui.document.edits import Plane
from desktop_ui.tools.painting import PaintTool
from desktop_ui.tools.pointer import Tool
from desktop_ui.tools.retouch import RetouchTool
from desktop_ui.view.compare import HANDLE, Compare
from desktop_ui.view.crop_view import CropView
from desktop_ui.view.gestures import Gestures
from desktop_ui.view.glimpse import Glimpse
from desktop_ui.view.input import CanvasInput
from desktop_ui.view.proposal import Proposal
from desktop_ui.view.pyramid import Pyramid
from desktop_ui.view.render import Overlay, draw
from desktop_ui.view.scene import Scene
from desktop_ui.view.viewport import Viewport
from model.geometry.boxes import Box

ANTS_MS = 120


class Canvas(QWidget):
    """The widget that shows the picture and takes marks.

    Signals:
        viewed: zoom or position changed.
        pointed(x, y): picture coordinates under the pointer; negative outside the picture.
        edited: a tool finished a change of the mask.
        escaped: Esc, when no stroke was open.
        brush_resized(steps): Ctrl + wheel.
        brush_formed(size, hardness): by a drag with Alt, in picture pixels and 0..1; either may be beyond its range.
        menu_asked(place): the context menu is wanted there, in the screen's pixels.
        compared(): the picture before the fills was looked at, and let go again.
    """

    viewed = pyqtSignal()
    pointed = pyqtSignal(float, float)
    edited = pyqtSignal()
    escaped = pyqtSignal()
    brush_resized = pyqtSignal(int)
    brush_formed = pyqtSignal(float, float)
    compared = pyqtSignal()
    menu_asked = pyqtSignal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Picture"))
        self.view = Viewport()
        self.scene: Scene | None = None
        self.tool: Tool = PaintTool()
        self.overlay = Overlay()
        self.display = Display()
        self.forbidden_overlay = Overlay(hatched=True)
        self.plane = Plane.HOLE  # which mask is being marked
        self.proposal: Proposal | None = None  # an object that may become mask
        self.crop: CropView | None = None  # while the crop tool is in hand
        self.glimpse: Glimpse | None = None  # another result, while the pointer is over it
        self.compare = Compare.AFTER
        self.divider = 0.5  # of the picture's width
        self.backdrop = QColor(43, 44, 48)
        self.painted = 0  # paint events so far
        self._input = CanvasInput(self)
        self._gestures = Gestures(self, self._input.cancel)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self._held: Compare | None = None
        self._preview: QImage | None = None
        self._ants = QTimer(self, interval=ANTS_MS, timeout=self._march)

    # what is shown

    def show_document(self, document: Document | None) -> None:
        """Show it from now on, fitted; whoever shows it passes its changes to `follow`."""
        self._input.reset()
        self.scene = self._preview = None
        if document is not None:
            self.scene = Scene(document, self.display)
            self.view.show(document.bounds.right, document.bounds.bottom)
        self._changed_view()

    def show_preview(self, pixels: np.ndarray, width: int, height: int) -> None:
        """Until the document is there: h×w×3 sRGB bytes in the place of a width×height picture."""
        self._input.reset()
        self.scene = None
        pixels = np.ascontiguousarray(to_display(None, 3, self.display)(pixels))
        rows, columns = pixels.shape[:2]
        self._preview = QImage(pixels.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
        self.view.show(width, height)
        self._changed_view()

    def set_tool(self, tool: Tool) -> None:
        self.tool.cancel()
        self.tool = tool
        self._input.update_cursor()
        self.update()

    def set_display(self, display: Display) -> None:
        """Convert the picture's colours for this display."""
        self.display, self.glimpse = display, None
        if self.scene is not None:
            self.scene.show_on(display)
        self.update()

    def set_overlay(self, overlay: Overlay, forbidden: Overlay, plane: Plane) -> None:
        """How both masks are shown, and which of them is being marked: it is the one that is shown alone."""
        self.overlay, self.forbidden_overlay, self.plane = overlay, forbidden, plane
        self.setAccessibleDescription(self._mode)
        if overlay.outline or forbidden.outline:
            self._ants.start()
        else:
            self._ants.stop()
        self.update()

    def set_glimpse(self, glimpse: Glimpse | None) -> None:
        if glimpse is not self.glimpse:
            self.glimpse = glimpse
            self.update()

    def set_proposal(self, proposal: Proposal | None) -> None:
        if proposal is not self.proposal:
            self.proposal = proposal
            self.update()

    def set_crop(self, crop: CropView | None) -> None:
        """Show the crop tool's frame over the picture, or no longer."""
        self.crop = crop
        self.update()

    def leave_room(self, share: float, above: int) -> None:
        """Leave some of the window free beside a picture that is fitted.

        Args:
            share: of the picture's sides, at each of them.
            above: logical pixels at the window's top.
        """
        room = share, round(above * self.ratio)
        if room != (self.view.beside, self.view.above):
            self.view.beside, self.view.above = room
            if self.view.fitted:
                self.fit()

    def set_compare(self, compare: Compare) -> None:
        self.compare = compare
        if compare is Compare.SPLIT:
            left, right = self._seen_columns()
            if not left <= self.divider_x <= right:
                self._move_divider((left + right) / 2)
        self.update()

    def hold_before(self, held: bool) -> None:
        """Show the picture before the fills as long as this is held."""
        if held and self._held is None:
            self._held, self.compare = self.compare, Compare.BEFORE
        elif not held and self._held is not None:
            self.compare, self._held = self._held, None
            self.compared.emit()
        self.update()

    def fit(self) -> None:
        self.view.fit()
        self._changed_view()

    def zoom_to(self, zoom: float) -> None:
        """Device pixels for one picture pixel, about the middle of the window."""
        self.view.zoom_to(zoom)
        self._changed_view()

    def zoom_step(self, steps: int, at: QPointF | None = None) -> None:
        x, y = (None, None) if at is None else (at.x() * self.ratio, at.y() * self.ratio)
        self.view.step(steps, x, y)
        self._changed_view()

    def zoom_by(self, factor: float, at: QPointF) -> None:
        """So many times larger; what is at this place stays there."""
        self.view.zoom_to(self.view.zoom * factor, at.x() * self.ratio, at.y() * self.ratio)
        self._changed_view()

    def pan(self, dx: float, dy: float) -> None:
        """By logical pixels."""
        self.view.pan(dx * self.ratio, dy * self.ratio)
        self._changed_view()

    def centre_on(self, x: float, y: float) -> None:
        """Show this place of the picture in the middle."""
        self.view.centre_on(x, y)
        self._changed_view()

    @property
    def ratio(self) -> float:
        """Device pixels for one logical pixel."""
        return self.devicePixelRatioF()

    @property
    def divider_x(self) -> float:
        """The divider's place in logical pixels."""
        on_screen = self.view.picture_on_screen
        return (on_screen.left + self.divider * on_screen.width) / self.ratio

    def _seen_columns(self) -> tuple[float, float]:
        """Where the divider can be seen and grasped, in logical pixels."""
        place = self.view.picture_on_screen
        left, right = max(0.0, place.left / self.ratio), min(float(self.width()), place.right / self.ratio)
        edge = min(HANDLE, max(0.0, right - left) / 2)
        return left + edge, right - edge

    def _move_divider(self, x: float) -> None:
        place = self.view.picture_on_screen
        self.divider = min(1.0, max(0.0, (x * self.ratio - place.left) / place.width))

    def _changed_view(self) -> None:
        if self.compare is Compare.SPLIT:  # the divider stays in sight
            left, right = self._seen_columns()
            if not left <= self.divider_x <= right:
                self._move_divider(min(max(self.divider_x, left), right))
        self._input.update_cursor()
        self.update()
        self.viewed.emit()

    def follow(self, change: Change) -> None:
        """The document that is shown changed."""
        if self.scene is None:
            return
        if change.frame:
            self.glimpse = self.proposal = None
            self.show_document(self.scene.document)
            return
        self.scene.follow(change)
        for rect in (change.mask, change.image, change.forbidden):
            if not rect.empty:
                self.update_device(self.view.screen_rect(rect))

    def update_device(self, rect: Box) -> None:
        """Repaint these device pixels."""
        left, top = int(rect.left / self.ratio) - 1, int(rect.top / self.ratio) - 1
        width, height = int(rect.width / self.ratio) + 3, int(rect.height / self.ratio) + 3
        self.update(QRect(left, top, width, height).intersected(self.rect()))

    @property
    def _mode(self) -> str:
        """What the tools do that they do not do at first; "" for nothing."""
        return self.tr("Marks what is not copied from") if self.plane is Plane.FORBIDDEN else ""

    def _march(self) -> None:
        phase = self.overlay.phase + 1
        self.overlay = replace(self.overlay, phase=phase)
        self.forbidden_overlay = replace(self.forbidden_overlay, phase=phase)
        if self.scene is not None and self.scene.document.history.depth:
            self.update()

    # painting

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        painter.scale(1 / self.ratio, 1 / self.ratio)
        self._paint_device(painter, self._device(event.rect()))
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.scene is not None and self.crop is not None:
            self.crop.paint(painter, self.view, self.ratio, QColor(*self.overlay.colour))
        elif self.scene is not None:
            if self.glimpse is not None and self.compare is Compare.AFTER and not self.overlay.alone:
                self.glimpse.paint(painter, self.view, self.ratio)
            if self.compare is Compare.SPLIT:
                self._paint_divider(painter)
            elif self.compare is Compare.BEFORE:
                self._paint_notice(painter, self.tr("Before"))
            elif self.plane is Plane.FORBIDDEN and not isinstance(self.tool, RetouchTool):
                self._paint_notice(painter, self._mode)
            elif self.overlay.alone:
                self._paint_notice(painter, self.tr("Mask"))
            if self.proposal is not None:
                self.proposal.paint(painter, self.view, self.ratio)
            self._paint_outline(painter)
            self._input.paint_cursor(painter)
        painter.end()
        self.painted += 1

    def _device(self, rect: QRect) -> Box:
        ratio = self.ratio
        return Box(
            int(rect.top() * ratio),
            int(rect.left() * ratio),
            int(np.ceil((rect.top() + rect.height()) * ratio)),
            int(np.ceil((rect.left() + rect.width()) * ratio)),
        )

    def _paint_device(self, painter: QPainter, dirty: Box) -> None:
        if self.scene is None:
            self._paint_preview(painter, dirty)
            return
        if self.crop is not None and self.crop.rotates:
            painter.fillRect(QRect(dirty.left, dirty.top, dirty.width, dirty.height), self.backdrop)
            self.crop.paint_picture(painter, self.scene, self.view, self.overlay)
            return
        inside = dirty.clipped(self.view.picture_on_screen)
        if inside != dirty:
            painter.fillRect(QRect(dirty.left, dirty.top, dirty.width, dirty.height), self.backdrop)
        if inside.empty:
            return
        split = round(self.divider_x * self.ratio)
        left = inside._replace(right=min(inside.right, split))
        right = inside._replace(left=max(inside.left, split))
        if self.compare is Compare.SPLIT:
            self._paint_part(painter, left, before=True)
            self._paint_part(painter, right, before=False)
        else:
            self._paint_part(painter, inside, before=self.compare is Compare.BEFORE)

    def _paint_preview(self, painter: QPainter, dirty: Box) -> None:
        painter.fillRect(QRect(dirty.left, dirty.top, dirty.width, dirty.height), self.backdrop)
        if self._preview is not None:
            place = self.view.picture_on_screen
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRect(place.left, place.top, place.width, place.height), self._preview)

    def _paint_part(self, painter: QPainter, part: Box, before: bool) -> None:
        scene = self.scene
        if part.empty or scene is None:
            return
        layers = scene.before if before else scene.after
        mask, forbidden = None, None
        if self.compare is Compare.AFTER:
            mask = scene.mask
            if scene.forbidden is not None:
                forbidden = scene.forbidden, self.forbidden_overlay
            if self.overlay.alone and self.plane is Plane.FORBIDDEN:
                mask = scene.forbidden or Pyramid(scene.document.forbidden, blank=True)
        pixels = draw(layers, mask, self.view, part, self.overlay, forbidden)
        image = QImage(pixels.data, part.width, part.height, 4 * part.width, QImage.Format.Format_RGB32)
        painter.drawImage(part.left, part.top, image)

    def _paint_divider(self, painter: QPainter) -> None:
        on_screen = self.view.picture_on_screen
        x, top, bottom = self.divider_x, on_screen.top / self.ratio, on_screen.bottom / self.ratio
        top, bottom = max(0.0, top), min(float(self.height()), bottom)
        middle = QPointF(x, (top + bottom) / 2)
        painter.setPen(QPen(QColor(0, 0, 0, 90), 4))
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        painter.setPen(QPen(QColor(255, 255, 255), 2))
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        painter.setBrush(QColor(28, 29, 32, 230))
        painter.drawEllipse(middle, HANDLE, HANDLE)
        for side in (-1, 1):
            tip = middle + QPointF(side * 9, 0)
            painter.drawPolyline(QPolygonF([tip + QPointF(-side * 4, -4), tip, tip + QPointF(-side * 4, 4)]))
        _paint_label(painter, x - 48, top + 12, self.tr("Before"))
        _paint_label(painter, x + 48, top + 12, self.tr("After"))

    def _paint_notice(self, painter: QPainter, words: str) -> None:
        """Says that this is not how the picture is now."""
        left, right = self._seen_columns()
        top = max(0.0, self.view.picture_on_screen.top / self.ratio)
        _paint_label(painter, (left + right) / 2, top + 12, words)

    def _paint_outline(self, painter: QPainter) -> None:
        points = [QPointF(*self.view.to_screen(x, y)) / self.ratio for x, y in self.tool.outline]
        if len(points) < 2:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
        painter.drawPolygon(QPolygonF(points))
        painter.setPen(QPen(QColor(255, 255, 255), 1.4, Qt.PenStyle.DashLine))
        painter.drawPolygon(QPolygonF(points))

    # events: told by CanvasInput and Gestures

    def resizeEvent(self, event) -> None:
        self.view.resize(round(self.width() * self.ratio), round(self.height() * self.ratio))
        self._changed_view()

    def event(self, event) -> bool:
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and self._input.key(event):
            return True
        if event.type() == QEvent.Type.NativeGesture:
            return self._gestures.native(event)
        if event.type() == QEvent.Type.Gesture and (pinch := event.gesture(Qt.GestureType.PinchGesture)) is not None:
            self._gestures.pinch(pinch)
            event.accept(Qt.GestureType.PinchGesture)
            return True
        return super().event(event)

    def take_key(self, event) -> bool:
        """A key that was pressed elsewhere in the window; → True when it was for the canvas."""
        return self._input.key(event)

    def mousePressEvent(self, event) -> None:
        self._input.press(event)

    def mouseMoveEvent(self, event) -> None:
        self._input.move(event)

    def mouseReleaseEvent(self, event) -> None:
        self._input.release(event)

    def mouseDoubleClickEvent(self, event) -> None:
        self._input.double_click(event)

    def tabletEvent(self, event) -> None:
        self._input.tablet(event)

    def wheelEvent(self, event) -> None:
        self._gestures.wheel(event)

    def contextMenuEvent(self, event) -> None:
        """The right button erases; beside the picture there is nothing to erase."""
        at = QPointF(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Mouse and self.scene is not None and self._input.is_beside(at):
            self._input.cancel()
            self.menu_asked.emit(event.globalPos())
        event.accept()

    def choose_source(self) -> None:
        """Of a retouching brush: where the pointer is, or the ring that the arrows move."""
        self._input.choose_source()

    def ask_for_menu(self) -> None:
        """At the pointer, or in the middle where it is elsewhere."""
        at = self.mapFromGlobal(QCursor.pos())
        self.menu_asked.emit(self.mapToGlobal(at if self.rect().contains(at) else self.rect().center()))

    def enterEvent(self, event) -> None:
        self._input.update_cursor()

    def leaveEvent(self, event) -> None:
        self._input.left()

    def focusOutEvent(self, event) -> None:
        self._input.focus_lost()
        super().focusOutEvent(event)


def _paint_label(painter: QPainter, middle: float, top: float, text: str) -> None:
    width = max(72, painter.fontMetrics().horizontalAdvance(text) + 28)
    box = QRectF(middle - width / 2, top, width, 24)
    painter.setBrush(QColor(20, 21, 24, 190))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(box, 12, 12)
    painter.setPen(QColor(255, 255, 255))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
