"""What sockets share, and the private one between a front and one worker, both of its ends.

In the file system the front's private directory guards it. On loopback TCP, where there is no ipc, CURVE does, with a
pair made for this one start of the worker: its public half is told to the worker alone, and without it nobody can so
much as greet the front.
"""

from __future__ import annotations

import os

import zmq

from daemon.system.directories import RuntimePaths

IPC_BYTES = 1 << 20  # a picture goes through in few turns instead of many; the system may allow less
SYSTEMS_CHOICE = -1
VARIABLE = "PCONV_WORKER_KEY"


def widen(socket: zmq.Socket, endpoint: str) -> None:
    """To be called before each bind or connect. TCP adapts by itself."""
    size = IPC_BYTES if endpoint.startswith("ipc:") else SYSTEMS_CHOICE
    socket.setsockopt(zmq.SNDBUF, size)
    socket.setsockopt(zmq.RCVBUF, size)


def bind(context: zmq.Context, paths: RuntimePaths, name: str) -> tuple[zmq.Socket, str, dict[str, str]]:
    """The front's end, its address, and what the worker's environment must hold."""
    endpoint = paths.endpoint(name)
    socket = _pair(context, endpoint)
    told = {}
    if endpoint.startswith("tcp:"):
        public, secret = zmq.curve_keypair()
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
        told[VARIABLE] = public.decode()
    socket.bind(endpoint)
    return socket, socket.getsockopt_string(zmq.LAST_ENDPOINT), told


def connect(context: zmq.Context, address: str) -> zmq.Socket:
    """The worker's end. The key leaves the environment, so that no process that the worker starts has it."""
    socket = _pair(context, address)
    if key := os.environ.pop(VARIABLE, None):
        public, secret = zmq.curve_keypair()
        socket.setsockopt(zmq.CURVE_SERVERKEY, key.encode())
        socket.setsockopt(zmq.CURVE_PUBLICKEY, public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
    socket.connect(address)
    return socket


def _pair(context: zmq.Context, endpoint: str) -> zmq.Socket:
    socket = context.socket(zmq.PAIR)
    widen(socket, endpoint)
    socket.setsockopt(zmq.LINGER, 0)
    socket.set_hwm(0)
    return socket
