"""The front's socket: its limits, where it listens, and the file that tells where.

May know: sockets, the daemon's paths. Must not know: messages, requests.
"""

from __future__ import annotations

from collections.abc import Sequence

import zmq

from daemon.errors import PconvError
from daemon.paths import RuntimePaths
from daemon.protocol import Limits

LOCAL = "local"
LOOPBACK = ("tcp://127.0.0.1:", "tcp://localhost:", "tcp://[::1]:")
WAITING_MESSAGES = 64  # per peer, in ZeroMQ's own queue
HANDSHAKE_MS = 3000


def check_addresses(addresses: Sequence[str]) -> None:
    """
    Raises:
        PconvError: "bad_address", one of them cannot or must not be listened at.
    """
    for address in addresses:
        if address.startswith("tcp://") and not address.startswith(LOOPBACK):
            raise PconvError(
                "bad_address",
                f"{address} can be reached by others and would carry pictures unencrypted; use tcp://127.0.0.1:PORT "
                "and, from other machines, an ssh tunnel to it.",
            )
        if address != LOCAL and not address.startswith(("tcp://", "ipc:///")):
            raise PconvError(
                "bad_address", f"{address} is no address; use {LOCAL}, ipc:///PATH or tcp://127.0.0.1:PORT."
            )


def listen(
    context: zmq.Context, addresses: Sequence[str], limits: Limits, paths: RuntimePaths
) -> tuple[zmq.Socket, list[str]]:
    """A bound ROUTER and its addresses; the first is also written to the address file.

    Raises:
        PconvError: "bad_address".
    """
    check_addresses(addresses)
    socket = context.socket(zmq.ROUTER)
    socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
    socket.setsockopt(zmq.MAXMSGSIZE, limits.max_frame_bytes)
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    socket.setsockopt(zmq.SNDHWM, WAITING_MESSAGES)
    socket.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
    bound = [_bind(socket, paths.endpoint("daemon") if address == LOCAL else address) for address in addresses]
    text = paths.address_file.with_suffix(".new")
    text.write_text(bound[0])
    text.replace(paths.address_file)
    return socket, bound


def _bind(socket: zmq.Socket, address: str) -> str:
    try:
        socket.bind(address)
    except zmq.ZMQError as error:
        raise PconvError(
            "bad_address", f"Cannot listen at {address}: {error.strerror}; choose another address."
        ) from error
    return socket.getsockopt_string(zmq.LAST_ENDPOINT)
