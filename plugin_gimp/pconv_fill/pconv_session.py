"""What GIMP remembers for us from call to call, and forgets when it ends: where this session's bridge is."""

from __future__ import annotations

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402
from pconv_notes import keep_note, note_of  # noqa: E402

NOTE = "pconv-bridge"


def known_session():
    """The `session` of an earlier call's link; None without one."""
    session = note_of(Gimp, NOTE)
    return session if {"address", "token"} <= set(session) else None


def keep_session(link):
    """Let later calls know of a link's bridge."""
    if link and link.session:
        keep_note(Gimp, NOTE, link.session)
