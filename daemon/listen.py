"""The front's socket: its limits, where it listens, and the file that tells where.

May know: sockets, the daemon's paths. Must not know: messages, requests.
"""

from __future__ import annotations

import zmq

from daemon.errors import PconvError
from daemon.paths import RuntimePaths
from daemon.protocol import Limits

WAITING_MESSAGES = 64  # per peer, in ZeroMQ's own queue
HANDSHAKE_MS = 3000


def listen(context: zmq.Context, address: str | None, limits: Limits, paths: RuntimePaths) -> tuple[zmq.Socket, str]:
    """A bound ROUTER and its address, which is also written to the address file.

    Raises:
        PconvError: "bad_address".
    """
    socket = context.socket(zmq.ROUTER)
    socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
    socket.setsockopt(zmq.MAXMSGSIZE, limits.max_frame_bytes)
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    socket.setsockopt(zmq.SNDHWM, WAITING_MESSAGES)
    socket.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
    wanted = address or paths.endpoint("daemon")
    try:
        socket.bind(wanted)
    except zmq.ZMQError as error:
        raise PconvError(
            "bad_address", f"Cannot listen at {wanted}: {error.strerror}; choose another address."
        ) from error
    bound = socket.getsockopt_string(zmq.LAST_ENDPOINT)
    text = paths.address_file.with_suffix(".new")
    text.write_text(bound)
    text.replace(paths.address_file)
    return socket, bound
