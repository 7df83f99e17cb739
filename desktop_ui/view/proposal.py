"""An object that was found and is not yet mask: its outline, a light tint, and the clicks that it was found by."""

from __future__ import annotations

import cv2
import numpy as np
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from desktop_ui.tools.objects.marks import Found, Mark
from desktop_ui.view.viewport import Viewport

_TINT = QColor(79, 140, 255, 70)
_ADDS, _TAKES = QColor(62, 207, 142), QColor(255, 107, 107)
_DOT = 4.5  # logical pixels, radius
_FINE = 0.7  # picture pixels that the outline may be off


class Proposal:
    """Made once for each answer, painted at any zoom."""

    def __init__(self, found: Found | None, marks: tuple[Mark, ...]) -> None:
        self._marks = marks
        self._path = QPainterPath()  # in picture coordinates
        self._path.setFillRule(Qt.FillRule.OddEvenFill)
        if found is not None and not found.box.empty:
            inside = (np.pad(found.coverage, 1) > 127).astype(np.uint8)
            contours, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
            for contour in contours:
                points = cv2.approxPolyDP(contour, _FINE, True)[:, 0] + (found.box.left - 0.5, found.box.top - 0.5)
                if len(points) > 2:
                    self._path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
                    self._path.closeSubpath()

    def paint(self, painter: QPainter, view: Viewport, ratio: float) -> None:
        """Draw the outline of what is proposed.

        Args:
            ratio: device pixels for one of the painter's.
        """
        scale = view.zoom / ratio
        path = QTransform(scale, 0, 0, scale, view.x / ratio, view.y / ratio).map(self._path)
        painter.fillPath(path, _TINT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 170), 3))
        painter.drawPath(path)
        painter.setPen(QPen(QColor(255, 255, 255), 1.5, Qt.PenStyle.DashLine))
        painter.drawPath(path)
        painter.setPen(QPen(QColor(255, 255, 255), 1.5))
        for mark in self._marks:
            if not mark.loop:
                x, y = view.to_screen(mark.x, mark.y)
                painter.setBrush(_ADDS if mark.adds else _TAKES)
                painter.drawEllipse(QPointF(x / ratio, y / ratio), _DOT, _DOT)
