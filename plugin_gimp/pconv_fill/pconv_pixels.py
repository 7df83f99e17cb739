"""Pixels in and out of GIMP's drawables: in which form they travel, and what is done with their bytes."""

from __future__ import annotations

import re
from collections import namedtuple

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl  # noqa: E402

DTYPES = {"u8": "uint8", "u16": "uint16", "float": "float32"}

Rect = namedtuple("Rect", "x y width height")
Form = namedtuple("Form", "model space channels dtype suffix")


def form_of(drawable):
    """How a drawable's pixels travel: in its own values where they are 8 or 16 bits and gamma-encoded, as the
    network expects them, else as gamma-encoded floats, which hold every other precision."""
    own = drawable.get_format()
    model, suffix = Babl.format_get_encoding(own).rsplit(" ", 1)
    alpha = model.endswith("A")
    gray = model.startswith("Y")
    mark = "~" if "~" in model else "'"
    encoded = "'" in model or "~" in model
    suffix = suffix if encoded and suffix in ("u8", "u16") else "float"
    model = "".join(letter + mark for letter in ("Y" if gray else "RGB"))
    return Form(model, own, (1 if gray else 3) + alpha, DTYPES[suffix], suffix)


def format_of(form, alpha=None):
    """The babl name of a form in the image's own colour space, so that nothing is converted between spaces."""
    alpha = form.channels in (2, 4) if alpha is None else alpha
    return Babl.get_name(Babl.format_with_space(f"{form.model}{'A' if alpha else ''} {form.suffix}", form.space))


def get_pixels(drawable, rect, name):
    return drawable.get_buffer().get(Gegl.Rectangle.new(*rect), 1.0, name, Gegl.AbyssPolicy.NONE)


def set_pixels(drawable, rect, name, data):
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(*rect), name, data)
    buffer.flush()


def with_kept(after, before, alpha):
    """The bytes of `after`, but those of `before` where alpha is 0."""
    mixed = bytearray(after)
    size = len(mixed) // len(alpha)
    for run in re.finditer(b"\0+", alpha):
        kept = slice(run.start() * size, run.end() * size)
        mixed[kept] = before[kept]
    return bytes(mixed)


def offsets_of(layer):
    _, x, y = plain(layer.get_offsets())
    return x, y


def plain(result):
    """libgimp's named results as a tuple with the leading success flag, whichever way gi hands them out."""
    return tuple(result)
