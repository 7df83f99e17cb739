"""Which user sent a message, as the system or the transport vouches for it; nothing that a peer claims counts.

May know: frames of a ROUTER. Must not know: messages, requests.
"""

from __future__ import annotations

import os
import sys

import zmq

from daemon.errors import PconvError


def user_of(frame: zmq.Frame) -> str:
    """The user id of an ipc peer (the system says so), "" where that is not known."""
    try:
        parts = frame.get("Peer-Address").rsplit(":", 3)
    except zmq.ZMQError:
        return ""
    return parts[1] if sys.platform == "linux" and parts[0] == "localhost" and len(parts) == 4 else ""


def check_owner(user: str) -> None:
    """
    Raises:
        PconvError: "access_denied", this is not who runs the daemon, nor root.
    """
    if not user or user not in ("0", str(os.getuid())):
        raise PconvError(
            "access_denied", "Only who runs the daemon may do this; log in there, or send the daemon a SIGHUP."
        )
