"""Which daemon a user's programs go to: $PCONV_ADDRESS, else what `pconv use` chose, else the user's own."""

from __future__ import annotations

import os

from daemon.system.directories import config_directory
from daemon.system.files import write_atomically
from daemon.transport.address import parse

FILE = "address"


def chosen_address() -> str | None:
    """None is the user's own local daemon."""
    named = os.environ.get("PCONV_ADDRESS")
    if named:
        return named
    try:
        return (config_directory() / FILE).read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def choose(address: str | None) -> None:
    """Remember an address for all programs of this user, or forget it.

    Raises:
        PconvError: "bad_address", "unwritable", "no_space".
    """
    path = config_directory() / FILE
    if address is None:
        path.unlink(missing_ok=True)
        return
    text = str(parse(address))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(path, f"{text}\n".encode())
