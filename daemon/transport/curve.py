"""CurveZMQ (ZeroMQ's RFC 26), the side of the server, one object a connection; the cryptography is libsodium's.

Nothing here reads or writes a socket, or decides who may come in.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Sequence
from typing import Any

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from daemon.transport import boxes
from daemon.transport.zmtp import (
    COMMAND,
    MORE,
    NOT_KNOWN,
    BadStream,
    Refused,
    arguments,
    check_metadata,
    command,
    header,
    header_bytes,
    metadata,
)

KEY, SHORT_NONCE, LONG_NONCE, MAC = 32, 8, 16, 16
COOKIE_BYTES = 96
HELLO_BYTES = 2 + 72 + KEY + SHORT_NONCE + 64 + MAC
MESSAGE = b"\x07MESSAGE"
BOX_AT = len(MESSAGE) + SHORT_NONCE  # in the body of a frame
GROWS = BOX_AT + MAC + 1


class Curve:
    """The listening side of a CURVE handshake.

    Args:
        public, secret: the server's own pair.
        knows: whether this public key of a client is let in.
    """

    name = b"CURVE"
    grows = GROWS

    def __init__(self, public: bytes, secret: bytes, knows: Callable[[bytes], bool]) -> None:
        self.is_done = False
        self.key: bytes | None = None
        self._public, self._secret, self._knows = public, secret, knows
        self._cookie = b""
        self._their_short = self._our_short = self._our_short_secret = self._shared = b""
        self._heard = 0  # the client's last nonce: they only grow
        self._said = 0

    def begin(self) -> bytes:
        return b""

    def answer(self, said: bytes) -> bytes:
        return self._welcome(said) if not self._cookie else self._ready(said)

    def open(self, flags: int, body: memoryview) -> tuple[int, memoryview]:
        if flags & (MORE | COMMAND) or len(body) < GROWS or body[: len(MESSAGE)] != MESSAGE:
            raise BadStream("no CURVE message")
        nonce = bytes(body[len(MESSAGE) : BOX_AT])
        number = self._fresh(nonce)
        content = boxes.opened(body[BOX_AT:], b"CurveZMQMESSAGEC" + nonce, self._shared)
        if content is None:
            raise BadStream("a box that does not open")
        self._heard = number
        inner = content[0]
        return inner & MORE | (COMMAND if inner & 2 else 0), content[1:]

    def seal(self, frames: Sequence[Any]) -> list[Any]:
        views = [memoryview(frame).cast("B") for frame in frames]
        return [self._sealed([MORE] * (len(views) - 1) + [0], views)]

    def pong(self, context: bytes) -> bytes:
        return bytes(self._sealed([2], [memoryview(b"\x04PONG" + context)]))

    def _sealed(self, flags: Sequence[int], contents: Sequence[memoryview]) -> bytearray:
        """The frames one after the other. Each content is copied once, and sealed where it lies then."""
        sizes = [GROWS + len(content) for content in contents]
        sealed = bytearray(sum(sizes) + sum(map(header_bytes, sizes)))
        view, at = memoryview(sealed), 0
        for flag, content, size in zip(flags, contents, sizes, strict=True):
            nonce = self._next_nonce()
            start = header(False, size) + MESSAGE + nonce
            box_at = at + len(start)
            text_at = box_at + MAC
            at = text_at + 1 + len(content)
            view[box_at - len(start) : box_at] = start
            view[text_at] = flag
            view[text_at + 1 : at] = content
            boxes.seal_in_place(view[box_at:at], b"CurveZMQMESSAGES" + nonce, self._shared)
        return sealed

    def _welcome(self, said: bytes) -> bytes:
        """To HELLO: the client has a short-term key, and means this server."""
        data = arguments(said, b"HELLO")
        if len(data) != HELLO_BYTES or data[:1] != b"\x01":
            raise BadStream("no HELLO")
        self._their_short = data[74 : 74 + KEY]
        nonce, box = data[74 + KEY : 74 + KEY + SHORT_NONCE], data[74 + KEY + SHORT_NONCE :]
        with_client = _agree(self._their_short, self._secret)
        self._unbox(b"CurveZMQHELLO---", nonce, box, with_client)
        self._our_short, self._our_short_secret = sodium.crypto_box_keypair()
        self._shared = _agree(self._their_short, self._our_short_secret)
        self._cookie = os.urandom(COOKIE_BYTES)  # what it would hold is kept here
        long_nonce = os.urandom(LONG_NONCE)
        content = self._our_short + self._cookie
        box = sodium.crypto_box_easy_afternm(content, b"WELCOME-" + long_nonce, with_client)
        return command(b"WELCOME", long_nonce + box)

    def _ready(self, said: bytes) -> bytes:
        """To INITIATE: the client proves that its permanent key is its own."""
        data = arguments(said, b"INITIATE")
        cookie, nonce = data[:COOKIE_BYTES], data[COOKIE_BYTES : COOKIE_BYTES + SHORT_NONCE]
        if not hmac.compare_digest(cookie, self._cookie):
            raise BadStream("another cookie")
        content = self._unbox(b"CurveZMQINITIATE", nonce, data[COOKIE_BYTES + SHORT_NONCE :], self._shared)
        vouch_at = KEY + LONG_NONCE
        key, long_nonce = content[:KEY], content[KEY:vouch_at]
        vouch_end = vouch_at + 2 * KEY + MAC
        if len(content) < vouch_end:
            raise BadStream("no INITIATE")
        vouch = _unbox(b"VOUCH---" + long_nonce, content[vouch_at:vouch_end], _agree(key, self._our_short_secret))
        if not hmac.compare_digest(vouch, self._their_short + self._public):
            raise BadStream("vouches for another connection")
        check_metadata(content[vouch_end:])
        if not self._knows(key):
            raise Refused(NOT_KNOWN)
        self.key, self.is_done = key, True
        ready = self._next_nonce()
        box = sodium.crypto_box_easy_afternm(metadata(), b"CurveZMQREADY---" + ready, self._shared)
        return command(b"READY", ready + box)

    def _next_nonce(self) -> bytes:
        self._said += 1
        return self._said.to_bytes(SHORT_NONCE, "big")

    def _fresh(self, nonce: bytes) -> int:
        """Its number. Raises BadStream: it is not larger than all before."""
        number = int.from_bytes(nonce, "big")
        if len(nonce) != SHORT_NONCE or number <= self._heard:
            raise BadStream("a nonce that was used")
        return number

    def _unbox(self, prefix: bytes, nonce: bytes, box: bytes, shared: bytes) -> bytes:
        number = self._fresh(nonce)
        content = _unbox(prefix + nonce, box, shared)
        self._heard = number
        return content


def _agree(public: bytes, secret: bytes) -> bytes:
    """The key that both ends can compute. Raises BadStream."""
    try:
        return sodium.crypto_box_beforenm(public, secret)
    except (CryptoError, ValueError, TypeError) as error:
        raise BadStream("no public key") from error


def _unbox(nonce: bytes, box: bytes, shared: bytes) -> bytes:
    """Raises BadStream."""
    try:
        return sodium.crypto_box_open_easy_afternm(box, nonce, shared)
    except (CryptoError, ValueError, TypeError) as error:
        raise BadStream("a box that does not open") from error
