"""From a layer and a selection to a fill: what is read from GIMP, what is asked of the bridge, what is written back.

All reading and asking comes first; only `write` changes the image, so that whatever ends the work before leaves
nothing behind.
"""

from __future__ import annotations

import re
from collections import namedtuple

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp  # noqa: E402

NEW_LAYER, IN_PLACE = "new-layer", "in-place"
AUTOMATIC = 0  # context
DTYPES = {"u8": "uint8", "u16": "uint16", "float": "float32"}

Options = namedtuple("Options", "output sample_visible grow feather context")
Rect = namedtuple("Rect", "x y width height")
Form = namedtuple("Form", "model space channels dtype suffix")
Answer = namedtuple("Answer", "rect form pixels alpha")


class Refused(Exception):
    """What was asked cannot be done; the text is for the user, and nothing has been changed."""


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
        inside, x, y, width, height = _plain(layer.mask_intersect())
        on_layer = Rect(x, y, width, height) if inside and width > 0 and height > 0 else None
        if options.output == IN_PLACE and on_layer is not None:
            _refuse_invisible(layer, on_layer)
        if options.sample_visible:
            self.offset = (0, 0)
            self.size = (image.get_width(), image.get_height())
            _, _, left, top, right, bottom = _plain(Gimp.Selection.bounds(image))
            reachable = options.output != IN_PLACE or on_layer is not None
            self.hole = Rect(left, top, right - left, bottom - top) if reachable else None
        else:
            self.offset = _offsets(layer)
            self.size = (layer.get_width(), layer.get_height())
            self.hole = on_layer
        if self.hole is not None:
            self.mask = self._selection(self.hole)
            if not any(self.mask):
                self.hole = None

    def plan(self, link):
        """The context's Rect in the source's coordinates, as pconv would choose it."""
        hole = self.hole
        header = self._header("plan", (self.size[1], self.size[0]))
        header["hole"] = [hole.y, hole.x, hole.y + hole.height, hole.x + hole.width]
        answer, _ = link.ask(header, self.mask)
        top, left, bottom, right = answer["box"]
        return Rect(left, top, right - left, bottom - top)

    def compute(self, link, news=None, tick=None):
        """Let the bridge fill the hole; returns an Answer for `write`, in the image's coordinates."""
        box = self.plan(link)
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
            _write_in_place(self.image, self.layer, answer)
        else:
            _write_layer(self.image, self.layer, answer)

    def _header(self, kind, size):
        options = self.options
        context = None if options.context == AUTOMATIC else options.context
        header = {"type": kind, "size": list(size), "grow": options.grow, "feather": options.feather}
        return dict(header, context=context)

    def _selection(self, rect):
        moved = Rect(rect.x + self.offset[0], rect.y + self.offset[1], rect.width, rect.height)
        return _get(self.image.get_selection(), moved, "Y u8")

    def _read(self, rect):
        if not self.options.sample_visible and (self.options.output == IN_PLACE or not _filters(self.layer)):
            form = _form(self.layer)
            return form, _get(self.layer, rect, _format(form))
        seen = self._seen()
        try:
            form = _form(seen)
            return form, _get(seen, self._in(seen, rect), _format(form))
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
        left, top = _offsets(seen)
        return Rect(rect.x + self.offset[0] - left, rect.y + self.offset[1] - top, rect.width, rect.height)


def _write_layer(image, below, answer):
    rect = answer.rect
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if gray else Gimp.ImageType.RGBA_IMAGE
    mode = image.get_default_new_layer_mode()
    layer = Gimp.Layer.new(image, "Partial-Conv Fill", rect.width, rect.height, kind, 100.0, mode)
    image.insert_layer(layer, below.get_parent(), image.get_item_position(below))
    layer.set_offsets(rect.x, rect.y)
    _set(layer, Rect(0, 0, rect.width, rect.height), _format(answer.form, alpha=False), answer.pixels)
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    _set(mask, Rect(0, 0, rect.width, rect.height), "Y u8", answer.alpha)
    layer.remove_mask(Gimp.MaskApplyMode.APPLY)
    layer.update(0, 0, rect.width, rect.height)


def _write_in_place(image, layer, answer):
    """Through the shadow buffer, which alone makes an undo step, with the grown hole as the selection meanwhile.

    GIMP blends the whole rectangle at its own precision, so pixels of alpha 0 are put back as they were.
    """
    rect = answer.rect
    left, top = _offsets(layer)
    place = Rect(rect.x - left, rect.y - top, rect.width, rect.height)
    own = Babl.get_name(layer.get_format())
    before = _get(layer, place, own)
    kept = Gimp.Selection.save(image)
    Gimp.context_push()
    try:
        Gimp.context_set_feather(False)
        Gimp.context_set_antialias(False)
        hole = Gimp.Channel.new(image, "", image.get_width(), image.get_height(), 50.0, Gegl.Color.new("black"))
        image.insert_channel(hole, None, 0)
        _set(hole, rect, "Y u8", answer.alpha)
        image.select_item(Gimp.ChannelOps.REPLACE, hole)
        image.remove_channel(hole)
        shadow = layer.get_shadow_buffer()
        shadow.set(Gegl.Rectangle.new(*place), _format(answer.form, alpha=False), answer.pixels)
        shadow.flush()
        if not layer.merge_shadow(True):
            raise Refused("GIMP does not let this layer be changed; choose a new layer as output.")
        _set(layer, place, own, _with_kept(_get(layer, place, own), before, answer.alpha))
        layer.update(0, 0, layer.get_width(), layer.get_height())
    finally:
        image.select_item(Gimp.ChannelOps.REPLACE, kept)
        image.remove_channel(kept)
        Gimp.context_pop()


def _with_kept(after, before, alpha):
    """The bytes of `after`, but those of `before` where alpha is 0."""
    mixed = bytearray(after)
    size = len(mixed) // len(alpha)
    for run in re.finditer(b"\0+", alpha):
        kept = slice(run.start() * size, run.end() * size)
        mixed[kept] = before[kept]
    return bytes(mixed)


def _form(drawable):
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


def _format(form, alpha=None):
    """The babl name of a form in the image's own colour space, so that nothing is converted between spaces."""
    alpha = form.channels in (2, 4) if alpha is None else alpha
    return Babl.get_name(Babl.format_with_space(f"{form.model}{'A' if alpha else ''} {form.suffix}", form.space))


def _get(drawable, rect, name):
    return drawable.get_buffer().get(Gegl.Rectangle.new(*rect), 1.0, name, Gegl.AbyssPolicy.NONE)


def _set(drawable, rect, name, data):
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(*rect), name, data)
    buffer.flush()


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
    if layer.has_alpha() and layer.get_lock_alpha() and not any(_get(layer, rect, "A u8")):
        raise Refused("The layer is transparent there and its alpha channel is locked; unlock that, then try again.")


def _place(image, layer):
    size = (image.get_width(), image.get_height(), layer.get_width(), layer.get_height())
    return (image.get_base_type(), image.get_precision(), _offsets(layer), size)


def _offsets(layer):
    _, x, y = _plain(layer.get_offsets())
    return x, y


def _plain(result):
    """libgimp's named results as a tuple with the leading success flag, whichever way gi hands them out."""
    return tuple(result)
