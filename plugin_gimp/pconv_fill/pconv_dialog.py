"""The dialog: GIMP's own for procedures, with a picture of the hole and of what the network will look at.

The picture is asked of the bridge in a thread, so that the dialog answers while pconv starts.
"""

from __future__ import annotations

import threading

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf, Gimp, GimpUi, GLib, Gtk  # noqa: E402
from pconv_layers import Refused, jobs_for, options_of  # noqa: E402
from pconv_link import BridgeError, open_link, read_settings  # noqa: E402

PREVIEW_PIXELS = 256
SETTLE_MS = 200
ARGUMENTS = ["output", "sample-visible", "grow", "feather", "context"]
HOLE = (255, 64, 64)
RIM = (255, 255, 0)


def ask_user(procedure, config, image, drawables):
    """Show the dialog; returns (True when the user wants the fill, an open link or None)."""
    GimpUi.init("pconv_fill")
    dialog = GimpUi.ProcedureDialog.new(procedure, config, "Partial-Conv Fill")
    preview = Preview(image, drawables, config)
    dialog.get_content_area().pack_start(preview.widget, True, True, 6)
    dialog.fill(ARGUMENTS)
    preview.widget.show_all()
    preview.refresh()
    wanted = dialog.run()
    dialog.destroy()
    return wanted, preview.take_link()


class Preview:
    """A thumbnail with the hole tinted, what the network does not see darkened, and one line of text."""

    def __init__(self, image, drawables, config):
        self._image, self._drawables, self._config = image, drawables, config
        self._link = None
        self._worker = None
        self._stale = False
        self._timer = 0
        self._picture = Gtk.Image()
        self._text = Gtk.Label(wrap=True, max_width_chars=44, xalign=0.5)
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.widget.pack_start(self._picture, True, True, 0)
        self.widget.pack_start(self._text, False, False, 0)
        config.connect("notify", self._changed)

    def refresh(self):
        """Ask the bridge for the context of what is set now; the answer is shown when it comes."""
        self._timer = 0
        if self._worker:
            self._stale = True
            return GLib.SOURCE_REMOVE
        try:
            job = jobs_for(self._image, self._drawables, options_of(self._config))[0]
        except Refused as error:
            self._show(str(error))
            return GLib.SOURCE_REMOVE
        self._text.set_text("Asking pconv…" if self._link else "Starting pconv…")
        self._worker = threading.Thread(target=self._ask, args=(job,), daemon=True)
        self._worker.start()
        return GLib.SOURCE_REMOVE

    def take_link(self):
        """The link that the preview opened, for the fill; None where there is none. Ends the preview."""
        if self._timer:
            GLib.source_remove(self._timer)
        if self._worker:
            self._worker.join()
        link, self._link = self._link, None
        return link

    def _changed(self, config, parameter):
        if parameter.name in ARGUMENTS:
            if self._timer:
                GLib.source_remove(self._timer)
            self._timer = GLib.timeout_add(SETTLE_MS, self.refresh)

    def _ask(self, job):
        """In the worker: only the link, nothing of GIMP."""
        context, text = None, ""
        try:
            if self._link is None:
                self._link = open_link(read_settings())
            context = job.plan(self._link)
        except BridgeError as error:
            text = error.message
            if self._link and error.code in ("no_bridge", "no_answer"):
                self._link.close()
                self._link = None
        GLib.idle_add(self._answered, job, context, text)

    def _answered(self, job, context, text):
        self._worker = None
        if self._stale:
            self._stale = False
            self.refresh()
        elif context is None:
            self._show(text)
        else:
            self._show(f"The network looks at {context.width} × {context.height} pixels.", job, context)
        return GLib.SOURCE_REMOVE

    def _show(self, text, job=None, context=None):
        self._text.set_text(text)
        if job is None:
            self._picture.clear()
            return
        subject = self._image if job.options.sample_visible else job.layer
        scale = min(1.0, PREVIEW_PIXELS / max(job.size))
        width, height = (max(1, round(side * scale)) for side in job.size)
        small = subject.get_thumbnail(width, height, Gimp.PixbufTransparency.SMALL_CHECKS)
        self._picture.set_from_pixbuf(marked(small, job, context))


def marked(small, job, context):
    """The thumbnail with the hole tinted, the context framed, the rest darkened."""
    width, height, channels = small.get_width(), small.get_height(), small.get_n_channels()
    stride = small.get_rowstride()
    pixels = bytearray(small.get_pixels())
    across, down = job.size[0] / width, job.size[1] / height
    hole = job.hole
    left, right = int(context.x / across), int((context.x + context.width - 1) / across)
    top, bottom = int(context.y / down), int((context.y + context.height - 1) / down)
    columns = [int((x + 0.5) * across) - hole.x for x in range(width)]
    for y in range(height):
        row = int((y + 0.5) * down) - hole.y
        for x in range(width):
            at = y * stride + x * channels
            if not (left <= x <= right and top <= y <= bottom):
                pixels[at : at + 3] = bytes(value // 3 for value in pixels[at : at + 3])
            elif x in (left, right) or y in (top, bottom):
                pixels[at : at + 3] = bytes(RIM)
            elif 0 <= row < hole.height and 0 <= columns[x] < hole.width:
                share = job.mask[row * hole.width + columns[x]] / 510
                pixels[at : at + 3] = bytes(
                    int(value * (1 - share) + tint * share)
                    for value, tint in zip(pixels[at : at + 3], HOLE, strict=True)
                )
    return GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(bytes(pixels)), small.get_colorspace(), small.get_has_alpha(), 8, width, height, stride
    )
