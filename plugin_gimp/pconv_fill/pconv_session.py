"""What GIMP remembers for us from call to call, and forgets when it ends: where this session's bridge is."""

from __future__ import annotations

import json

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

NOTE = "pconv-bridge"


def known_session():
    """The `session` of an earlier call's link; None without one."""
    parasite = Gimp.get_parasite(NOTE)
    try:
        session = json.loads(bytes(parasite.get_data())) if parasite else None
    except ValueError:  # somebody else's
        session = None
    return session if isinstance(session, dict) and {"address", "token"} <= set(session) else None


def keep_session(link):
    """Let later calls know of a link's bridge."""
    if link and link.session:
        Gimp.attach_parasite(Gimp.Parasite.new(NOTE, 0, json.dumps(link.session).encode()))
