"""The only code that reads or writes the messages of PCV1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from daemon.errors import PconvError
from daemon.protocol.messages import (
    VERSION,
    AnyReply,
    AnyRequest,
    Fill,
    Limits,
)

MAGIC = b"PCV1"
MAX_HEADER_BYTES = 4096
_encoder = msgspec.msgpack.Encoder()
_requests = msgspec.msgpack.Decoder(AnyRequest, strict=True)
_replies = msgspec.msgpack.Decoder(AnyReply, strict=True)


def encode(message: Struct, *payload: Any) -> list[Any]:
    """Frames of a message, ready for send_multipart."""
    return [MAGIC, _encoder.encode(message), *payload]


def decode_request(frames: Sequence[Any]) -> AnyRequest:
    """Header of a request whose frames are buffers; `frames[2:]` is its payload.

    Raises:
        BadRequest: anything is not as PCV1 wants it; nothing else escapes.
    """
    if len(frames) < 2:
        raise BadRequest("bad_message", f"A PCV1 message has at least 2 frames, this one has {len(frames)}.")
    magic = bytes(memoryview(frames[0])[:8])
    if magic != MAGIC:
        if magic[:3] == b"PCV" and len(magic) == 4:
            raise BadRequest(
                "version_mismatch", f"This daemon speaks PCV{VERSION} only; install the same pconv on both sides."
            )
        raise BadRequest("bad_message", "The first frame is not PCV1; send pconv messages to this address only.")
    header = memoryview(frames[1])
    if len(header) > MAX_HEADER_BYTES:
        raise BadRequest("bad_message", f"The header has {len(header)} bytes, at most {MAX_HEADER_BYTES} are read.")
    try:
        request = _requests.decode(header)
    except msgspec.ValidationError as error:
        raise BadRequest("bad_field", f"The header is refused: {str(error)[:200]}.", _id_of(header)) from error
    except Exception as error:  # decoders leak UnicodeDecodeError, RecursionError and others
        raise BadRequest("bad_message", "The header is not valid msgpack; check the client.") from error
    if _repeats_a_key(header):
        raise BadRequest("bad_message", "The header names a field twice; check the client.", _id_of(header))
    wanted = 4 if isinstance(request, Fill) else 2
    if len(frames) != wanted:
        raise BadRequest("bad_message", f"This message has {wanted} frames, {len(frames)} came.", _id_of(header))
    return request


def check_payload(fill: Fill, image_bytes: int, hole_bytes: int, limits: Limits) -> None:
    """Raises BadRequest when the payload's size is not what the header says, or over the limits."""
    if fill.height * fill.width > limits.max_pixels:
        raise BadRequest(
            "too_large",
            f"{fill.width}×{fill.height} pixels are more than the {limits.max_pixels} this daemon takes; "
            "select a smaller hole or less context.",
            fill.id,
        )
    if fill.image_bytes > limits.max_frame_bytes:
        raise BadRequest(
            "too_large",
            f"The picture has {fill.image_bytes} bytes, more than the {limits.max_frame_bytes} this daemon takes; "
            "select a smaller hole, less context or fewer bits a channel.",
            fill.id,
        )
    if image_bytes != fill.image_bytes:
        raise BadRequest("bad_size", f"The image has {image_bytes} bytes, the header says {fill.image_bytes}.", fill.id)
    if hole_bytes != fill.hole_bytes:
        raise BadRequest("bad_size", f"The hole has {hole_bytes} bytes, the image {fill.hole_bytes} pixels.", fill.id)


def decode_reply(frames: Sequence[bytes]) -> AnyReply:
    """
    Raises:
        PconvError: "version_mismatch" for another PCV, "bad_reply" for anything else unreadable.
    """
    if frames and frames[0] != MAGIC and bytes(frames[0])[:3] == b"PCV":
        spoken = bytes(frames[0])[:8].decode("ascii", "replace")
        raise PconvError(
            "version_mismatch",
            f"The daemon that runs speaks {spoken}, this pconv PCV{VERSION}; run `pconv stop` and try again, "
            "or install the same pconv on both sides where the daemon is on another computer.",
        )
    try:
        if frames[0] != MAGIC:
            raise ValueError("not PCV1")
        return _replies.decode(frames[1])
    except Exception as error:
        raise PconvError("bad_reply", "What answers at this address is not a pconv daemon; check it.") from error


class BadRequest(PconvError):
    """A request that cannot be accepted; `id` is its request id where one could be read."""

    def __init__(self, code: str, message: str, id: str | None = None) -> None:
        super().__init__(code, message)
        self.id = id


def _id_of(header: memoryview) -> str | None:
    try:
        value = msgspec.msgpack.decode(header)["id"]
    except Exception:  # the header is known to be bad; its id is a courtesy
        return None
    return value if isinstance(value, str) and len(value) <= 64 else None


def _repeats_a_key(header: memoryview) -> bool:
    first = header[0]
    if first == 0xDE:
        claimed = int.from_bytes(header[1:3], "big")
    elif first == 0xDF:
        claimed = int.from_bytes(header[1:5], "big")
    else:
        claimed = first & 0x0F
    return claimed != len(msgspec.msgpack.decode(header))
