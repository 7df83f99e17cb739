"""Which layers are fills of ours: each carries a note, which files keep, of the layer and the selection it is for."""

from __future__ import annotations

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402
from pconv_notes import keep_note, note_of  # noqa: E402

NOTE = "pconv-fill"


def mark(fill, layer, selection):
    """Note on a fill which layer it is for, and which selection, as any text that tells selections apart."""
    keep_note(fill, NOTE, {"layer": layer.get_tattoo(), "selection": selection}, Gimp.PARASITE_PERSISTENT)


def fills_of(image, layer):
    """The fills for a layer that lie above it, topmost first, as (fill, selection) pairs."""
    parent = layer.get_parent()
    beside = parent.get_children() if parent else image.get_layers()
    above = beside[: image.get_item_position(layer)]
    notes = [(other, note_of(other, NOTE)) for other in above]
    return [(other, note.get("selection")) for other, note in notes if note.get("layer") == layer.get_tattoo()]


def made_for(image, layer):
    """The layer that a fill of ours is for, where it is still there; the layer itself where it is no such fill."""
    tattoo = note_of(layer, NOTE).get("layer")
    found = image.get_layer_by_tattoo(tattoo) if isinstance(tattoo, int) and tattoo > 0 else None
    return found or layer
