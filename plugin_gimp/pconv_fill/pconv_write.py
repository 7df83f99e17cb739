"""Puts a fill into the image: on a layer of its own, or into the layer it was made for."""

from __future__ import annotations

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp  # noqa: E402
from pconv_faults import Refused  # noqa: E402
from pconv_pixels import (  # noqa: E402
    Rect,
    format_of,
    get_pixels,
    offsets_of,
    set_pixels,
    with_alpha,
    with_kept,
)
from pconv_words import _  # noqa: E402


def new_layer(image, answer, masked=False):
    """A layer with the fill, not yet in the image; its alpha is its own, or in a layer mask."""
    rect = answer.rect
    mode = image.get_default_new_layer_mode()
    layer = Gimp.Layer.new(image, _("Partial-Conv Fill"), rect.width, rect.height, _type_in(image), 100.0, mode)
    layer.set_offsets(rect.x, rect.y)
    whole = Rect(0, 0, rect.width, rect.height)
    alpha = b"\xff" * len(answer.alpha) if masked else answer.alpha
    set_pixels(layer, whole, format_of(answer.form, alpha=True), with_alpha(answer.form, answer.pixels, alpha))
    if masked:
        mask = layer.create_mask(Gimp.AddMaskType.WHITE)
        set_pixels(mask, whole, "Y u8", answer.alpha)
        layer.add_mask(mask)
    return layer


def live_kind(layer):
    """ "text", "link" or "vector" of a layer that GIMP draws from something else than its pixels; None of another."""
    if getattr(layer, "is_rasterized", bool)():  # from GIMP 3.2 on: it still is of its kind, but made of pixels
        return None
    for kind in ("text", "link", "vector"):  # GIMP 3.0 knows text alone
        if getattr(layer, f"is_{kind}_layer", bool)():
            return kind
    return None


def write_in_place(image, layer, answer):
    """Through the shadow buffer, which alone makes an undo step, with the grown hole as the selection meanwhile.

    GIMP blends the whole rectangle at its own precision, so pixels of alpha 0 are put back as they were.
    """
    if hasattr(layer, "rasterize"):  # from GIMP 3.2 on, so that nothing draws over the fill later
        layer.rasterize()
    rect = answer.rect
    left, top = offsets_of(layer)
    place = Rect(rect.x - left, rect.y - top, rect.width, rect.height)
    own = Babl.get_name(layer.get_format())
    before = get_pixels(layer, place, own)
    kept = Gimp.Selection.save(image)
    Gimp.context_push()
    try:
        Gimp.context_set_feather(False)
        Gimp.context_set_antialias(False)
        hole = Gimp.Channel.new(image, "", image.get_width(), image.get_height(), 50.0, Gegl.Color.new("black"))
        image.insert_channel(hole, None, 0)
        set_pixels(hole, rect, "Y u8", answer.alpha)
        image.select_item(Gimp.ChannelOps.REPLACE, hole)
        image.remove_channel(hole)
        shadow = layer.get_shadow_buffer()
        shadow.set(Gegl.Rectangle.new(*place), format_of(answer.form, alpha=False), answer.pixels)
        shadow.flush()
        if not layer.merge_shadow(True):
            raise Refused(_("GIMP does not let this layer be changed; choose a new layer as output."))
        set_pixels(layer, place, own, with_kept(get_pixels(layer, place, own), before, answer.alpha))
        layer.update(0, 0, layer.get_width(), layer.get_height())
    finally:
        image.select_item(Gimp.ChannelOps.REPLACE, kept)
        image.remove_channel(kept)
        Gimp.context_pop()


def keep_selected(image, layers):
    """Select these layers, now and whenever what was done in this undo group is done again.

    A redo selects what it inserts and, for what it removes, what was selected then; so something is inserted and
    removed here.
    """
    passing = Gimp.Layer.new(image, "", 1, 1, _type_in(image), 0.0, Gimp.LayerMode.NORMAL)
    image.insert_layer(passing, None, 0)
    image.set_selected_layers(layers)
    image.remove_layer(passing)
    image.set_selected_layers(layers)


def _type_in(image):
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    return Gimp.ImageType.GRAYA_IMAGE if gray else Gimp.ImageType.RGBA_IMAGE
