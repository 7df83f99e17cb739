"""The wire protocol PCV1: its messages, its limits, and the only code that reads or writes them.

A message is the multipart b"PCV1" | msgpack header | payload frames. `fill` carries image and hole,
`result` the image; the others carry no payload. docs/protocol.md is the description for other languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from daemon.errors import PconvError
from model.options import FillOptions

LONGEST_BUDGET_MS = 1 << 40
MAGIC = b"PCV1"
VERSION = 1
ITEM_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}
MAX_HEADER_BYTES = 4096
DEFAULTS = FillOptions()

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Side = Annotated[int, Meta(ge=1, le=1 << 20)]
Pixels = Annotated[int, Meta(ge=0, le=4096)]
Dtype = Literal["uint8", "uint16", "float32"]
Priority = Literal["interactive", "background"]
LATER_FIELDS = ["priority", "crop"]  # of `fill`, added after the first PCV1; told in `welcome`


class Limits(Struct, frozen=True):
    """What the front accepts; told in `welcome`."""

    max_pixels: Annotated[int, Meta(ge=1, description="of one request")] = 128 << 20
    max_frame_bytes: Annotated[int, Meta(ge=1, description="a connection that sends a larger frame is cut")] = 512 << 20
    max_requests: Annotated[int, Meta(ge=1, description="accepted at a time, of all users")] = 256
    max_request_bytes: Annotated[int, Meta(ge=1, description="of all accepted requests")] = 1 << 30


class Request(Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """Base of what a client may send."""


class Hello(Request, tag="hello"):
    versions: Annotated[list[int], Meta(max_length=16)]
    client: Annotated[str, Meta(max_length=100)] = ""


class Fill(Request, tag="fill"):
    """Fill the hole of an image; payload: image (height·width·channels items, C order, little-endian), hole (uint8)."""

    id: Id
    height: Side
    width: Side
    channels: Annotated[int, Meta(ge=1, le=4)]
    dtype: Dtype
    grow: Pixels = 0
    feather: Pixels = 0
    context: Pixels | None = None
    detail: Annotated[float, Meta(ge=0, le=1)] = DEFAULTS.detail
    budget_ms: Annotated[int, Meta(ge=0, le=LONGEST_BUDGET_MS)] | None = None
    progress: bool = True
    priority: Priority | UnsetType = UNSET
    crop: bool | UnsetType = UNSET

    @property
    def is_background(self) -> bool:
        return self.priority == "background"

    @property
    def is_cropped(self) -> bool:
        return self.crop is True

    @property
    def image_bytes(self) -> int:
        return self.height * self.width * self.channels * ITEM_BYTES[self.dtype]

    @property
    def hole_bytes(self) -> int:
        return self.height * self.width


class Cancel(Request, tag="cancel"):
    id: Id


class Ping(Request, tag="ping"):
    pass


class StatusRequest(Request, tag="status"):
    pass


class Shutdown(Request, tag="shutdown"):
    pass


class Reload(Request, tag="reload"):
    """Serve with the weights of this file, on the daemon's machine; None is the one in use, read again."""

    weights: Annotated[str, Meta(min_length=1, max_length=1024)] | None = None


AnyRequest = Hello | Fill | Cancel | Ping | StatusRequest | Shutdown | Reload


class Reply(Struct, frozen=True, tag_field="type"):
    """Base of what the front answers. Clients ignore fields that they do not know."""


class Welcome(Reply, tag="welcome"):
    """`buckets` and `model` are empty until a worker is ready. `fields` names what `fill` may hold beyond the first."""

    version: int
    software: str
    limits: Limits
    buckets: list[int]
    model: dict[str, Any]
    fields: list[str] = []


class Result(Reply, tag="result"):
    """The payload is a rectangle of the filled image: the smallest with all holes where `crop` was asked, else all.

    Times are milliseconds.
    """

    id: str
    height: int
    width: int
    channels: int
    dtype: Dtype
    queue_ms: float
    run_ms: float
    top: int = 0
    left: int = 0


class ProgressEvent(Reply, tag="progress"):
    id: str
    stage: Literal["loading", "queued", "filling"]
    position: int = 0
    done: int = 0
    total: int = 0


class Error(Reply, tag="error"):
    code: str
    message: str
    id: str | None = None
    retry_after: float | None = None


class Cancelled(Reply, tag="cancelled"):
    """Answer to `cancel`; `found` is false when there was nothing left to cancel."""

    id: str
    found: bool


class Pong(Reply, tag="pong"):
    pass


class Status(Reply, tag="status"):
    status: dict[str, Any]


class Bye(Reply, tag="bye"):
    """Answer to `shutdown`: accepted work is finished first."""


class Reloaded(Reply, tag="reloaded"):
    """Answer to `reload`: all workers serve with this model."""

    model: dict[str, Any]


AnyReply = Welcome | Result | ProgressEvent | Error | Cancelled | Pong | Status | Bye | Reloaded

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
