"""Messages between the front and a worker, over a private socket with two trusted ends.

May know: the protocol's `Fill`. Must not know: sockets, torch.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from daemon.protocol import Fill


class ToWorker(Struct, frozen=True, tag_field="type"):
    """Base of what the front tells a worker."""


class Job(ToWorker, tag="job"):
    """Payload: image, hole."""

    number: int
    fill: Fill


class Drop(ToWorker, tag="drop"):
    number: int


class FromWorker(Struct, frozen=True, tag_field="type"):
    """Base of what a worker tells the front."""


class Ready(FromWorker, tag="ready"):
    info: dict[str, Any]
    buckets: list[int]
    max_batch: int


class Fatal(FromWorker, tag="fatal"):
    """The worker cannot work and leaves."""

    code: str
    message: str


class Moved(FromWorker, tag="moved"):
    number: int
    done: int
    total: int


class Done(FromWorker, tag="done"):
    """Payload: the filled image."""

    number: int
    run_ms: float


class Failed(FromWorker, tag="failed"):
    number: int
    code: str
    message: str


_encoder = msgspec.msgpack.Encoder()
_to_worker = msgspec.msgpack.Decoder(Job | Drop)
_from_worker = msgspec.msgpack.Decoder(Ready | Fatal | Moved | Done | Failed)

encode = _encoder.encode
decode_to_worker = _to_worker.decode
decode_from_worker = _from_worker.decode
