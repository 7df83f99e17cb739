"""The monitor's ICC profile as the system tells it: under X, a property of the root window."""

from __future__ import annotations

import os
import sys
from contextlib import closing

_LARGEST = 16 << 20  # bytes of a profile


def monitor_profile(number: int) -> bytes | None:
    """→ the profile of a monitor; None where the system tells none.

    Args:
        number: of the monitor, from 0.
    """
    if not sys.platform.startswith("linux") or not os.environ.get("DISPLAY"):
        return None
    try:
        return _property(f"_ICC_PROFILE_{number}" if number else "_ICC_PROFILE")
    except Exception:  # no python-xlib, no display, a display that refuses
        return None


def _property(name: str) -> bytes | None:
    from Xlib import X
    from Xlib.display import Display

    with closing(Display()) as display:
        atom = display.intern_atom(name, only_if_exists=True)
        if atom == X.NONE:
            return None
        found = display.screen().root.get_property(atom, X.AnyPropertyType, 0, _LARGEST // 4)
        return bytes(found.value) if found is not None and found.format == 8 and not found.bytes_after else None
