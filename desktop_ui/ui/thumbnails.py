"""Small pictures of fills, as icons."""

from __future__ import annotations

import cv2
import numpy as np
from PyQt6.QtGui import QIcon, QImage, QPixmap

from desktop_ui.document.colour import Display, to_display
from desktop_ui.document.document import Document
from desktop_ui.document.fills import Candidate, compose
from model.geometry.boxes import Box

_MARGIN = 12  # picture pixels around what changed
_SHARP = 2  # device pixels for each logical one


def result_icon(document: Document, number: int, candidate: Candidate, side: int, display: Display) -> QIcon:
    """What a candidate of fill `number` makes of its place, side×side logical pixels at most."""
    return _icon(_shown(document, _after(document, number, candidate, _place(document, candidate)), side, display))


def fill_icon(document: Document, number: int, side: int, display: Display) -> QIcon:
    """The place of a fill before and after it, next to each other."""
    fill = document.fills[number]
    box = _place(document, fill.current)
    before = compose(document.original, document.fills[:number], box)
    after = _after(document, number, fill.current, box)
    halves = [_shown(document, one, side, display) for one in (before, after)]
    gap = np.zeros((halves[0].shape[0], 2 * _SHARP, 4), np.uint8)
    return _icon(np.hstack([halves[0], gap, halves[1]]))


def glimpse(document: Document, number: int, candidate: Candidate, display: Display) -> tuple[Box, np.ndarray]:
    """Where a candidate of fill `number` differs, and how the picture would look there; → box, h×w×3 bytes."""
    box = candidate.rect.united(document.fills[number].current.rect)
    pixels = _after(document, number, candidate, box)
    for later in document.fills[number + 1 :]:
        later.current.write(pixels, box)
    return box, _colours(document, pixels, display)


def _place(document: Document, candidate: Candidate) -> Box:
    if candidate.rect.empty:
        return Box(0, 0, 1, 1)
    return candidate.rect.grown(_MARGIN).clipped(document.bounds)


def _after(document: Document, number: int, candidate: Candidate, box: Box) -> np.ndarray:
    pixels = compose(document.original, document.fills[:number], box)
    candidate.write(pixels, box)
    return pixels


def _colours(document: Document, pixels: np.ndarray, display: Display) -> np.ndarray:
    return to_display(document.picture.extras.icc, pixels.shape[2], display)(pixels)


def _shown(document: Document, pixels: np.ndarray, side: int, display: Display) -> np.ndarray:
    """→ at most side×side logical pixels, RGBA."""
    scale = side * _SHARP / max(pixels.shape[:2])
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    resized = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    small = _colours(document, resized.reshape(*size[::-1], pixels.shape[2]), display)
    rgba = np.dstack([small, np.full(small.shape[:2], 255, np.uint8)])
    space = side * _SHARP - rgba.shape[0]  # all are equally high, so that what is written under them is in line
    return np.pad(rgba, ((space // 2, space - space // 2), (0, 0), (0, 0)))


def _icon(rgba: np.ndarray) -> QIcon:
    rgba = np.ascontiguousarray(rgba)
    height, width = rgba.shape[:2]
    pixmap = QPixmap.fromImage(QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888))
    pixmap.setDevicePixelRatio(_SHARP)
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # else Qt tints it
    return icon
