"""What GIMP keeps for us on layers, or for its own time: parasites with a JSON object."""

from __future__ import annotations

import json

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402


def note_of(holder, name):
    """The note on a layer, or on Gimp itself, as a dict; empty where there is none of ours."""
    parasite = holder.get_parasite(name)
    try:
        note = json.loads(bytes(parasite.get_data())) if parasite else {}
    except ValueError:  # somebody else's
        note = {}
    return note if isinstance(note, dict) else {}


def keep_note(holder, name, note, flags=0):
    """Put a note on a layer, or on Gimp itself, in place of the one before."""
    holder.attach_parasite(Gimp.Parasite.new(name, flags, json.dumps(note).encode()))
