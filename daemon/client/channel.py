"""One connection of a client to a front: typed messages out and in, and an early notice when the front is gone."""

from __future__ import annotations

import os
import time
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

from daemon import protocol
from daemon.transport.address import Address
from daemon.transport.keys import encode, identity
from daemon.transport.sockets import widen
from model.errors import BusyError, DaemonError

PING_SECONDS = 2.0
SILENCE_SECONDS = 15.0
RECONNECT_MS = 50
LINGER_MS = 200
LATER, LATER_SECONDS = 300, 1.0  # the status by which one connection too many is refused


class ChannelLost(Exception):
    """The front left, or says nothing any more; what was asked may be asked again by the same ids."""


class NotLetIn(ChannelLost):
    """Somebody is there but ends the connection before the greeting."""


class Channel:
    """A DEALER socket that is made anew after every loss, so that no message of an old connection is left in it.

    It is of the process that made it: in a forked child ZeroMQ's threads are missing, and every call may wait for ever.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._process = os.getpid()
        self.connected = False
        self._socket: zmq.Socket = zmq.Context.instance().socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, LINGER_MS)
        self._socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        self._socket.setsockopt(zmq.HANDSHAKE_IVL, 3000)
        self._socket.setsockopt(zmq.IPV6, int("[" in address.endpoint))
        widen(self._socket, address.endpoint)
        if address.key is not None:
            own = identity()
            self._socket.setsockopt(zmq.CURVE_SERVERKEY, address.key)
            self._socket.setsockopt(zmq.CURVE_PUBLICKEY, own.public)
            self._socket.setsockopt(zmq.CURVE_SECRETKEY, own.secret)
        self._monitor: zmq.Socket = self._socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_DISCONNECTED
        )
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)
        self._heard = self._pinged = time.monotonic()
        try:
            self._socket.connect(address.endpoint)
        except zmq.ZMQError:
            self.close()
            raise

    @property
    def is_ours(self) -> bool:
        """Whether this process made it; where not, only `close` may be called, which does nothing then."""
        return self._process == os.getpid()

    def send(self, message: protocol.Request, *payload: Any) -> None:
        """Queue a message; payloads are not copied and must not change until its answer.

        Raises:
            ChannelLost: the socket takes no more, as where the connection was refused before.
        """
        try:
            self._socket.send_multipart(protocol.encode(message, *payload), zmq.NOBLOCK, copy=False)
        except zmq.Again as error:  # of a new channel: it was refused before this was said
            raise (ChannelLost if self.connected else NotLetIn) from error

    def receive(self, seconds: float) -> tuple[protocol.AnyReply, list[zmq.Frame]] | None:
        """The next message and its payload frames, or None after `seconds`.

        Raises:
            ChannelLost: the connection broke, or a connected front did not even answer a ping for long.
            PconvError: what came is no PCV1 message; "access_denied", the front does not know our key; "busy", it takes
                no more connections now.
        """
        ready = dict(self._poller.poll(max(0, int(seconds * 1000))))
        if self._socket in ready:
            frames = self._socket.recv_multipart(copy=False)
            self._heard = time.monotonic()
            return protocol.decode_reply([frame.buffer for frame in frames[:2]]), frames[2:]
        if self._monitor in ready:
            said = recv_monitor_message(self._monitor)
            event = said["event"]
            if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH and said["value"] == LATER:
                text = "The daemon has as many connections as it takes now; close some, or try again."
                raise BusyError("busy", text, LATER_SECONDS)
            if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                raise DaemonError(
                    "access_denied",
                    f"The daemon at {self.address.endpoint} does not know your key; send its administrator this line, "
                    f"which `pconv key` prints too: {encode(identity().public)}",
                )
            if event == zmq.EVENT_DISCONNECTED:
                raise ChannelLost if self.connected else NotLetIn
            self.connected = True
        self._stay_awake()
        return None

    def close(self) -> None:
        """Close; a cancel sent just before still gets a moment to leave."""
        if not self.is_ours:
            return
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=LINGER_MS)

    def _stay_awake(self) -> None:
        """ZeroMQ's own heartbeats say nothing of a front that hangs; a ping through its loop does."""
        now = time.monotonic()
        if now - self._heard > SILENCE_SECONDS:
            raise ChannelLost
        if now - max(self._heard, self._pinged) > PING_SECONDS:
            self._pinged = now
            self.send(protocol.Ping())
