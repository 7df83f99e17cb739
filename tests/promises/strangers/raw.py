"""ZMTP by hand, plain and CURVE: a client that may claim and send what ZeroMQ's own would not."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nacl import bindings as sodium

from daemon.transport.address import parse
from daemon.transport.keys import KeyPair

PATIENCE = 20.0
MORE, LONG, COMMAND = 1, 2, 4


def connect(address: str) -> socket.socket:
    """A stream to a daemon that speaks nothing yet."""
    endpoint = parse(address).endpoint
    if endpoint.startswith("ipc://"):
        stream = socket.socket(socket.AF_UNIX)
        stream.settimeout(PATIENCE)
        stream.connect(endpoint.removeprefix("ipc://"))
    else:
        host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
        stream = socket.create_connection((host, int(port)), PATIENCE)
    return stream


def greeting(mechanism: bytes) -> bytes:
    return b"\xff" + bytes(8) + b"\x7f\x03\x00" + mechanism.ljust(20, b"\0") + bytes(32)


def frame(flags: int, body: bytes) -> bytes:
    if len(body) < 256:
        return bytes((flags, len(body))) + body
    return bytes((flags | LONG,)) + len(body).to_bytes(8, "big") + body


def claims(identity: bytes) -> bytes:
    """Metadata of a DEALER with this routing id."""
    return b"".join(
        bytes((len(name),)) + name + len(value).to_bytes(4, "big") + value
        for name, value in ((b"Socket-Type", b"DEALER"), (b"Identity", identity))
    )


class Raw:
    """A peer after its handshake. With `pair` it speaks CURVE, to the key that the address names.

    Raises:
        ConnectionError: it was not let in; `status` of the error is what the daemon said.
    """

    def __init__(self, address: str, identity: bytes = b"", pair: KeyPair | None = None) -> None:
        self.stream = connect(address)
        self._pair, self._shared, self._said = pair, b"", 2
        try:
            self.stream.sendall(greeting(b"CURVE" if pair else b"NULL"))
            self._read(64)
            if pair is None:
                self.stream.sendall(frame(COMMAND, b"\x05READY" + claims(identity)))
                self._expect(b"\x05READY")
            else:
                self._prove(parse(address).key, pair, claims(identity))
        except BaseException:
            self.stream.close()
            raise

    def close(self) -> None:
        self.stream.close()

    def send(self, *frames: bytes) -> None:
        last = len(frames) - 1
        self.stream.sendall(b"".join(self.wrap(MORE if i < last else 0, body) for i, body in enumerate(frames)))

    def wrap(self, flags: int, body: bytes) -> bytes:
        """A frame as it travels."""
        if self._pair is None:
            return frame(flags, body)
        self._said += 1
        nonce = self._said.to_bytes(8, "big")
        box = sodium.crypto_box_easy_afternm(bytes((flags,)) + body, b"CurveZMQMESSAGEC" + nonce, self._shared)
        return frame(0, b"\x07MESSAGE" + nonce + box)

    def begin(self, size: int) -> bytes:
        """The head of a frame of so many bytes, and more to come after it."""
        return bytes((LONG | (0 if self._pair else MORE),)) + size.to_bytes(8, "big")

    def receive(self) -> list[bytes]:
        """The next message."""
        frames = []
        while True:
            flags, body = self._frame()
            if self._pair is not None and not flags & COMMAND:
                content = sodium.crypto_box_open_easy_afternm(body[16:], b"CurveZMQMESSAGES" + body[8:16], self._shared)
                flags, body = content[0], content[1:]
            frames.append(body)
            if not flags & MORE:
                return frames

    def bytes_until(self, seconds: float) -> bytes:
        """All that comes in so much time."""
        self.stream.settimeout(seconds)
        got = b""
        try:
            while data := self.stream.recv(1 << 16):
                got += data
        except (TimeoutError, ConnectionError):
            pass
        self.stream.settimeout(PATIENCE)
        return got

    def is_cut(self, seconds: float = PATIENCE) -> bool:
        """Whether the daemon ends the connection in that time."""
        self.stream.settimeout(seconds)
        try:
            while self.stream.recv(1 << 16):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    def _prove(self, server: bytes, pair: KeyPair, metadata: bytes) -> None:
        public, secret = sodium.crypto_box_keypair()
        nonce = (1).to_bytes(8, "big")
        box = sodium.crypto_box_easy(bytes(64), b"CurveZMQHELLO---" + nonce, server, secret)
        self.stream.sendall(frame(COMMAND, b"\x05HELLO\x01\x00" + bytes(72) + public + nonce + box))
        welcome = self._expect(b"\x07WELCOME")
        content = sodium.crypto_box_open_easy(welcome[16:], b"WELCOME-" + welcome[:16], server, secret)
        theirs, cookie = content[:32], content[32:]
        self._shared = sodium.crypto_box_beforenm(theirs, secret)
        long_nonce, nonce = os.urandom(16), (2).to_bytes(8, "big")
        vouch = sodium.crypto_box_easy(public + server, b"VOUCH---" + long_nonce, theirs, pair.secret)
        box = sodium.crypto_box_easy_afternm(
            pair.public + long_nonce + vouch + metadata, b"CurveZMQINITIATE" + nonce, self._shared
        )
        self.stream.sendall(frame(COMMAND, b"\x08INITIATE" + cookie + nonce + box))
        self._expect(b"\x05READY")

    def _expect(self, name: bytes) -> bytes:
        _, body = self._frame()
        if body.startswith(b"\x05ERROR"):
            raise NotLetIn(body[7:])
        assert body.startswith(name), body[:20]
        return body[len(name) :]

    def _frame(self) -> tuple[int, bytes]:
        flags, size = self._read(2)
        if flags & LONG:
            size = int.from_bytes(bytes((size,)) + self._read(7), "big")
        return flags, self._read(size)

    def _read(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            data = self.stream.recv(count - len(got))
            if not data:
                raise ConnectionError("cut")
            got += data
        return got


class NotLetIn(ConnectionError):
    def __init__(self, status: bytes) -> None:
        super().__init__(status)
        self.status = status


def as_many(
    count: int, address: str, pair: KeyPair | None, identities: Sequence[bytes] = ()
) -> tuple[list[Raw], list[Any]]:
    """So many peers at once, and what those were told who were not let in."""
    peers, refused = [], []
    for i in range(count):
        try:
            peers.append(Raw(address, identities[i] if identities else b"", pair))
        except ConnectionError as error:
            refused.append(getattr(error, "status", None))
    return peers, refused


def resident() -> int:
    """Bytes of this process, in which the front is a thread."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) << 10
