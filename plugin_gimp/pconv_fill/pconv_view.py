"""The picture in the dialog: before, after, or both beside a line that can be dragged; zoomed by the wheel."""

from __future__ import annotations

from typing import Any

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402
from pconv_words import _  # noqa: E402

BEFORE, SPLIT, AFTER = range(3)
SMALLEST = (420, 320)
STEP = 1.25  # of the zoom
LARGEST_ZOOM = 8.0
LINE = 0xFFFFFFFF
GRIP = 12  # pixels beside the line that still catch it


class CompareView:
    """
    Shows a Scene in `widget`; its modes and zooms are buttons in `bar`.
    """

    def __init__(self):
        self._scene: Any = None
        self._variant = 0
        self._mode, self._split = AFTER, 0.5
        self._zoom = None  # None: as large as fits
        self._middle = (0.5, 0.5)  # of the scene, at the middle of the view
        self._size = SMALLEST
        self._drawn: Any = None
        self._dragged = None
        self._picture = Gtk.Image(halign=Gtk.Align.START, valign=Gtk.Align.START)
        catcher = Gtk.EventBox(above_child=True, visible_window=False)
        catcher.add(self._picture)
        catcher.add_events(
            Gdk.EventMask.BUTTON_PRESS_MASK | Gdk.EventMask.BUTTON_MOTION_MASK | Gdk.EventMask.SCROLL_MASK
        )
        for signal, handler in (
            ("button-press-event", self._pressed),
            ("motion-notify-event", self._moved),
            ("scroll-event", self._scrolled),
        ):
            catcher.connect(signal, handler)
        never = Gtk.PolicyType.EXTERNAL  # so that the picture follows the window and not the other way round
        self.widget = Gtk.ScrolledWindow(hscrollbar_policy=never, vscrollbar_policy=never)
        self.widget.set_size_request(*SMALLEST)
        self.widget.add(catcher)
        self.widget.connect("size-allocate", self._resized)
        self.widget.get_accessible().set_name(_("Preview of the fill"))
        self.bar = self._buttons()

    def show(self, scene, variant=0):
        """Show a Scene, with one of its variants; None shows nothing."""
        kept = self._scene and scene and (scene.width, scene.height) == (self._scene.width, self._scene.height)
        if not kept:
            self._middle = (0.5, 0.5)
        self._scene, self._variant = scene, variant
        self._redraw()

    def _buttons(self):
        bar = Gtk.Box(spacing=12)
        modes, zooms = Gtk.Box(), Gtk.Box()
        first = None
        for mode, label in ((BEFORE, _("_Before")), (SPLIT, _("Spli_t")), (AFTER, _("_After"))):
            button = Gtk.RadioButton.new_with_mnemonic_from_widget(first, label)
            first = first or button
            button.set_mode(False)
            button.set_active(mode == self._mode)
            button.connect("toggled", self._chosen, mode)
            modes.pack_start(button, False, False, 0)
        for zoom, label in ((None, _("_Whole")), (1.0, _("_1:1"))):
            button = Gtk.Button.new_with_mnemonic(label)
            button.connect("clicked", self._zoom_to, zoom)
            zooms.pack_start(button, False, False, 0)
        for box in (modes, zooms):
            box.get_style_context().add_class("linked")
        bar.pack_start(modes, False, False, 0)
        bar.pack_end(zooms, False, False, 0)
        return bar

    def _chosen(self, button, mode):
        if button.get_active():
            self._mode = mode
            self._redraw()

    def _zoom_to(self, _button, zoom):
        self._zoom, self._middle = zoom, (0.5, 0.5)
        self._redraw()

    def _resized(self, _widget, place):
        if self._size != (place.width, place.height):
            self._size = place.width, place.height
            GLib.idle_add(self._redraw)

    def _frame(self):
        """(zoom, left, top) of the scene in the view."""
        width, height = self._size
        scene = self._scene
        zoom = self._zoom or min(width / scene.width, height / scene.height, LARGEST_ZOOM)
        corner = []
        for room, side, middle in ((width, scene.width * zoom, 0), (height, scene.height * zoom, 1)):
            free = room - side
            corner.append(round(free / 2 if free >= 0 else min(0, max(free, room / 2 - self._middle[middle] * side))))
        return zoom, *corner

    def _redraw(self):
        """Draw both sides anew."""
        self._drawn = None
        if self._scene is None:
            self._picture.clear()
            return GLib.SOURCE_REMOVE
        frame = self._frame()
        after = self._variant if self._variant < self._scene.count() else None
        only_tint = self._scene.is_pending
        wanted = [None, after] if not only_tint else [after, after]
        if self._mode == BEFORE:
            wanted = wanted[:1] * 2
        elif self._mode == AFTER:
            wanted = wanted[1:] * 2
        left = self._scene.draw(self._size, *frame, wanted[0])
        right = left if wanted[0] == wanted[1] else self._scene.draw(self._size, *frame, wanted[1])
        self._drawn = left, right
        self._compose()
        return GLib.SOURCE_REMOVE

    def _compose(self):
        """Put both sides together at the line."""
        left, right = self._drawn
        shown = right
        if left is not right:
            at = self._line()
            shown = right.copy()
            if at > 0:
                left.copy_area(0, 0, at, self._size[1], shown, 0, 0)
            shown.new_subpixbuf(min(at, self._size[0] - 2), 0, 2, self._size[1]).fill(LINE)
        self._picture.set_from_pixbuf(shown)

    def _line(self):
        zoom, left, _top = self._frame()
        width = self._scene.width * zoom
        start, end = max(0, left), min(self._size[0], left + width)
        return int(start + self._split * (end - start))

    def _pressed(self, _widget, event):
        if self._scene is None:
            return
        on_line = self._mode == SPLIT and abs(event.x - self._line()) <= GRIP
        self._dragged = None if on_line else (event.x, event.y, self._middle)
        if event.type == Gdk.EventType._2BUTTON_PRESS and not on_line:
            self._zoom_at(event, 1.0 if self._zoom is None else None)

    def _moved(self, _widget, event):
        if self._scene is None:
            return
        zoom, left, _top = self._frame()
        if self._dragged is None:
            start, end = max(0, left), min(self._size[0], left + self._scene.width * zoom)
            self._split = min(1.0, max(0.0, (event.x - start) / (end - start)))
            if self._drawn:
                self._compose()
        else:
            x, y, (across, down) = self._dragged
            self._middle = self._inside(
                across - (event.x - x) / (self._scene.width * zoom), down - (event.y - y) / (self._scene.height * zoom)
            )
            self._redraw()

    def _scrolled(self, _widget, event):
        if self._scene is None:
            return False
        zoom = self._frame()[0]
        up = event.direction == Gdk.ScrollDirection.UP
        if event.direction == Gdk.ScrollDirection.SMOOTH:
            _known, _dx, dy = event.get_scroll_deltas()
            up = dy < 0
        self._zoom_at(event, min(LARGEST_ZOOM, zoom * STEP) if up else zoom / STEP)
        return True

    def _zoom_at(self, event, zoom):
        """Zoom so that the place under the pointer stays there; no further out than all of it."""
        before, left, top = self._frame()
        scene = self._scene
        fits = min(self._size[0] / scene.width, self._size[1] / scene.height)
        self._zoom = None if zoom is None or zoom <= fits else zoom
        if self._zoom:
            spot = ((event.x - left) / before, (event.y - top) / before)
            self._middle = self._inside(
                (spot[0] + (self._size[0] / 2 - event.x) / zoom) / scene.width,
                (spot[1] + (self._size[1] / 2 - event.y) / zoom) / scene.height,
            )
        self._redraw()

    def _inside(self, across, down):
        return min(1.0, max(0.0, across)), min(1.0, max(0.0, down))
