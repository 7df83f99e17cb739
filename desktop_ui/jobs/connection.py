"""How the editor's threads reach a daemon."""

from __future__ import annotations

from daemon.client.client import Client


def connect(address: str | None, autostart: bool = True) -> Client:
    """A client for the calling thread.

    Args:
        address: None = the daemon of this computer ($PCONV_ADDRESS goes before it).
        autostart: start the local daemon when none runs.
    """
    return Client(address, autostart=autostart and address is None)
