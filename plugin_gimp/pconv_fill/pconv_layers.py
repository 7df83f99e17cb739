"""From a layer and a selection to a fill: what is read from GIMP, what is asked of the bridge, what is written back.

All reading and asking comes first; only `write` changes the image, so that whatever ends the work before leaves
nothing behind.
"""

from __future__ import annotations

from collections import namedtuple

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402
from pconv_faults import Refused  # noqa: E402
from pconv_marks import fills_of, made_for, mark  # noqa: E402
from pconv_options import AUTOMATIC, CHANNEL, IN_PLACE, WITH_MASK  # noqa: E402
from pconv_pixels import (  # noqa: E402
    Rect,
    alpha_of,
    any_kept,
    form_of,
    format_of,
    get_pixels,
    offsets_of,
    plain,
    read_strips,
    read_unmarked,
    seen_in_image,
    seen_together,
)
from pconv_steps import Question  # noqa: E402
from pconv_words import _  # noqa: E402
from pconv_write import live_kind, new_layer, write_in_place  # noqa: E402

QUICK_MASK = "Qmask"  # GIMP's own name for that channel

Answer = namedtuple("Answer", "rect form pixels alpha")
Filled = namedtuple("Filled", "rect form pixels answers")


def check_image(image, drawables):
    """Refuse an image that cannot be filled.

    Raises:
        Refused: no choice of options could fill anything.
    """
    quick_mask = [channel for channel in image.get_channels() if channel.get_name() == QUICK_MASK]
    if quick_mask and (Gimp.Selection.is_empty(image) or quick_mask[0] in drawables):
        raise Refused(_("Quick Mask is on; press Shift+Q to make it the selection, click a layer, then try again."))
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise Refused(_("Indexed images cannot be filled; choose Image > Mode > RGB first."))
    if Gimp.Selection.is_empty(image):
        raise Refused(_("Nothing is selected; select what should be filled, then try again."))


def jobs_for(image, drawables, options, selection):
    """A job for each layer that the selection touches; where none is given, for each mask or channel.

    Raises:
        Refused: there is nothing that could be filled.
    """
    layers = [drawable for drawable in drawables if isinstance(drawable, Gimp.Layer)]
    if not layers:  # masks and channels are gray pictures; nothing could lie above them
        layers, options = drawables, options._replace(output=IN_PLACE, sample_visible=False)
    if options.texture_from == CHANNEL:
        _refuse_no_channel(image, options.texture_channel)
    if options.output != IN_PLACE:
        originals = [made_for(image, layer) for layer in layers]
        layers = list({layer.get_id(): layer for layer in originals}.values())
    for layer in layers:
        _refuse_locked(layer, options.output)
    if options.sample_visible:
        layers = layers[:1]
    jobs = [Job(image, layer, options, selection) for layer in layers]
    touched = [job for job in jobs if job.hole is not None]
    if not touched:
        raise Refused(_("The selection lies outside the layer; select something on the layer, then try again."))
    return touched


class Job:
    """One fill of one layer, or of a mask or channel in place.

    `hole` is the selection's Rect in the source's coordinates, None where they do not meet. The source is the layer,
    or everything visible; `offset` is its place in the image. The layer is read with the visible fills of ours `above`
    it, but for those of this very selection, which are `replaced`.
    """

    def __init__(self, image, layer, options, selection):
        self.image, self.layer, self.options, self.selection = image, layer, options, selection
        self.place = _place(image, layer)
        self.live = live_kind(layer) if options.output == IN_PLACE else None
        fills = fills_of(image, layer) if isinstance(layer, Gimp.Layer) else []
        shown = [(fill, selected) for fill, selected in fills if fill.get_visible()]
        self.top = fills[0][0] if fills else layer
        self.replaced = [fill for fill, selected in shown if selected == selection.digest]
        self.above = [fill for fill, selected in shown if selected != selection.digest]
        inside, x, y, width, height = plain(layer.mask_intersect())
        on_layer = Rect(x, y, width, height) if inside and width > 0 and height > 0 else None
        if options.output == IN_PLACE and on_layer is not None:
            _refuse_invisible(layer, on_layer)
        if options.sample_visible:
            self.offset = (0, 0)
            self.size = (image.get_width(), image.get_height())
            reachable = options.output != IN_PLACE or on_layer is not None
            self.hole = selection.rect if reachable else None
        else:
            self.offset = offsets_of(layer)
            self.size = (layer.get_width(), layer.get_height())
            self.hole = on_layer
        if self.hole is not None:
            self._mask = selection.within(self.in_image(self.hole))
            if not any(self._mask):
                self.hole = None

    def in_image(self, rect):
        """A Rect of the source, in the image's coordinates."""
        return Rect(rect.x + self.offset[0], rect.y + self.offset[1], rect.width, rect.height)

    def steps(self, looked=None):
        """Steps that let the bridge fill the hole.

        Args:
            looked: called, before the fill, with a Filled without answers and the uint8 blend alpha of its Rect.

        Returns:
            A Filled, in the image's coordinates: the context's Rect, Form and pixels as they were read, and the Answers
            for `write`, the best first.
        """
        hole = self.hole
        assert hole is not None
        header = self._header("context", (self.size[1], self.size[0]))
        header["hole"] = [hole.y, hole.x, hole.y + hole.height, hole.x + hole.width]
        answer, alpha = yield Question(header, (self._mask,))
        top, left, bottom, right = answer["box"]
        box = Rect(left, top, right - left, bottom - top)
        mask = self.selection.within(self.in_image(box))
        form, pixels = yield from self._read(box, mask)
        read = Filled(self.in_image(box), form, pixels, [])
        if looked:
            yield lambda: looked(read, alpha)
        header = self._header("fill", (box.height, box.width))
        header.update(channels=form.channels, dtype=form.dtype)
        header.update(detail=self.options.detail, variants=self.options.variants, seed=self.options.seed)
        header.update(texture_from=self.options.texture_from)
        parts = [pixels, mask]
        if self.options.texture_from == CHANNEL:
            parts.append((yield from read_unmarked(self.options.texture_channel, self.in_image(box))))
        answer, body = yield Question(header, tuple(parts))
        top, left, bottom, right = answer["rect"]
        rect = self.in_image(Rect(box.x + left, box.y + top, right - left, bottom - top))
        cut = len(body) - rect.width * rect.height
        each, alpha = cut // answer["variants"], bytes(body[cut:])
        answers = [Answer(rect, form, bytes(body[start : start + each]), alpha) for start in range(0, cut, each)]
        return read._replace(answers=answers)

    def is_unmoved(self):
        """False when the image or the layer is gone, moved, scaled or of another mode since the job was made."""
        return self.image.is_valid() and self.layer.is_valid() and _place(self.image, self.layer) == self.place

    def write(self, answer):
        """Put an Answer into the image. To be called within an undo group."""
        if self.options.output == IN_PLACE:
            write_in_place(self.image, self.layer, answer)
        else:
            fill = new_layer(self.image, answer, masked=self.options.output == WITH_MASK)
            mark(fill, self.layer, self.selection.digest)
            self.image.insert_layer(fill, self.layer.get_parent(), self.image.get_item_position(self.top))
        for fill in self.replaced:
            self.image.remove_layer(fill)

    def _header(self, kind, size):
        options = self.options
        header = {"type": kind, "size": list(size), "grow": options.grow, "feather": options.feather}
        header["context"] = None if options.context == AUTOMATIC else options.context
        return header

    def _read(self, rect, mask):
        """Steps that return (Form, bytes) of a Rect of the source, as the fill is to continue it.

        Raises:
            Refused: there is nothing but transparency around the hole.
        """
        seen, place = yield from self._seen(rect)
        try:
            form = form_of(seen)
            pixels = yield from read_strips(seen, place, format_of(form))
        finally:
            if seen is not self.layer:
                seen.delete()
        if form.channels in (2, 4) and not any_kept(alpha_of(form, pixels), mask):
            raise Refused(
                _("Nothing is visible around the selection; show a layer there, then try again.")
                if self.options.sample_visible
                else _("The layer is transparent around the selection; pick another, or sample all visible.")
            )
        return form, pixels

    def _seen(self, rect):
        """Steps that return what shows the source, and the Rect's place there: the layer itself, or a layer outside the
        image, which the caller deletes."""
        if self.options.sample_visible:
            return (yield from seen_in_image(self.image, rect)), Rect(0, 0, rect.width, rect.height)
        filters = [one for one in self.layer.get_filters() if one.get_visible()]
        if not (filters or self.above) or (
            filters and self.options.output == IN_PLACE
        ):  # filters work on what is written
            return self.layer, rect
        copy = self.layer.copy()
        if filters and not copy.merge_filters():
            copy.delete()
            raise Refused(_("The filters of this layer cannot be read; choose to sample all visible, or merge them."))
        moved = self.in_image(rect)
        if not self.above:
            left, top = offsets_of(copy)
            return copy, Rect(moved.x - left, moved.y - top, rect.width, rect.height)
        try:
            return seen_together(self.image, [copy, *reversed(self.above)], moved), Rect(0, 0, rect.width, rect.height)
        finally:
            copy.delete()


def _refuse_no_channel(image, channel):
    """Refuse to go by a channel that is not there.

    Raises:
        Refused: none is chosen, or one of another image.
    """
    if channel is None or not channel.is_valid():
        raise Refused(_("No channel is chosen to take texture from; choose one, or take it from all around."))
    if channel.get_image() != image:
        raise Refused(_("The channel to take texture from is of another image; choose one of this image."))


def _refuse_locked(layer, output):
    """Refuse what may not be written to.

    Raises:
        Refused: a lock, or a group that has no pixels of its own.
    """
    if any(group.get_lock_content() for group in _groups_of(layer)):
        raise Refused(_("The pixels of this layer's group are locked; unlock them, then try again."))
    if output != IN_PLACE:
        return
    if layer.is_group():
        raise Refused(_("A layer group has no pixels of its own; choose a new layer as output, or pick a layer."))
    if layer.get_lock_content() and not isinstance(layer, Gimp.Layer):
        raise Refused(_("The pixels of this mask or channel are locked; unlock them, then try again."))
    if layer.get_lock_content():
        raise Refused(_("The pixels of this layer are locked; choose a new layer as output, or unlock them."))


def _groups_of(layer):
    while (layer := layer.get_parent()) is not None:
        yield layer


def _refuse_invisible(layer, rect):
    """Refuse a layer that hides what is put there.

    Raises:
        Refused: what is filled there could not be seen.
    """
    if layer.has_alpha() and layer.get_lock_alpha() and not any(get_pixels(layer, rect, "A u8")):
        raise Refused(_("The layer is transparent there and its alpha channel is locked; unlock that, then try again."))


def _place(image, layer):
    size = (image.get_width(), image.get_height(), layer.get_width(), layer.get_height())
    return (image.get_base_type(), image.get_precision(), offsets_of(layer), size)
