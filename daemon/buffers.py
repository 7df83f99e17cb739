"""How much the system takes at a time of what is sent between processes of one computer."""

from __future__ import annotations

import zmq

IPC_BYTES = 1 << 20  # a picture goes through in few turns instead of many; the system may allow less
SYSTEMS_CHOICE = -1


def widen(socket: zmq.Socket, endpoint: str) -> None:
    """To be called before each bind or connect. TCP adapts by itself."""
    size = IPC_BYTES if endpoint.startswith("ipc:") else SYSTEMS_CHOICE
    socket.setsockopt(zmq.SNDBUF, size)
    socket.setsockopt(zmq.RCVBUF, size)
