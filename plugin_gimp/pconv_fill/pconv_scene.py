"""A context and its fills as pictures to look at, drawn at any zoom."""

from __future__ import annotations

import gi

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf, GLib  # noqa: E402
from pconv_pixels import Rect, displayed  # noqa: E402

CHECK_PIXELS, CHECKS = 8, (0x999999, 0x666666)
TINT = (255, 64, 64)
SMOOTH, SHARP = GdkPixbuf.InterpType.BILINEAR, GdkPixbuf.InterpType.NEAREST
THUMBNAIL = 88  # of the longer side
MOST_PIXELS = 1 << 23  # of a picture to look at; what is larger is kept smaller
HALVED = bytes(value // 2 for value in range(256))


class Scene:
    """What a fill looked at, and what it would put there. Made in any thread.

    Args:
        filled: a Filled.
        alpha: the uint8 blend alpha of its Rect, for a hole that is tinted for want of a fill.
    """

    def __init__(self, filled, alpha=None):
        rect, form = filled.rect, filled.form
        self.width, self.height, self.corner = rect.width, rect.height, (rect.x, rect.y)
        self.is_pending = alpha is not None  # its only patch is a tint
        self._scale = min(1.0, (MOST_PIXELS / (rect.width * rect.height)) ** 0.5)
        self._before = _picture(*displayed(form, filled.pixels, rect.width, rect.height, self._scale))
        self._patches = [self._patch(rect, form, answer) for answer in filled.answers]
        if alpha is not None:
            tint = bytearray(bytes((*TINT, 0)) * len(alpha))
            tint[3::4] = alpha.translate(HALVED)
            self._patches.append((Rect(0, 0, rect.width, rect.height), _picture(tint, rect.width, rect.height)))

    def _patch(self, rect, form, answer):
        own = answer.rect
        place = Rect(own.x - rect.x, own.y - rect.y, own.width, own.height)
        return place, _picture(*displayed(form, answer.pixels, own.width, own.height, self._scale, answer.alpha))

    def count(self):
        return len(self._patches)

    def draw(self, size, zoom, left, top, variant=None):
        """The scene on a picture of a size, its corner at (left, top), with the patch of one variant."""
        whole = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, *size)
        whole.fill(0)
        way = SMOOTH if zoom < 1 else SHARP
        if target := _clip(left, top, self.width * zoom, self.height * zoom, size):
            scales = _scales(self._before, self.width * zoom, self.height * zoom)
            self._before.composite_color(whole, *target, left, top, *scales, way, 255, 0, 0, CHECK_PIXELS, *CHECKS)
        if variant is not None:
            place, patch = self._patches[variant]
            x, y = left + place.x * zoom, top + place.y * zoom
            if target := _clip(x, y, place.width * zoom, place.height * zoom, size):
                scales = _scales(patch, place.width * zoom, place.height * zoom)
                patch.composite(whole, *target, x, y, *scales, way, 255)
        return whole

    def thumbnail(self, variant):
        """A small picture of one variant's hole and a little around it."""
        place = self._patches[variant][0]
        margin = max(place.width, place.height) // 4 + 1
        x, y = max(0, place.x - margin), max(0, place.y - margin)
        width = min(self.width, place.x + place.width + margin) - x
        height = min(self.height, place.y + place.height + margin) - y
        zoom = THUMBNAIL / max(width, height)
        size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
        return self.draw(size, zoom, -x * zoom, -y * zoom, variant)


def _clip(left, top, width, height, size):
    """The whole pixels of a rectangle that lie on a picture of a size, as (x, y, width, height); None without any."""
    x, y = max(0, round(left)), max(0, round(top))
    right, bottom = min(size[0], round(left + width)), min(size[1], round(top + height))
    return (x, y, right - x, bottom - y) if right > x and bottom > y else None


def _scales(picture, width, height):
    return width / picture.get_width(), height / picture.get_height()


def _picture(data, width, height):
    """A picture of RGBA bytes."""
    rgb = GdkPixbuf.Colorspace.RGB
    return GdkPixbuf.Pixbuf.new_from_bytes(GLib.Bytes.new(bytes(data)), rgb, True, 8, width, height, width * 4)
