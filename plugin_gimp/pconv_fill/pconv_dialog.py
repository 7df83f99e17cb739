"""The dialog: GIMP's own for procedures, with the fill itself beside the options."""

from __future__ import annotations

import time
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, GimpUi, GObject, Gtk  # noqa: E402
from pconv_options import CHANNEL, FILLED_BY  # noqa: E402
from pconv_preview import Preview  # noqa: E402
from pconv_progress import filling, share_of, stage_of  # noqa: E402
from pconv_view import CompareView  # noqa: E402
from pconv_words import _  # noqa: E402

OPTIONS_WIDTH = 300


def ask_user(procedure, config, image, drawables):
    """Show the dialog. Returns its Preview where the user wants the fill, None after a cancel."""
    GimpUi.init("pconv_fill")
    dialog = GimpUi.ProcedureDialog.new(procedure, config, _("Partial-Conv Fill"))
    board = Board(config)
    lay_out(dialog, board)
    preview = Preview(image, drawables, config, board)
    dialog.connect("focus-in-event", lambda *_event: preview.check())
    preview.begin()
    wanted = dialog.run()
    dialog.destroy()
    if wanted:
        return preview
    preview.drop()
    return None


def lay_out(dialog, board):
    """The picture on the left, as large as the dialog lets it, the options on the right."""
    content = dialog.get_content_area()
    own = content.get_children()  # GTK's: the buttons
    dialog.get_scale_entry("detail", 1)
    dialog.get_scale_entry("variants", 1)
    dialog.fill(FILLED_BY)
    dialog.set_sensitive_if_in("texture-channel", None, "texture-from", _values(CHANNEL), True)
    options = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
    options.set_size_request(OPTIONS_WIDTH, -1)
    for child in content.get_children():
        if child not in own:
            content.remove(child)
            options.pack_start(child, False, False, 0)
    both = Gtk.Box(spacing=12, border_width=6)
    both.pack_start(board.widget, True, True, 0)
    both.pack_start(options, False, False, 0)
    both.show_all()
    content.pack_start(both, True, True, 0)
    board.choices.hide()


def _values(text):
    values = Gimp.ValueArray.new(1)
    values.append(GObject.Value(str, text))
    return values


class Board:
    """The picture, the variants to choose from below it, and a line on what is going on."""

    def __init__(self, config):
        self._config = config
        self._view = CompareView()
        self._scene: Any = None
        self._begin = None
        self._bar = Gtk.ProgressBar(show_text=True)
        self.choices = Gtk.Box(spacing=6, halign=Gtk.Align.CENTER)
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.widget.pack_start(self._view.bar, False, False, 0)
        self.widget.pack_start(self._view.widget, True, True, 0)
        self.widget.pack_start(self.choices, False, False, 0)
        self._text = Gtk.Label(wrap=True, max_width_chars=60, xalign=0.5)
        self._line = Gtk.Stack(vhomogeneous=True)
        self._line.add_named(self._bar, "work")
        self._line.add_named(self._text, "text")
        self.widget.pack_start(self._line, False, False, 0)

    def show(self, scene):
        self._scene = scene
        self._view.show(scene, self._chosen())
        if not scene.is_pending:
            self._begin = None
            self._say(_("Computed from %d × %d pixels.") % (scene.width, scene.height))
            self._offer()

    def fail(self, text):
        self._scene = self._begin = None
        self._view.show(None)
        self._say(text)
        self.choices.hide()

    def work(self, header):
        share = share_of(header) if header else None
        if share is None:
            self._begin = None
            text = stage_of(header) if header else _("Asking pconv…")
            self._bar.pulse()
        else:
            self._begin = self._begin or time.monotonic()
            text = filling(share, time.monotonic() - self._begin)
            self._bar.set_fraction(share)
        self._bar.set_text(text)
        self._line.set_visible_child_name("work")

    def close(self):
        """Let go of the pictures."""
        self._scene = None
        self._view.show(None)

    def _say(self, text):
        self._text.set_text(text)
        self._line.set_visible_child_name("text")

    def _chosen(self):
        count = self._scene.count() if self._scene else 1
        return min(self._config.get_property("variant"), count) - 1

    def _offer(self):
        """A picture of each variant, to choose by."""
        for old in self.choices.get_children():
            self.choices.remove(old)
        first = None
        for at in range(self._scene.count()):
            picture = Gtk.Image.new_from_pixbuf(self._scene.thumbnail(at))
            button = Gtk.RadioButton.new_from_widget(first)
            first = first or button
            button.set_mode(False)
            button.add(picture)
            button.set_tooltip_text(_("Variant %d") % (at + 1))
            button.get_accessible().set_name(_("Variant %d") % (at + 1))
            button.set_active(at == self._chosen())
            button.connect("toggled", self._choose, at)
            self.choices.pack_start(button, False, False, 0)
        if self._scene.count() > 1:
            self.choices.show_all()
        else:
            self.choices.hide()

    def _choose(self, button, at):
        if button.get_active() and self._scene:
            self._config.set_property("variant", at + 1)
            self._view.show(self._scene, at)
