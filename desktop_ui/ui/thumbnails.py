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
_LEAST_SHARPNESS = 2  # picture pixels for a device pixel, up to which a large fill is shown whole
_ENLARGED = 3  # how many times larger a part of it is shown than the whole would be, at most
_SEARCHED = 256  # pixels of the side of what is searched for differences


def result_icons(document: Document, number: int, side: int, display: Display) -> list[QIcon]:
    """What each candidate of fill `number` makes of its place, side×side logical pixels at most.

    Several large ones are shown where they differ most: whole and small they would look alike.
    """
    candidates = document.fills[number].candidates
    telling = _telling_place(document, number, side * _SHARP)
    places = [telling or _place(document, one) for one in candidates]
    pixels = (_after(document, number, one, place) for one, place in zip(candidates, places, strict=True))
    return [_icon(_shown(document, one, side, display)) for one in pixels]


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


def _telling_place(document: Document, number: int, side: int) -> Box | None:
    """The square in which the candidates of a fill differ most; None where there is one, or they are shown whole.

    Args:
        side: of a small picture in device pixels; at less than half of this size what differs cannot be seen.
    """
    fill = document.fills[number]
    box = fill.rect.grown(_MARGIN).clipped(document.bounds)
    if len(fill.candidates) < 2 or max(box.shape) <= _LEAST_SHARPNESS * side:
        return None
    scale = min(1.0, _SEARCHED / max(box.shape))
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    reduced = [_reduced(_after(document, number, one, box), size) for one in fill.candidates]
    differs = np.zeros(size[::-1], np.float32)
    for one in reduced[1:]:
        differs += np.abs(one - reduced[0]).mean(axis=2)
    if not differs.any():
        return None
    wide = max(_LEAST_SHARPNESS * side, max(box.shape) // _ENLARGED)
    height, width = min(wide, box.height), min(wide, box.width)
    window = (max(1, round(width * scale)), max(1, round(height * scale)))
    sums = cv2.boxFilter(differs, -1, window, normalize=False, borderType=cv2.BORDER_CONSTANT)
    row, column = np.unravel_index(int(sums.argmax()), sums.shape)
    top = min(max(0, round((row + 0.5) / scale) - height // 2), box.height - height)
    left = min(max(0, round((column + 0.5) / scale) - width // 2), box.width - width)
    return Box(top, left, top + height, left + width).moved(box.top, box.left)


def _reduced(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).reshape(*size[::-1], pixels.shape[2])
    return small.astype(np.float32)


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
