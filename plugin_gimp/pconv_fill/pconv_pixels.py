"""Pixels in and out of GIMP's drawables: in which form they travel, and what is done with their bytes."""

from __future__ import annotations

import re
import struct
from collections import namedtuple

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp  # noqa: E402

ITEM_BYTES = {"u8": 1, "u16": 2, "float": 4}
DTYPES = {"u8": "uint8", "u16": "uint16", "float": "float32"}
STRIP_PIXELS = 1 << 18
IS_ZERO, IS_ABOVE = bytes([1] + [0] * 255), bytes([0] + [1] * 255)
IS_DARK = bytes([1] * 128 + [0] * 128)

Rect = namedtuple("Rect", "x y width height")
Form = namedtuple("Form", "model space channels dtype suffix")


def form_of(drawable):
    """How a drawable's pixels travel: in its own values where they are 8 or 16 bits and gamma-encoded, as the
    network expects them, else as gamma-encoded floats, which hold every other precision. The values of masks and
    channels are shares and no light, so they stay what they are."""
    own = drawable.get_format()
    model, suffix = Babl.format_get_encoding(own).rsplit(" ", 1)
    if isinstance(drawable, Gimp.Channel):
        suffix = suffix if suffix in ("u8", "u16") else "float"
        return Form(model, own, 1, DTYPES[suffix], suffix)
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


def read_strips(drawable, rect, name):
    """Steps that return the bytes of a Rect, read in strips that take a few milliseconds each."""
    buffer, strips = drawable.get_buffer(), []
    rows = max(1, STRIP_PIXELS // rect.width)
    for top in range(rect.y, rect.y + rect.height, rows):
        strip = Gegl.Rectangle.new(rect.x, top, rect.width, min(rows, rect.y + rect.height - top))
        strips.append(buffer.get(strip, 1.0, name, Gegl.AbyssPolicy.NONE))
        yield
    return b"".join(strips)  # bytes, since gi takes other sequences apart


def read_unmarked(channel, rect):
    """Steps that return a byte for each pixel of a Rect of the image: 0 where a channel is white, by half at least."""
    left, top = offsets_of(channel)
    there = Rect(rect.x - left, rect.y - top, rect.width, rect.height)
    return (yield from read_strips(channel, there, "Y u8")).translate(IS_DARK)


def seen_in_image(image, rect):
    """Steps that return a layer outside the image, of a Rect's size, that shows what the image shows there.

    The image's whole projection might have to be rendered first; a copy, whose pixels are shared, is quickly cropped.
    """
    copy = image.duplicate()
    try:
        copy.undo_disable()
        yield
        copy.crop(rect.width, rect.height, rect.x, rect.y)
        yield
        return Gimp.Layer.new_from_visible(copy, image, "")
    finally:
        copy.delete()


def seen_together(image, layers, rect):
    """A layer outside the image, of a Rect of the image's size, that shows what these layers, lowest first, would
    show alone. The lowest is shown as it is, whatever its opacity, mode and mask."""
    canvas = Gimp.Image.new_with_precision(rect.width, rect.height, image.get_base_type(), image.get_precision())
    try:
        if profile := image.get_color_profile():
            canvas.set_color_profile(profile)
        for at, layer in enumerate(layers):
            copy = Gimp.Layer.new_from_drawable(layer, canvas)
            canvas.insert_layer(copy, None, 0)
            left, top = offsets_of(layer)
            copy.set_offsets(left - rect.x, top - rect.y)
            copy.set_visible(True)
            if at == 0:
                copy.set_opacity(100)
                copy.set_mode(Gimp.LayerMode.NORMAL)
                if copy.get_mask():
                    copy.remove_mask(Gimp.MaskApplyMode.DISCARD)
        return Gimp.Layer.new_from_visible(canvas, image, "")
    finally:
        canvas.delete()


def set_pixels(drawable, rect, name, data):
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(*rect), name, data)
    buffer.flush()


def with_alpha(form, pixels, alpha):
    """The bytes of pixels without alpha, made into pixels with the given uint8 alpha.

    Args:
        form: of the pixels; whether it has an alpha does not matter.
    """
    item = ITEM_BYTES[form.suffix]
    old = item * (form.channels - (form.channels in (2, 4)))
    mixed = bytearray(len(alpha) * (old + item))
    for at in range(old):
        mixed[at :: old + item] = pixels[at::old]
    if form.suffix == "float":
        shares = [struct.pack("=f", value / 255) for value in range(256)]
        tables = [bytes(share[at] for share in shares) for at in range(item)]
    else:
        tables = [bytes(range(256))] * item  # 257 times the value is its byte twice
    for at, table in enumerate(tables):
        mixed[old + at :: old + item] = alpha.translate(table)
    return bytes(mixed)


def with_kept(after, before, alpha):
    """The bytes of `after`, but those of `before` where alpha is 0."""
    mixed = bytearray(after)
    size = len(mixed) // len(alpha)
    for run in re.finditer(b"\0+", alpha):
        kept = slice(run.start() * size, run.end() * size)
        mixed[kept] = before[kept]
    return bytes(mixed)


def displayed(form, pixels, width, height, scale=1.0, alpha=None):
    """Pixels in a Form as screens take them, made smaller by a scale of up to 1: (RGBA bytes, width, height).

    Args:
        alpha: uint8, of pixels that have none.
    """
    if alpha is not None:
        pixels, form = with_alpha(form, pixels, alpha), form._replace(channels=2 if form.channels < 3 else 4)
    rect = Gegl.Rectangle.new(0, 0, width, height)
    encoded = form._replace(model="Y'") if form.model == "Y" else form  # a share is shown as a gray value
    buffer = Gegl.Buffer.new(format_of(encoded), 0, 0, width, height)
    buffer.set(rect, format_of(encoded), pixels)
    smaller = Gegl.Rectangle.new(0, 0, max(1, int(width * scale)), max(1, int(height * scale)))
    data = buffer.get(smaller, scale, "R'G'B'A u8", Gegl.AbyssPolicy.CLAMP)
    return data, smaller.width, smaller.height


def alpha_of(form, pixels):
    """A byte for each pixel of a Form with alpha, 0 where that is (nearly) 0: the alpha's most significant one, which
    is the pixel's last."""
    size = form.channels * ITEM_BYTES[form.suffix]
    return pixels[size - 1 :: size]


def any_kept(there, mask):
    """Whether any pixel is there (above 0) that the mask leaves out (0)."""
    kept = mask.translate(IS_ZERO)
    return bool(int.from_bytes(there.translate(IS_ABOVE), "big") & int.from_bytes(kept, "big"))


def offsets_of(layer):
    _, x, y = plain(layer.get_offsets())
    return x, y


def plain(result):
    """libgimp's named results as a tuple with the leading success flag, whichever way gi hands them out."""
    return tuple(result)
