"""From picture and mask to the pixels of the screen, only for the rectangle that is asked for.

Pure arrays: what a test can compare.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from desktop_ui.document.colour import as_bytes
from desktop_ui.document.extent import mask_extent
from desktop_ui.view.pyramid import DEEPEST, Pyramid
from desktop_ui.view.viewport import Viewport
from model.geometry.boxes import Box

Colour = tuple[int, int, int]
CHECKER_SIDE = 12
STRIPE = 10  # device pixels, of a hatching
CHECKER = (np.uint8(112), np.uint8(144))


@dataclass(frozen=True)
class Overlay:
    """How a mask is shown: a tint (opacity 0..1), an outline, both or neither; or alone, as a gray picture."""

    colour: Colour = (255, 59, 92)
    opacity: float = 0.5
    outline: bool = False
    phase: int = 0  # of the marching ants, device pixels
    alone: bool = False
    hatched: bool = False


@dataclass(frozen=True)
class Layers:
    """What is shown: the picture's pyramid, its alpha's (or None), and how its values become bytes for the screen."""

    image: Pyramid
    alpha: Pyramid | None
    to_screen: Callable[[np.ndarray], np.ndarray]


def sample(pyramid: Pyramid, view: Viewport, screen: Box) -> np.ndarray:
    """The pyramid as seen through `screen` (device pixels inside view.picture_on_screen).

    Averaged when made smaller, smooth up to twice the size, square pixels from there on.
    → screen.height × screen.width (× C) of the pyramid's dtype.
    """
    depth = 0
    while depth < min(DEEPEST, pyramid.deepest) and view.zoom * (1 << depth) <= 0.5:
        depth += 1
    level = pyramid.level(depth)
    height, width = level.shape[:2]
    if depth == 0 and (view.zoom >= 2 or view.zoom == 1):
        rows = _nearest(screen.top, screen.bottom, view.y, view.zoom, height)
        columns = _nearest(screen.left, screen.right, view.x, view.zoom, width)
        if view.zoom == 1:
            return level[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        part = level[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return part[rows - rows[0]][:, columns - columns[0]]
    return _smooth(level, screen, view, view.zoom * (1 << depth))


def _nearest(start: int, stop: int, offset: float, zoom: float, length: int) -> np.ndarray:
    """Which pixel of a row or column of `length` shows at each device pixel of start..stop."""
    return np.clip(((np.arange(start, stop) - offset + 0.5) / zoom).astype(np.intp), 0, length - 1)


def _smooth(level: np.ndarray, screen: Box, view: Viewport, scale: float) -> np.ndarray:
    x0 = (screen.left - view.x + 0.5) / scale - 0.5
    y0 = (screen.top - view.y + 0.5) / scale - 0.5
    need = Box(
        min(int(np.floor(y0)), level.shape[0]) - 1,
        min(int(np.floor(x0)), level.shape[1]) - 1,
        int(np.ceil(y0 + screen.height / scale)) + 2,
        int(np.ceil(x0 + screen.width / scale)) + 2,
    ).clipped(Box.of(level.shape))
    part = level[need.slices]
    matrix = np.array([[1 / scale, 0, x0 - need.left], [0, 1 / scale, y0 - need.top]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(part, matrix, (screen.width, screen.height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return shown.reshape(screen.height, screen.width, *level.shape[2:])


def draw(
    layers: Layers,
    mask: Pyramid | None,
    view: Viewport,
    screen: Box,
    overlay: Overlay,
    forbidden: tuple[Pyramid, Overlay] | None = None,
) -> np.ndarray:
    """→ screen.height × screen.width × 4 bytes, blue first (QImage's RGB32), for `screen` inside the picture.

    Args:
        forbidden: another mask, shown beside the first one.
    """
    if mask is not None and overlay.alone:
        return cv2.cvtColor(np.ascontiguousarray(sample(mask, view, screen)), cv2.COLOR_GRAY2BGRA)
    shown = layers.to_screen(sample(layers.image, view, screen))
    if layers.alpha is not None:
        shown = _over_checker(shown, as_bytes(sample(layers.alpha, view, screen)), screen)
    cover = None if mask is None else sample(mask, view, screen)
    if forbidden is not None:
        avoided = sample(forbidden[0], view, screen)
        avoided = avoided if cover is None else np.minimum(avoided, 255 - cover)
        shown = tint(shown, avoided, forbidden[1], screen)
    if cover is not None:
        shown = tint(shown, cover, overlay, screen)
    return cv2.cvtColor(shown, cv2.COLOR_RGB2BGRA)


def tint(shown: np.ndarray, mask: np.ndarray, overlay: Overlay, screen: Box) -> np.ndarray:
    """Lay the mask over RGB bytes; → RGB bytes."""
    extent = mask_extent(np.ascontiguousarray(mask))
    if extent.empty or (overlay.opacity <= 0 and not overlay.outline):
        return shown
    marked = extent.grown(1).clipped(Box.of(mask.shape)).slices
    shown = shown.copy()
    part, cover = shown[marked], np.ascontiguousarray(mask[marked])
    top, left = marked[0].start + screen.top, marked[1].start + screen.left
    if overlay.opacity > 0:
        steps = np.arange(256) * overlay.opacity
        alpha = cv2.LUT(cover, np.rint(steps).astype(np.uint8))
        if overlay.hatched:
            alpha[~_stripes(alpha.shape, top, left)] //= 3
        alpha3 = cv2.merge([alpha, alpha, alpha])
        colours = np.rint(np.arange(256)[:, None] * np.array(overlay.colour) / 255).astype(np.uint8)
        kept = cv2.subtract(part, cv2.multiply(part, alpha3, scale=1 / 255))
        part[...] = cv2.add(kept, cv2.LUT(alpha3, colours.reshape(256, 1, 3)))
    if overlay.outline:
        inside = (cover > 127).view(np.uint8)
        edge = inside != cv2.erode(inside, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), borderValue=1)
        bright = _ants(cover, edge, top, left, overlay.phase)
        part[edge] = np.where(bright, overlay.colour if overlay.hatched else 255, 20)
    return shown


def _stripes(shape: tuple[int, ...], top: int, left: int) -> np.ndarray:
    """Diagonal ones, in the same places of the screen whatever part of it is drawn; → bool."""
    rows, columns = np.arange(top, top + shape[0])[:, None], np.arange(left, left + shape[1])
    return (rows + columns) % STRIPE < STRIPE // 2


def _ants(cover: np.ndarray, edge: np.ndarray, top: int, left: int, phase: int) -> np.ndarray:
    """Bright and dark by turns along an edge that runs in any direction; → N×1 bool for the N edge pixels."""
    down = cv2.Sobel(cover, cv2.CV_32F, 0, 1, ksize=5)[edge]
    across = cv2.Sobel(cover, cv2.CV_32F, 1, 0, ksize=5)[edge]
    rows, columns = edge.nonzero()
    rows, columns = rows + top, columns + left
    along = np.where(down * across > 0, rows - columns, rows + columns)
    return (((along + phase) >> 2) & 1).astype(bool)[:, None]


def _over_checker(shown: np.ndarray, alpha: np.ndarray, screen: Box) -> np.ndarray:
    rows = np.arange(screen.top, screen.bottom)[:, None] // CHECKER_SIDE
    columns = np.arange(screen.left, screen.right)[None, :] // CHECKER_SIDE
    board = np.where((rows + columns) & 1, *CHECKER)[..., None].repeat(3, axis=2)
    weight = cv2.merge([alpha.astype(np.float32) / 255] * 3)
    return np.rint(shown * weight + board * (1 - weight)).astype(np.uint8)
