"""From a layer and a selection to a fill: what is read from GIMP, what is asked of the bridge, what is written back.

All reading and asking comes first; only `write` changes the image, so that whatever ends the work before leaves
nothing behind.
"""

from __future__ import annotations

import hashlib
from collections import namedtuple

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402
from pconv_marks import fills_of, made_for, mark  # noqa: E402
from pconv_pixels import Rect, form_of, format_of, get_pixels, offsets_of, plain, seen_together  # noqa: E402
from pconv_write import Refused, live_kind, new_layer, write_in_place  # noqa: E402

NEW_LAYER, IN_PLACE = "new-layer", "in-place"
AUTOMATIC = 0  # context
QUICK_MASK = "Qmask"  # GIMP's own name for that channel

NOTHING_VISIBLE = "Nothing is visible around the selection; show a layer there, then try again."
TRANSPARENT = "The layer is transparent around the selection; pick another, or sample all visible, then try again."

Options = namedtuple("Options", "output sample_visible grow feather context")
Answer = namedtuple("Answer", "rect form pixels alpha")


def options_of(config):
    return Options(
        output=config.get_property("output"),
        sample_visible=config.get_property("sample-visible"),
        grow=config.get_property("grow"),
        feather=config.get_property("feather"),
        context=config.get_property("context"),
    )


def check_image(image, drawables):
    """Refuse an image that cannot be filled.

    Raises:
        Refused: no choice of options could fill anything.
    """
    quick_mask = [channel for channel in image.get_channels() if channel.get_name() == QUICK_MASK]
    if quick_mask and (Gimp.Selection.is_empty(image) or quick_mask[0] in drawables):
        raise Refused("Quick Mask is on; press Shift+Q to make it the selection, click a layer, then try again.")
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise Refused("Indexed images cannot be filled; choose Image > Mode > RGB first.")
    if Gimp.Selection.is_empty(image):
        raise Refused("Nothing is selected; select what should be filled, then try again.")


def jobs_for(image, drawables, options):
    """A job for each layer that the selection touches; where none is given, for each mask or channel.

    Raises:
        Refused: there is nothing that could be filled.
    """
    check_image(image, drawables)
    layers = [drawable for drawable in drawables if isinstance(drawable, Gimp.Layer)]
    if not layers:  # masks and channels are gray pictures; nothing could lie above them
        layers, options = drawables, options._replace(output=IN_PLACE, sample_visible=False)
    if options.output == NEW_LAYER:
        originals = [made_for(image, layer) for layer in layers]
        layers = list({layer.get_id(): layer for layer in originals}.values())
    for layer in layers:
        if any(group.get_lock_content() for group in _groups_of(layer)):
            raise Refused("The pixels of this layer's group are locked; unlock them, then try again.")
        if options.output == IN_PLACE:
            if layer.is_group():
                raise Refused("A layer group has no pixels of its own; choose a new layer as output, or pick a layer.")
            if layer.get_lock_content() and not isinstance(layer, Gimp.Layer):
                raise Refused("The pixels of this mask or channel are locked; unlock them, then try again.")
            if layer.get_lock_content():
                raise Refused("The pixels of this layer are locked; choose a new layer as output, or unlock them.")
    if options.sample_visible:
        layers = layers[:1]
    jobs = [Job(image, layer, options) for layer in layers]
    touched = [job for job in jobs if job.hole is not None]
    if not touched:
        raise Refused("The selection lies outside the layer; select something on the layer, then try again.")
    return touched


class Job:
    """One fill of one layer, or of a mask or channel in place.

    `hole` is the selection's Rect in the source's coordinates, None where they do not meet. The source is the layer,
    or everything visible; `offset` is its place in the image. The layer is read with the visible fills of ours `above`
    it, but for those of this very selection, which are `replaced`.
    """

    def __init__(self, image, layer, options):
        self.image, self.layer, self.options = image, layer, options
        self.place = _place(image, layer)
        self.selection = _digest(image)
        self.live = live_kind(layer) if options.output == IN_PLACE else None
        fills = fills_of(image, layer) if isinstance(layer, Gimp.Layer) else []
        shown = [(fill, selection) for fill, selection in fills if fill.get_visible()]
        self.top = fills[0][0] if fills else layer
        self.replaced = [fill for fill, selection in shown if selection == self.selection]
        self.above = [fill for fill, selection in shown if selection != self.selection]
        inside, x, y, width, height = plain(layer.mask_intersect())
        on_layer = Rect(x, y, width, height) if inside and width > 0 and height > 0 else None
        if options.output == IN_PLACE and on_layer is not None:
            _refuse_invisible(layer, on_layer)
        if options.sample_visible:
            self.offset = (0, 0)
            self.size = (image.get_width(), image.get_height())
            _, _, left, top, right, bottom = plain(Gimp.Selection.bounds(image))
            reachable = options.output != IN_PLACE or on_layer is not None
            self.hole = Rect(left, top, right - left, bottom - top) if reachable else None
        else:
            self.offset = offsets_of(layer)
            self.size = (layer.get_width(), layer.get_height())
            self.hole = on_layer
        if self.hole is not None:
            self.mask = self._selection(self.hole)
            if not any(self.mask):
                self.hole = None

    def context(self, link):
        """The context's Rect in the source's coordinates, as pconv would choose it, and the blend alpha there."""
        hole = self.hole
        assert hole is not None
        header = self._header("context", (self.size[1], self.size[0]))
        header["hole"] = [hole.y, hole.x, hole.y + hole.height, hole.x + hole.width]
        answer, alpha = link.ask_once(header, self.mask)  # once for the preview and the fill
        top, left, bottom, right = answer["box"]
        return Rect(left, top, right - left, bottom - top), alpha

    def compute(self, link, news=None, tick=None):
        """Let the bridge fill the hole; returns an Answer for `write`, in the image's coordinates."""
        box, _ = self.context(link)
        mask = self._selection(box)
        form, pixels = self._read(box, mask)
        header = self._header("fill", (box.height, box.width))
        header.update(channels=form.channels, dtype=form.dtype)
        answer, body = link.ask(header, pixels, mask, news=news, tick=tick)
        top, left, bottom, right = answer["rect"]
        rect = Rect(box.x + left + self.offset[0], box.y + top + self.offset[1], right - left, bottom - top)
        cut = len(body) - rect.width * rect.height
        return Answer(rect, form, bytes(body[:cut]), bytes(body[cut:]))

    def is_unmoved(self):
        """False when the image or the layer is gone, moved, scaled or of another mode since the job was made."""
        return self.image.is_valid() and self.layer.is_valid() and _place(self.image, self.layer) == self.place

    def write(self, answer):
        """Put the answer into the image. To be called within an undo group."""
        if self.options.output == IN_PLACE:
            write_in_place(self.image, self.layer, answer)
        else:
            fill = new_layer(self.image, answer)
            mark(fill, self.layer, self.selection)
            self.image.insert_layer(fill, self.layer.get_parent(), self.image.get_item_position(self.top))
        for fill in self.replaced:
            self.image.remove_layer(fill)

    def _header(self, kind, size):
        options = self.options
        context = None if options.context == AUTOMATIC else options.context
        header = {"type": kind, "size": list(size), "grow": options.grow, "feather": options.feather}
        return dict(header, context=context)

    def _selection(self, rect):
        moved = Rect(rect.x + self.offset[0], rect.y + self.offset[1], rect.width, rect.height)
        return get_pixels(self.image.get_selection(), moved, "Y u8")

    def _read(self, rect, mask):
        """(Form, bytes) of a Rect of the source, as the fill is to continue it.

        Raises:
            Refused: there is nothing but transparency around the hole.
        """
        seen, place = self.seen(rect)
        try:
            form = form_of(seen)
            if seen.has_alpha():
                there = get_pixels(seen, place, "A u8")
                if not any(share and not chosen for share, chosen in zip(there, mask, strict=True)):
                    raise Refused(NOTHING_VISIBLE if self.options.sample_visible else TRANSPARENT)
            return form, get_pixels(seen, place, format_of(form))
        finally:
            if seen is not self.layer:
                seen.delete()

    def seen(self, rect):
        """What shows the source, and the Rect's place there: the layer itself, or a layer outside the image, which the
        caller deletes."""
        if self.options.sample_visible:
            return Gimp.Layer.new_from_visible(self.image, self.image, ""), rect
        filters = [one for one in self.layer.get_filters() if one.get_visible()]
        if not (filters or self.above) or (
            filters and self.options.output == IN_PLACE
        ):  # filters work on what is written
            return self.layer, rect
        copy = self.layer.copy()
        if filters and not copy.merge_filters():
            copy.delete()
            raise Refused("The filters of this layer cannot be read; choose to sample all visible, or merge them.")
        moved = Rect(rect.x + self.offset[0], rect.y + self.offset[1], rect.width, rect.height)
        if not self.above:
            left, top = offsets_of(copy)
            return copy, Rect(moved.x - left, moved.y - top, rect.width, rect.height)
        try:
            return seen_together(self.image, [copy, *reversed(self.above)], moved), Rect(0, 0, rect.width, rect.height)
        finally:
            copy.delete()


def _digest(image):
    """Tells selections apart, wherever the layer is that they are used on."""
    _, _, left, top, right, bottom = plain(Gimp.Selection.bounds(image))
    rect = Rect(left, top, right - left, bottom - top)
    return hashlib.sha256(repr(rect).encode() + get_pixels(image.get_selection(), rect, "Y u8")).hexdigest()[:32]


def _groups_of(layer):
    while (layer := layer.get_parent()) is not None:
        yield layer


def _refuse_invisible(layer, rect):
    """Refuse a layer that hides what is put there.

    Raises:
        Refused: what is filled there could not be seen.
    """
    if layer.has_alpha() and layer.get_lock_alpha() and not any(get_pixels(layer, rect, "A u8")):
        raise Refused("The layer is transparent there and its alpha channel is locked; unlock that, then try again.")


def _place(image, layer):
    size = (image.get_width(), image.get_height(), layer.get_width(), layer.get_height())
    return (image.get_base_type(), image.get_precision(), offsets_of(layer), size)
