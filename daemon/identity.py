"""Which user a connection is of, as the system or the transport vouches for it; nothing that a peer claims counts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.connection import Connection


def user_of(connection: Connection) -> str:
    """The user id of an ipc peer (the system says so), "" where that is not known."""
    return connection.uid or ""


def own_user() -> str:
    """The user id of this process, as `user_of` gives it; "" on a system without."""
    return str(os.getuid()) if hasattr(os, "getuid") else ""
