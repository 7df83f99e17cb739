"""The wire protocol PCV1: its messages and its limits.

A message is the multipart b"PCV1" | msgpack header | payload frames. `fill` carries image and hole,
`result` the image; the others carry no payload. docs/protocol.md is the description for other languages.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from model.options import LARGEST_SEED, MOST_VARIANTS, FillOptions

LONGEST_BUDGET_MS = 1 << 40
VERSION = 1
ITEM_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}
DEFAULTS = FillOptions()

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Side = Annotated[int, Meta(ge=1, le=1 << 20)]
Pixels = Annotated[int, Meta(ge=0, le=4096)]
Dtype = Literal["uint8", "uint16", "float32"]
Priority = Literal["interactive", "background"]
Stage = Literal["loading", "queued", "filling"]
# Of `fill`, added after the first PCV1; told in `welcome`.
LATER_FIELDS = ["priority", "crop", "seed", "variants", "forbid"]


class Limits(Struct, frozen=True):
    """What the front accepts; told in `welcome`."""

    max_pixels: Annotated[int, Meta(ge=1, description="of one request")] = 128 << 20
    max_frame_bytes: Annotated[int, Meta(ge=1, description="a connection that sends a larger frame is cut")] = 512 << 20
    max_requests: Annotated[int, Meta(ge=1, description="accepted at a time, of all users")] = 256
    max_request_bytes: Annotated[int, Meta(ge=1, description="of all accepted requests")] = 1 << 30
    max_connections: Annotated[int, Meta(ge=16, description="at a time, of all users")] = 1024
    max_user_connections: Annotated[int, Meta(ge=1, description="at a time, of one user")] = 256


class Request(Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """Base of what a client may send."""


class Hello(Request, frozen=True, tag="hello"):
    versions: Annotated[list[int], Meta(max_length=16)]
    client: Annotated[str, Meta(max_length=100)] = ""


class Fill(Request, frozen=True, tag="fill"):
    """Fill the hole of an image; payload: image (height·width·channels items, C order, little-endian), hole (uint8).

    Where `forbid` is true, as many bytes follow those of the hole, not 0 where no texture may be taken from.
    """

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
    seed: Annotated[int, Meta(ge=0, le=LARGEST_SEED)] | UnsetType = UNSET
    variants: Annotated[int, Meta(ge=1, le=MOST_VARIANTS)] | UnsetType = UNSET
    forbid: bool | UnsetType = UNSET

    @property
    def options(self) -> FillOptions:
        seed = DEFAULTS.seed if self.seed is UNSET else self.seed
        return FillOptions(self.grow, self.feather, self.context, self.detail, seed, self.wanted)

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
    def pixels(self) -> int:
        return self.height * self.width

    @property
    def masks(self) -> int:
        """What the hole's part of the payload holds, each of `pixels` bytes: the hole, and what is forbidden."""
        return 2 if self.forbid is True else 1

    @property
    def hole_bytes(self) -> int:
        return self.pixels * self.masks

    @property
    def wanted(self) -> int:
        """Results to choose from, at most."""
        return 1 if self.variants is UNSET else self.variants

    @property
    def most_answer_bytes(self) -> int:
        """Of all results together."""
        return self.image_bytes * self.wanted


class Cancel(Request, frozen=True, tag="cancel"):
    id: Id


class Ping(Request, frozen=True, tag="ping"):
    pass


class StatusRequest(Request, frozen=True, tag="status"):
    pass


class Shutdown(Request, frozen=True, tag="shutdown"):
    pass


class Reload(Request, frozen=True, tag="reload"):
    """Serve with the weights of this file, on the daemon's machine; None is the one in use, read again."""

    weights: Annotated[str, Meta(min_length=1, max_length=1024)] | None = None


AnyRequest = Hello | Fill | Cancel | Ping | StatusRequest | Shutdown | Reload


class Reply(Struct, frozen=True, tag_field="type"):
    """Base of what the front answers. Clients ignore fields that they do not know."""


class Welcome(Reply, frozen=True, tag="welcome"):
    """`buckets` and `model` are empty until a worker is ready. `fields` names what `fill` may hold beyond the first."""

    version: int
    software: str
    limits: Limits
    buckets: list[int]
    model: dict[str, Any]
    fields: list[str] = []


class Result(Reply, frozen=True, tag="result"):
    """The payload is a rectangle of the filled image: the smallest with all holes where `crop` was asked, else all.

    There are `variants` of it, one after another, the best first. Times are milliseconds.
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
    variants: int = 1


class ProgressEvent(Reply, frozen=True, tag="progress"):
    id: str
    stage: Stage
    position: int = 0
    done: int = 0
    total: int = 0


class Error(Reply, frozen=True, tag="error"):
    """`kind` is that of the errors in `model.errors`; daemons before it was added leave it out."""

    code: str
    message: str
    id: str | None = None
    retry_after: float | None = None
    kind: str | None = None


class Cancelled(Reply, frozen=True, tag="cancelled"):
    """Answer to `cancel`; `found` is false when there was nothing left to cancel."""

    id: str
    found: bool


class Pong(Reply, frozen=True, tag="pong"):
    pass


class Status(Reply, frozen=True, tag="status"):
    status: dict[str, Any]


class Bye(Reply, frozen=True, tag="bye"):
    """Answer to `shutdown`: accepted work is finished first."""


class Reloaded(Reply, frozen=True, tag="reloaded"):
    """Answer to `reload`: all workers serve with this model."""

    model: dict[str, Any]


AnyReply = Welcome | Result | ProgressEvent | Error | Cancelled | Pong | Status | Bye | Reloaded
