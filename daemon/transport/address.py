"""Addresses as people write them: local, ipc:///PATH, tcp://HOST:PORT, tcp://HOST:PORT?key=KEY."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.transport.keys import decode, encode
from model.errors import DaemonError, PconvError

LOCAL = "local"
LOOPBACK = ("tcp://127.0.0.1:", "tcp://localhost:", "tcp://[::1]:")
KEY_MARK = "?key="


@dataclass(frozen=True)
class Address:
    """`endpoint` is ZeroMQ's; `key` is the daemon's public key where the connection is to be encrypted, else None."""

    endpoint: str
    key: bytes | None = None

    @property
    def is_tcp(self) -> bool:
        return self.endpoint.startswith("tcp://")

    def __str__(self) -> str:
        return self.endpoint if self.key is None else f"{self.endpoint}{KEY_MARK}{encode(self.key)}"


def parse(text: str) -> Address:
    """Read an address as people write it.

    Raises:
        PconvError: "bad_address".
    """
    text = text.strip()
    endpoint, mark, key = text.partition(KEY_MARK)
    if not endpoint.startswith(("tcp://", "ipc:///")) or (mark and not endpoint.startswith("tcp://")):
        raise DaemonError(
            "bad_address",
            f"{text} is no address of a daemon; use ipc:///PATH, tcp://HOST:PORT or tcp://HOST:PORT?key=KEY.",
        )
    try:
        return Address(endpoint, decode(key) if mark else None)
    except PconvError as error:
        raise DaemonError(
            "bad_address", f"The key in {text} is not whole; copy the address as the daemon's administrator gave it."
        ) from error


def is_loopback(endpoint: str) -> bool:
    return endpoint.startswith(LOOPBACK)
