"""The only code that reads or writes the messages of PCV1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from daemon.protocol.messages import (
    VERSION,
    AnyReply,
    AnyRequest,
    Error,
    Fill,
    Limits,
)
from model.errors import KINDS, DaemonError, InputError, PconvError

MAGIC = b"PCV1"
MAX_HEADER_BYTES = 4096
_encoder = msgspec.msgpack.Encoder()
_requests = msgspec.msgpack.Decoder(AnyRequest, strict=True)
_replies = msgspec.msgpack.Decoder(AnyReply, strict=True)


# The kind of each code, for replies that name none; codes that are missing are of the device or its weights.
CODES = {
    "bad_message": "input",
    "bad_field": "input",
    "bad_size": "input",
    "bad_hole": "input",
    "bad_image": "input",
    "bad_forbid": "input",
    "not_finite": "input",
    "no_context": "input",
    "too_large": "input",
    "unwritable": "input",
    "no_space": "input",
    "conflict": "input",
    "poisoned": "input",
    "cancelled": "cancelled",
    "deadline": "busy",
    "busy": "busy",
    "shutting_down": "busy",
    "no_daemon": "daemon",
    "start_failed": "daemon",
    "unsafe_directory": "daemon",
    "already_running": "daemon",
    "bad_address": "daemon",
    "bad_config": "daemon",
    "bad_key": "daemon",
    "bad_name": "daemon",
    "no_keys": "daemon",
    "access_denied": "daemon",
    "version_mismatch": "daemon",
    "bad_reply": "daemon",
    "device_error": "device",
    "out_of_memory": "device",
}


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
            raise OtherVersion(
                "version_mismatch", f"This daemon speaks PCV{VERSION} only; install the same pconv on both sides."
            )
        raise BadRequest("bad_message", "The first frame is not PCV1; send pconv messages to this address only.")
    header = memoryview(frames[1])
    if len(header) > MAX_HEADER_BYTES:
        raise BadRequest("bad_message", f"The header has {len(header)} bytes, at most {MAX_HEADER_BYTES} are read.")
    try:
        request = _requests.decode(header)
    except msgspec.ValidationError as error:
        raise BadRequest(
            "bad_field", f"The header is refused: {str(error)[:200]}.", request_id=_id_of(header)
        ) from error
    except Exception as error:  # decoders leak UnicodeDecodeError, RecursionError and others
        raise BadRequest("bad_message", "The header is not valid msgpack; check the client.") from error
    if _repeats_a_key(header):
        raise BadRequest("bad_message", "The header names a field twice; check the client.", request_id=_id_of(header))
    wanted = 4 if isinstance(request, Fill) else 2
    if len(frames) != wanted:
        raise BadRequest(
            "bad_message", f"This message has {wanted} frames, {len(frames)} came.", request_id=_id_of(header)
        )
    return request


def check_payload(fill: Fill, image_bytes: int, hole_bytes: int, limits: Limits) -> None:
    """Raises BadRequest when the payload's size is not what the header says, or over the limits."""
    expected = fill.image_bytes
    if fill.pixels > limits.max_pixels:
        raise BadRequest(
            "too_large",
            f"{fill.width}×{fill.height} pixels are more than the {limits.max_pixels} this daemon takes; "
            "select a smaller hole or less context.",
            request_id=fill.id,
        )
    if expected > limits.max_frame_bytes:
        raise BadRequest(
            "too_large",
            f"The picture has {expected} bytes, more than the {limits.max_frame_bytes} this daemon takes; "
            "select a smaller hole, less context or fewer bits a channel.",
            request_id=fill.id,
        )
    if fill.hole_bytes > limits.max_frame_bytes:
        raise BadRequest(
            "too_large",
            f"The masks have {fill.hole_bytes} bytes, more than the {limits.max_frame_bytes} this daemon takes; "
            "select a smaller hole or less context.",
            request_id=fill.id,
        )
    if fill.most_answer_bytes > limits.max_frame_bytes:
        raise BadRequest(
            "too_large",
            f"The answer may have {fill.most_answer_bytes} bytes, more than the {limits.max_frame_bytes} this daemon "
            "sends; ask for fewer variants, or select a smaller hole.",
            request_id=fill.id,
        )
    if image_bytes != expected:
        raise BadRequest(
            "bad_size", f"The image has {image_bytes} bytes, the header says {expected}.", request_id=fill.id
        )
    if hole_bytes != fill.hole_bytes:
        wanted = f"the image {fill.pixels} pixels" if fill.masks == 1 else f"hole and forbid mask {fill.hole_bytes}"
        raise BadRequest("bad_size", f"The hole has {hole_bytes} bytes, {wanted}.", request_id=fill.id)


def decode_reply(frames: Sequence[bytes | memoryview]) -> AnyReply:
    """Read the header of a reply's frames.

    Raises:
        PconvError: "version_mismatch" for another PCV, "bad_reply" for anything else unreadable.
    """
    if frames and frames[0] != MAGIC and bytes(frames[0])[:3] == b"PCV":
        spoken = bytes(frames[0])[:8].decode("ascii", "replace")
        raise DaemonError(
            "version_mismatch",
            f"The daemon that runs speaks {spoken}, this pconv PCV{VERSION}; run `pconv stop` and try again, "
            "or install the same pconv on both sides where the daemon is on another computer.",
        )
    try:
        if frames[0] != MAGIC:
            raise ValueError("not PCV1")
        return _replies.decode(frames[1])
    except Exception as error:
        raise DaemonError("bad_reply", "What answers at this address is not a pconv daemon; check it.") from error


class BadRequest(InputError):
    """A request that cannot be accepted."""


class OtherVersion(BadRequest):
    """A request of a protocol that is not spoken here; what must be mended is the installation, not the input."""

    kind = "daemon"


def error_reply(error: PconvError, id: str | None = None) -> Error:
    """The reply that tells an error; `id` is that of the request, where the error does not know it."""
    return Error(error.code, error.message, id or error.request_id, error.retry_after, error.kind)


def error_of(reply: Error) -> PconvError:
    """The error that a reply tells; of one that names no kind, or none that is known here, the code decides."""
    told = KINDS.get(reply.kind or "") or KINDS[CODES.get(reply.code, "device")]
    return told(reply.code, reply.message, reply.retry_after, reply.id)


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
