"""The dialog: GIMP's own for procedures, with a picture of the hole and of what the network will look at.

The picture is asked of the bridge in a thread, so that the dialog answers while pconv starts.
"""

from __future__ import annotations

import threading

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
gi.require_version("GdkPixbuf", "2.0")
gi.require_version("Gegl", "0.4")
from gi.repository import GdkPixbuf, Gegl, GimpUi, GLib, Gtk  # noqa: E402
from pconv_layers import Refused, jobs_for, options_of  # noqa: E402
from pconv_link import BridgeError, open_link, read_settings  # noqa: E402

SMALLEST = (320, 240)
LARGEST = 2048  # of a side
CHECK_PIXELS, CHECKS = 8, (0x999999, 0x666666)
SETTLE_MS = 200
ARGUMENTS = ["output", "sample-visible", "grow", "feather", "context"]
TINT = (255, 64, 64)


def ask_user(procedure, config, image, drawables):
    """Show the dialog; returns (True when the user wants the fill, an open link or None)."""
    GimpUi.init("pconv_fill")
    dialog = GimpUi.ProcedureDialog.new(procedure, config, "Partial-Conv Fill")
    preview = Preview(image, drawables, config)
    content = dialog.get_content_area()
    dialog.fill(ARGUMENTS)
    for options in content.get_children():  # what a larger window has to give is the preview's
        content.set_child_packing(options, False, False, 0, Gtk.PackType.START)
    content.pack_start(preview.widget, True, True, 6)
    content.reorder_child(preview.widget, 0)
    preview.widget.show_all()
    preview.refresh()
    wanted = dialog.run()
    dialog.destroy()
    return wanted, preview.take_link(wanted)


class Preview:
    """What the network will look at, as large as the dialog lets it, with what will change tinted, and a line."""

    def __init__(self, image, drawables, config):
        self._image, self._drawables, self._config = image, drawables, config
        self._link = None
        self._worker = None
        self._stop = threading.Event()
        self._stale = False
        self._timer = 0
        self._scene = None
        self._size = SMALLEST
        self._picture = Gtk.Image()
        never = Gtk.PolicyType.EXTERNAL  # so that the picture follows the window and not the other way round
        self._frame = Gtk.ScrolledWindow(hscrollbar_policy=never, vscrollbar_policy=never)
        self._frame.set_size_request(*SMALLEST)
        self._frame.add(self._picture)
        self._frame.connect("size-allocate", self._resized)
        self._text = Gtk.Label(wrap=True, max_width_chars=44, xalign=0.5)
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.widget.pack_start(self._frame, True, True, 0)
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

    def take_link(self, wanted):
        """Ends the preview. Returns the link that it opened, for the fill that is wanted; None where there is none."""
        if not wanted:
            self._stop.set()
        if self._timer:
            GLib.source_remove(self._timer)
        if self._worker:
            self._worker.join()
        self._show("")
        link, self._link = self._link, None
        return link

    def _changed(self, config, parameter):
        if parameter.name in ARGUMENTS:
            if self._timer:
                GLib.source_remove(self._timer)
            self._timer = GLib.timeout_add(SETTLE_MS, self.refresh)

    def _resized(self, frame, place):
        if self._size != (place.width, place.height):
            self._size = place.width, place.height
            GLib.idle_add(self._draw)

    def _ask(self, job):
        """In the worker: only the link, nothing of GIMP."""
        context, text = None, ""
        try:
            if self._link is None:
                self._link = open_link(read_settings(), self._stop)
                self._link.ask({"type": "warm"})
            context = job.context(self._link)
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
            rect, alpha = context
            try:
                self._show(f"The network looks at {rect.width} × {rect.height} pixels.", Scene(job, rect, alpha))
            except Refused as error:
                self._show(str(error))
        return GLib.SOURCE_REMOVE

    def _show(self, text, scene=None):
        self._text.set_text(text)
        if self._scene:
            self._scene.close()
        self._scene = scene
        self._draw()

    def _draw(self):
        if self._scene:
            self._picture.set_from_pixbuf(self._scene.picture(*self._size))
        else:
            self._picture.clear()
        return GLib.SOURCE_REMOVE


class Scene:
    """A context and what would change in it.

    Args:
        rect: of the context, in the coordinates of the job's source.
        alpha: its blend alpha, uint8.
    """

    def __init__(self, job, rect, alpha):
        self._layer, self._rect = job.layer, rect
        self._seen, self._place = job.seen(rect)
        tinted = bytearray(bytes((*TINT, 0)) * len(alpha))
        tinted[3::4] = alpha.translate(bytes(value // 2 for value in range(256)))
        self._tint = _picture(tinted, rect.width, rect.height)

    def close(self):
        if self._seen is not self._layer:
            self._seen.delete()

    def picture(self, width, height):
        """The context with its hole tinted, as large as fits into so many pixels."""
        rect, place = self._rect, self._place
        zoom = min(width / rect.width, height / rect.height, LARGEST / max(rect.width, rect.height))
        size = [max(1, int(side * zoom)) for side in (rect.width, rect.height)]
        shown = _read(self._seen, place, min(1.0, zoom)).composite_color_simple(
            *size, GdkPixbuf.InterpType.BILINEAR, 255, CHECK_PIXELS, *CHECKS
        )
        scales = size[0] / rect.width, size[1] / rect.height
        self._tint.composite(shown, 0, 0, *size, 0, 0, *scales, GdkPixbuf.InterpType.BILINEAR, 255)
        return shown


def _read(drawable, rect, scale):
    """A Rect of a drawable as a picture, made smaller by a scale of up to 1."""
    x, y, width, height = (int(value * scale) for value in rect)
    place = Gegl.Rectangle.new(x, y, max(1, width), max(1, height))
    data = drawable.get_buffer().get(place, scale, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    return _picture(data, place.width, place.height)


def _picture(data, width, height):
    """A picture of RGBA bytes."""
    rgb = GdkPixbuf.Colorspace.RGB
    return GdkPixbuf.Pixbuf.new_from_bytes(GLib.Bytes.new(bytes(data)), rgb, True, 8, width, height, width * 4)
