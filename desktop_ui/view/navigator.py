"""The whole picture, small, in a corner of a picture that is larger than the window: a click or a drag goes there."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import QRectF, Qt, QTimer
from PyQt6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PyQt6.QtWidgets import QWidget

from desktop_ui.document.change import Change
from desktop_ui.view.canvas import Canvas
from desktop_ui.view.render import Overlay, draw
from desktop_ui.view.viewport import Viewport
from model.geometry.boxes import Box

_WIDEST, _HIGHEST = 180, 140  # logical pixels
_EDGE = 16
_LARGEST_SHARE = 0.4  # of the canvas's width
_SOON_MS = 150  # a stroke is followed in steps


class Navigator(QWidget):
    """Hidden while all of the picture is seen."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._wanted = True
        self._image: QImage | None = None
        self._overlays = self._shown_overlays()  # as it is drawn
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS, timeout=self._renew)
        self.setAccessibleName(self.tr("Navigator"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        canvas.viewed.connect(self._place)
        self.hide()

    def set_wanted(self, wanted: bool) -> None:
        self._wanted = wanted
        self._place()

    def follow(self, change: Change) -> None:
        """The document that is shown changed."""
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _renew(self) -> None:
        self._image = None
        self.update()

    def _place(self) -> None:
        canvas = self._canvas
        scene, view = canvas.scene, canvas.view
        if scene is None or not self._wanted or view.shows_all:
            self.hide()
            self._image = None
            return
        rows, columns = scene.document.bounds.shape
        scale = min(_WIDEST / columns, _HIGHEST / rows)
        width, height = max(1, round(columns * scale)), max(1, round(rows * scale))
        if width + 2 * _EDGE > _LARGEST_SHARE * canvas.width():
            self.hide()
            return
        if (width, height) != (self.width(), self.height()):
            self._image = None
        self.setGeometry(canvas.width() - width - _EDGE, canvas.height() - height - _EDGE, width, height)
        self.show()
        self.update()

    def paintEvent(self, event) -> None:
        scene = self._canvas.scene
        if scene is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        overlays = self._shown_overlays()
        if self._image is None or overlays != self._overlays:
            self._overlays = overlays
            self._image = self._drawn()
        painter.drawImage(whole, self._image)
        seen = self._seen()
        beside = QPainterPath()
        beside.addRect(whole)
        beside.addRect(seen)  # odd and even: what is not seen
        painter.fillPath(beside, QColor(0, 0, 0, 120))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
        painter.drawRect(seen)
        painter.setPen(QPen(QColor(255, 255, 255), 1.5))
        painter.drawRect(seen)
        painter.setPen(QPen(QColor(255, 255, 255, 140), 1))
        painter.drawRect(whole.adjusted(0.5, 0.5, -0.5, -0.5))

    def _shown_overlays(self) -> tuple[Overlay, Overlay]:
        """Of the mask and of what is forbidden; nothing runs around in a small picture."""
        canvas = self._canvas
        mask, forbidden = (replace(one, outline=False, phase=0) for one in (canvas.overlay, canvas.forbidden_overlay))
        return mask, forbidden

    def _drawn(self) -> QImage:
        canvas = self._canvas
        assert canvas.scene is not None
        rows, columns = canvas.scene.document.bounds.shape
        view = Viewport()
        view.show(columns, rows)
        view.zoom, view.x, view.y = self.width() * canvas.ratio / columns, 0.0, 0.0
        screen = Box(0, 0, round(self.height() * canvas.ratio), round(self.width() * canvas.ratio))
        screen = screen.clipped(view.picture_on_screen)
        overlay, forbidden = self._overlays
        avoided = None if canvas.scene.forbidden is None else (canvas.scene.forbidden, forbidden)
        pixels = draw(canvas.scene.after, canvas.scene.mask, view, screen, overlay, avoided)
        return QImage(pixels.data, screen.width, screen.height, 4 * screen.width, QImage.Format.Format_RGB32).copy()

    def _seen(self) -> QRectF:
        """The part of it that the window shows."""
        view, (rows, columns) = self._canvas.view, self._shape()
        left, top = view.to_picture(0, 0)
        right, bottom = view.to_picture(*view.size)
        across, down = self.width() / columns, self.height() / rows
        seen = QRectF(left * across, top * down, (right - left) * across, (bottom - top) * down)
        return seen.intersected(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _shape(self) -> tuple[int, int]:
        assert self._canvas.scene is not None
        return self._canvas.scene.document.bounds.shape

    def mousePressEvent(self, event) -> None:
        self._go(event)

    def mouseMoveEvent(self, event) -> None:
        self._go(event)

    def _go(self, event) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._canvas.scene is not None:
            rows, columns = self._shape()
            at = event.position()
            self._canvas.centre_on(at.x() * columns / self.width(), at.y() * rows / self.height())
