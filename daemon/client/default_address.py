"""Which daemon a user's programs go to: $PCONV_ADDRESS, else what `pconv use` chose, else the user's own; for how long
they look for it: $PCONV_CONNECT_TIMEOUT.
"""

from __future__ import annotations

import math
import os

from daemon.system.directories import config_directory, make_folder
from daemon.system.files import write_atomically
from daemon.transport.address import parse
from model.errors import DaemonError

FILE = "address"


def get_default() -> str | None:
    """The address that was chosen; None is the user's own local daemon."""
    named = os.environ.get("PCONV_ADDRESS")
    if named:
        return named
    try:
        return (config_directory() / FILE).read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def get_patience() -> float | None:
    """Seconds in which a daemon must be found; None where that was not set.

    Raises:
        DaemonError: "bad_config".
    """
    text = os.environ.get("PCONV_CONNECT_TIMEOUT")
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise DaemonError("bad_config", f"PCONV_CONNECT_TIMEOUT is {text[:60]!r}; set it to seconds above 0.")
    return seconds


def set_default(address: str | None) -> None:
    """Remember an address for all programs of this user, or forget it.

    Raises:
        PconvError: "bad_address", "unwritable", "no_space".
    """
    path = config_directory() / FILE
    if address is None:
        path.unlink(missing_ok=True)
        return
    text = str(parse(address))
    make_folder(path.parent)
    write_atomically(path, f"{text}\n".encode(), mode=0o600)
