"""Which user sent a message, as the system or the transport vouches for it; nothing that a peer claims counts."""

from __future__ import annotations

import os
import sys

import zmq


def user_of(frame: zmq.Frame) -> str:
    """The user id of an ipc peer (the system says so), "" where that is not known."""
    try:
        parts = frame.get("Peer-Address").rsplit(":", 3)
    except zmq.ZMQError:
        return ""
    return parts[1] if sys.platform == "linux" and parts[0] == "localhost" and len(parts) == 4 else ""


def own_user() -> str:
    """The user id of this process, as `user_of` gives it; "" on a system without."""
    return str(os.getuid()) if hasattr(os, "getuid") else ""
