"""The crop tool's frame over the picture: what is cut away, thirds, grips, what will be filled; the picture rotated."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from desktop_ui.document.frames import rotated
from desktop_ui.tools.crop import CropTool
from desktop_ui.view.render import Overlay, draw
from desktop_ui.view.scene import Scene
from desktop_ui.view.viewport import Viewport
from model.geometry.boxes import Box

_CUT = QColor(0, 0, 0, 150)
_LINE, _THIRD, _HALO = QColor(255, 255, 255, 235), QColor(255, 255, 255, 110), QColor(0, 0, 0, 130)
_ARM, _THICK = 18.0, 3.6  # logical pixels of a grip
_FILLED = 110  # how strongly what will be filled is tinted, of 255


class CropView:
    """Painted from what the tool says at the time."""

    def __init__(self, tool: CropTool) -> None:
        self._tool = tool
        self._drawn: tuple[object, Box, QImage] | None = None

    @property
    def rotates(self) -> bool:
        """The picture itself has to be painted by this."""
        return self._tool.angle != 0

    def paint_picture(self, painter: QPainter, scene: Scene, view: Viewport, overlay: Overlay) -> None:
        """Draw the rotated picture, in device pixels."""
        where, image = self._image(scene, view, overlay)
        if where.empty:
            return
        rows, columns = self._tool.shape
        x, y = view.to_screen(columns / 2, rows / 2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(QTransform().translate(x, y).rotate(self._tool.angle).translate(-x, -y), True)
        painter.drawImage(QPointF(where.left, where.top), image)
        painter.restore()

    def _image(self, scene: Scene, view: Viewport, overlay: Overlay) -> tuple[Box, QImage]:
        """What of the picture can be seen when it is rotated, upright, and where that lies."""
        rows, columns = self._tool.shape
        width, height = view.size
        corners = [view.to_picture(x, y) for x in (0, width) for y in (0, height)]
        back = [view.to_screen(*rotated(x, y, -self._tool.angle, (rows, columns))) for x, y in corners]
        left, right = min(x for x, _ in back), max(x for x, _ in back)
        top, bottom = min(y for _, y in back), max(y for _, y in back)
        where = Box(int(top) - 2, int(left) - 2, int(bottom) + 2, int(right) + 2).clipped(view.picture_on_screen)
        overlay = replace(overlay, phase=0, outline=False)
        key = (scene.document.history.state, scene.after, view.zoom, view.x, view.y, view.size, overlay)
        if self._drawn is not None and self._drawn[0] == key and self._drawn[1].clipped(where) == where:
            return self._drawn[1], self._drawn[2]
        if where.empty:
            return where, QImage()
        where = where.grown(where.width // 8).clipped(view.picture_on_screen)  # for the next degrees
        pixels = draw(scene.after, scene.mask, view, where, overlay)
        image = QImage(pixels.data, where.width, where.height, 4 * where.width, QImage.Format.Format_RGB32).copy()
        self._drawn = key, where, image
        return where, image

    def paint(self, painter: QPainter, view: Viewport, ratio: float, colour: QColor) -> None:
        """Draw the frame over the picture.

        Args:
            ratio: device pixels for one of the painter's.
            colour: of what will be filled.
        """
        tool = self._tool

        def spot(x: float, y: float) -> QPointF:
            return QPointF(*view.to_screen(x, y)) / ratio

        top, left, bottom, right = tool.sides
        frame = QRectF(spot(left, top), spot(right, bottom))
        window = QRectF(0, 0, view.size[0] / ratio, view.size[1] / ratio)
        inner, around = QPainterPath(), QPainterPath()
        inner.addRect(frame)
        around.addRect(window)
        painter.fillPath(around - inner, _CUT)
        painter.fillPath(inner - self._picture(spot), QColor(colour.red(), colour.green(), colour.blue(), _FILLED))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_thirds(painter, frame)
        for pen in (QPen(_HALO, 3), QPen(_LINE, 1.3)):
            painter.setPen(pen)
            painter.drawRect(frame)
        for pen in (QPen(_HALO, _THICK + 2), QPen(_LINE, _THICK)):
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            self._paint_grips(painter, frame)
        if tool.line is not None:
            line = QLineF(spot(*tool.line[:2]), spot(*tool.line[2:]))
            for pen in (QPen(_HALO, 3.5), QPen(_LINE, 1.6)):
                painter.setPen(pen)
                painter.drawLine(line)

    def _picture(self, spot) -> QPainterPath:
        """The rotated picture's outline."""
        rows, columns = self._tool.shape
        corners = [(0, 0), (columns, 0), (columns, rows), (0, rows)]
        path = QPainterPath()
        path.addPolygon(QPolygonF([spot(*rotated(x, y, self._tool.angle, (rows, columns))) for x, y in corners]))
        path.closeSubpath()
        return path

    def _paint_thirds(self, painter: QPainter, frame: QRectF) -> None:
        painter.setPen(QPen(_THIRD, 1))
        parts = 8 if self._tool.line is not None else 3
        for part in range(1, parts):
            x = frame.left() + frame.width() * part / parts
            y = frame.top() + frame.height() * part / parts
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
            painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))

    @staticmethod
    def _paint_grips(painter: QPainter, frame: QRectF) -> None:
        arm_x, arm_y = min(_ARM, frame.width() / 3), min(_ARM, frame.height() / 3)
        for x, inward_x in ((frame.left(), arm_x), (frame.right(), -arm_x)):
            for y, inward_y in ((frame.top(), arm_y), (frame.bottom(), -arm_y)):
                corner = QPointF(x, y)
                painter.drawPolyline(QPolygonF([corner + QPointF(inward_x, 0), corner, corner + QPointF(0, inward_y)]))
            middle = frame.center().y()
            painter.drawLine(QPointF(x, middle - arm_y / 2), QPointF(x, middle + arm_y / 2))
        for y in (frame.top(), frame.bottom()):
            middle = frame.center().x()
            painter.drawLine(QPointF(middle - arm_x / 2, y), QPointF(middle + arm_x / 2, y))
