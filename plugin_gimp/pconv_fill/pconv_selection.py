"""The image's selection as it was at one moment, so that what is asked later needs not be read from GIMP again."""

from __future__ import annotations

import hashlib

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402
from pconv_pixels import Rect, plain, read_strips  # noqa: E402


class Selection:
    """What is selected, as rectangle and mask.

    Args:
        rect: around what is selected, in the image's coordinates.
        mask: its uint8 values there, row by row.

    `digest` tells selections apart, wherever the layer is that they are used on.
    """

    def __init__(self, rect, mask):
        self.rect, self._mask = rect, mask
        self.digest = hashlib.sha256(repr(rect).encode() + mask).hexdigest()[:32]

    def within(self, rect):
        """The uint8 values of another Rect of the image, 0 where nothing is selected."""
        own = self.rect
        left, right = max(rect.x, own.x), min(rect.x + rect.width, own.x + own.width)
        top, bottom = max(rect.y, own.y), min(rect.y + rect.height, own.y + own.height)
        values = bytearray(rect.width * rect.height)
        if left < right:
            for row in range(top, bottom):
                there = (row - rect.y) * rect.width + left - rect.x
                here = (row - own.y) * own.width + left - own.x
                values[there : there + right - left] = self._mask[here : here + right - left]
        return values


def read_selection(image):
    """Steps that return the Selection of an image where something is selected."""
    _, _, left, top, right, bottom = plain(Gimp.Selection.bounds(image))
    rect = Rect(left, top, right - left, bottom - top)
    mask = yield from read_strips(image.get_selection(), rect, "Y u8")
    return Selection(rect, mask)
