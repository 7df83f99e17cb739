"""What a retouching brush would copy, shown under the pointer, and the cross where it copies from."""

from __future__ import annotations

import copy
import math

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen, QRadialGradient

from desktop_ui.tools.brush import Brush
from desktop_ui.view.render import Layers, Overlay, draw
from desktop_ui.view.viewport import Viewport
from model.geometry.boxes import Box

CROSS = 14  # logical pixels, half its size
_GAP = 3
_WIDEST = 600  # device pixels of a ring; what a wider one copies is not shown, to stay quick


def paint_cross(painter: QPainter, at: QPointF) -> None:
    """Readable on any ground; its middle is left free."""
    ways = (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(QColor(0, 0, 0, 200), 4.4), QPen(QColor(255, 255, 255), 2)):
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        for way in ways:
            painter.drawLine(at + way * _GAP, at + way * (CROSS - 2))


def paint_copied(
    painter: QPainter,
    layers: Layers,
    view: Viewport,
    ratio: float,
    at: QPointF,
    radius: float,
    offset: tuple[int, int],
    brush: Brush,
    opacity: float,
) -> None:
    """Show a dab of what lies `offset` picture pixels right and down of `at`.

    Args:
        ratio: device pixels for one of the painter's.
        at, radius: of the brush's ring, in the painter's pixels.
        opacity: 0..1.
    """
    reach = math.ceil(radius * ratio)
    x, y = round(at.x() * ratio), round(at.y() * ratio)
    if not 2 <= reach <= _WIDEST // 2:
        return
    seen = copy.copy(view)
    seen.x, seen.y = view.x - offset[0] * view.zoom, view.y - offset[1] * view.zoom
    on_screen = view.picture_on_screen
    box = Box(y - reach, x - reach, y + reach, x + reach).clipped(seen.picture_on_screen).clipped(on_screen)
    if box.empty:
        return
    pixels = draw(layers, None, seen, box, Overlay())
    image = QImage(pixels.data, box.width, box.height, 4 * box.width, QImage.Format.Format_RGB32)
    dab = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    edge = QRadialGradient(QPointF(x - box.left, y - box.top), reach)
    edge.setColorAt(min(brush.hardness, 1 - 1 / reach), QColor(0, 0, 0, round(255 * opacity)))
    edge.setColorAt(1, QColor(0, 0, 0, 0))
    form = QPainter(dab)
    form.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    form.fillRect(dab.rect(), edge)
    form.end()
    place = QRectF(box.left / ratio, box.top / ratio, box.width / ratio, box.height / ratio)
    painter.drawImage(place, dab)
