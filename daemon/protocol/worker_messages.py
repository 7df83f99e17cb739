"""Messages between the front and a worker, over a private socket with two trusted ends."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from daemon.protocol.messages import Fill

Residency = Literal["loading", "full", "trimmed", "asleep"]


class ToWorker(Struct, frozen=True, tag_field="type"):
    """Base of what the front tells a worker."""


class Assign(ToWorker, frozen=True, tag="assign"):
    """Payload: image, hole. `user`: whose it is, so that a worker's time can be shared fairly."""

    number: int
    fill: Fill
    user: str = ""


class Drop(ToWorker, frozen=True, tag="drop"):
    number: int


class Reload(ToWorker, frozen=True, tag="reload"):
    """Serve with these weights from now on, if they are good; None reads the file in use again."""

    weights: str | None = None


class FromWorker(Struct, frozen=True, tag_field="type"):
    """Base of what a worker tells the front."""


class Ready(FromWorker, frozen=True, tag="ready"):
    """Work can be sent. Said again with new weights. `lanes`: how many batches are run at a time."""

    info: dict[str, Any]
    tile_sides: list[int]
    max_batch: int
    lanes: int = 1


class Heartbeat(FromWorker, frozen=True, tag="heartbeat"):
    """Said every second by the loop that hears of new work, whatever the engine does.

    Args:
        busy_seconds: how long the engine has been at what it does now, be it a load or a run; 0 when it does nothing.
        resident: "loading"; "full"; "trimmed", what was only kept for later is given back; "asleep", weights too.
        max_batch: rows of a run; less than `Ready` said after the device had too little memory.
        used_bytes, free_bytes: of the device's memory, by this process and for it; None where that is not known.
    """

    busy_seconds: float
    resident: Residency
    max_batch: int = 0
    used_bytes: int | None = None
    free_bytes: int | None = None


class BatchRan(FromWorker, frozen=True, tag="batch_ran"):
    """An engine run of so many rows of one side."""

    rows: int
    side: int
    run_ms: float


class Reloaded(FromWorker, frozen=True, tag="reloaded"):
    """Answer to `reload`: `Ready` with the new weights came before, or the old ones stay for this reason."""

    code: str | None = None
    message: str = ""
    kind: str = "device"


class Fatal(FromWorker, frozen=True, tag="fatal"):
    """The worker cannot work and leaves."""

    code: str
    message: str
    kind: str


class Progressed(FromWorker, frozen=True, tag="progressed"):
    number: int
    done: int
    total: int


class Done(FromWorker, frozen=True, tag="done"):
    """Payload: a rectangle of the filled image, `variants` of it, the best first.

    `side` is of the largest bucket that it took, 0 for none. `run_ms` passed since it came; `busy_ms` is what it has
    had of the worker's time.
    """

    number: int
    run_ms: float
    side: int
    top: int
    left: int
    height: int
    width: int
    busy_ms: float = 0.0
    variants: int = 1


class Failed(FromWorker, frozen=True, tag="failed"):
    number: int
    code: str
    message: str
    kind: str


_encoder = msgspec.msgpack.Encoder()
_to_worker = msgspec.msgpack.Decoder(Assign | Drop | Reload)
_from_worker = msgspec.msgpack.Decoder(Ready | Fatal | Heartbeat | BatchRan | Reloaded | Progressed | Done | Failed)

encode = _encoder.encode
decode_to_worker = _to_worker.decode
decode_from_worker = _from_worker.decode
