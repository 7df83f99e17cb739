"""A part of the picture as it would look, painted over it without a change of the document."""

from __future__ import annotations

import cv2
import numpy as np
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QImage, QPainter

from desktop_ui.view.viewport import Viewport
from model.geometry.boxes import Box


class Glimpse:
    """Painted at any zoom; what is reduced is averaged, as the picture is."""

    def __init__(self, box: Box, pixels: np.ndarray) -> None:
        """Hold a result that is looked at and not chosen.

        Args:
            box: where in the picture.
            pixels: box.height × box.width × 3 bytes for the screen.
        """
        self._box = box
        self._pixels = pixels
        self._reduced: tuple[tuple[int, int], QImage] | None = None

    def paint(self, painter: QPainter, view: Viewport, ratio: float) -> None:
        """Draw it over the picture.

        Args:
            ratio: device pixels for one of the painter's.
        """
        if self._box.empty:
            return
        left, top = view.to_screen(self._box.left, self._box.top)
        width, height = self._box.width * view.zoom, self._box.height * view.zoom
        size = (
            max(1, round(min(1.0, view.zoom) * self._box.width)),
            max(1, round(min(1.0, view.zoom) * self._box.height)),
        )
        if self._reduced is None or self._reduced[0] != size:
            small = np.ascontiguousarray(cv2.resize(self._pixels, size, interpolation=cv2.INTER_AREA))
            image = QImage(small.data, *size, 3 * size[0], QImage.Format.Format_RGB888).copy()
            self._reduced = size, image
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, view.zoom < 2)
        painter.drawImage(QRectF(left / ratio, top / ratio, width / ratio, height / ratio), self._reduced[1])
