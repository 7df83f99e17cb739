"""From a layer and a selection to a fill: what is read from GIMP, what is asked of the bridge, what is written back.

All reading and asking comes first; only `write` changes the image, so that whatever ends the work before leaves
nothing behind.
"""

from __future__ import annotations

from collections import namedtuple

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402
from pconv_pixels import Rect, form_of, format_of, get_pixels, offsets_of, plain  # noqa: E402
from pconv_write import Refused, write_in_place, write_layer  # noqa: E402

NEW_LAYER, IN_PLACE = "new-layer", "in-place"
AUTOMATIC = 0  # context

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


def check_image(image):
    """
    Raises:
        Refused: no choice of options could fill anything.
    """
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise Refused("Indexed images cannot be filled; choose Image > Mode > RGB first.")
    if Gimp.Selection.is_empty(image):
        raise Refused("Nothing is selected; select what should be filled, then try again.")


def jobs_for(image, drawables, options):
    """A job for each layer that the selection touches.

    Raises:
        Refused: there is nothing that could be filled.
    """
    check_image(image)
    layers = [drawable for drawable in drawables if isinstance(drawable, Gimp.Layer)]
    if not layers:
        raise Refused("Masks and channels cannot be filled; click a layer in the Layers dialog, then try again.")
    for layer in layers:
        if any(group.get_lock_content() for group in _groups_of(layer)):
            raise Refused("The pixels of this layer's group are locked; unlock them, then try again.")
        if options.output == IN_PLACE:
            if layer.is_group():
                raise Refused("A layer group has no pixels of its own; choose a new layer as output, or pick a layer.")
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
    """One fill of one layer.

    `hole` is the selection's Rect in the source's coordinates, None where they do not meet. The source is the layer,
    or everything visible; `offset` is its place in the image.
    """

    def __init__(self, image, layer, options):
        self.image, self.layer, self.options = image, layer, options
        self.place = _place(image, layer)
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
        """The context's Rect in the source's coordinates, as pconv would choose it."""
        hole = self.hole
        header = self._header("context", (self.size[1], self.size[0]))
        header["hole"] = [hole.y, hole.x, hole.y + hole.height, hole.x + hole.width]
        answer, _ = link.ask(header, self.mask)
        top, left, bottom, right = answer["box"]
        return Rect(left, top, right - left, bottom - top)

    def compute(self, link, news=None, tick=None):
        """Let the bridge fill the hole; returns an Answer for `write`, in the image's coordinates."""
        box = self.context(link)
        mask = self._selection(box)
        form, pixels = self._read(box)
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
            write_layer(self.image, self.layer, answer)

    def _header(self, kind, size):
        options = self.options
        context = None if options.context == AUTOMATIC else options.context
        header = {"type": kind, "size": list(size), "grow": options.grow, "feather": options.feather}
        return dict(header, context=context)

    def _selection(self, rect):
        moved = Rect(rect.x + self.offset[0], rect.y + self.offset[1], rect.width, rect.height)
        return get_pixels(self.image.get_selection(), moved, "Y u8")

    def _read(self, rect):
        if not self.options.sample_visible and (self.options.output == IN_PLACE or not _filters(self.layer)):
            form = form_of(self.layer)
            return form, get_pixels(self.layer, rect, format_of(form))
        seen = self._seen()
        try:
            form = form_of(seen)
            return form, get_pixels(seen, self._in(seen, rect), format_of(form))
        finally:
            seen.delete()

    def _seen(self):
        """A layer outside the image that holds the source's pixels as they are shown, filters and all."""
        if self.options.sample_visible:
            return Gimp.Layer.new_from_visible(self.image, self.image, "")
        copy = self.layer.copy()
        if not copy.merge_filters():
            copy.delete()
            raise Refused("The filters of this layer cannot be read; choose to sample all visible, or merge them.")
        return copy

    def _in(self, seen, rect):
        """A Rect of the source in the coordinates of what `_seen` returned: filters may have made that larger."""
        if self.options.sample_visible:
            return rect
        left, top = offsets_of(seen)
        return Rect(rect.x + self.offset[0] - left, rect.y + self.offset[1] - top, rect.width, rect.height)


def _groups_of(layer):
    while (layer := layer.get_parent()) is not None:
        yield layer


def _filters(layer):
    return [one for one in layer.get_filters() if one.get_visible()]


def _refuse_invisible(layer, rect):
    """
    Raises:
        Refused: what is filled there could not be seen.
    """
    if layer.has_alpha() and layer.get_lock_alpha() and not any(get_pixels(layer, rect, "A u8")):
        raise Refused("The layer is transparent there and its alpha channel is locked; unlock that, then try again.")


def _place(image, layer):
    size = (image.get_width(), image.get_height(), layer.get_width(), layer.get_height())
    return (image.get_base_type(), image.get_precision(), offsets_of(layer), size)
