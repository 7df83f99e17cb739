"""How the editor's threads reach a daemon."""

from __future__ import annotations

from daemon.client.client import Client

LOCAL_SECONDS = 30.0  # to start one and have it answer
REMOTE_SECONDS = 5.0


def connect(address: str | None, autostart: bool = True) -> Client:
    """A client for the calling thread.

    Args:
        address: None = the daemon of this computer ($PCONV_ADDRESS goes before it).
        autostart: start the local daemon when none runs.
    """
    seconds = LOCAL_SECONDS if address is None else REMOTE_SECONDS
    return Client(address, autostart=autostart and address is None, connect_timeout=seconds)
