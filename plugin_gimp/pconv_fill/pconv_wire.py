"""The byte stream between a plug-in and its bridge: frames of a JSON header and raw bytes.

A frame is `PCB1`, the header's length (uint32, little-endian), the body's length (uint64), the header, the body.
The plug-in and the bridge read and write by this same code, so that it needs nothing but the standard library of any
Python from 3.9 on.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Protocol

PROTOCOL = 5
MAGIC = b"PCB1"
HEAD = struct.Struct("<4sIQ")
LONGEST_HEADER = 1 << 16
LARGEST_BODY = 1 << 33
CHUNK = 1 << 20


class Source(Protocol):
    """What frames are read from; `read` may return less than was asked for, nothing only at the end."""

    def read(self, size: int, /) -> bytes | None: ...


class WireError(Exception):
    """What came is no frame, or the stream ended within one."""


def write_frame(stream: BinaryIO, header: dict[str, Any], *parts: bytes) -> None:
    """Send one frame; `parts` are bytes-like and follow each other in the body."""
    text = json.dumps(header, separators=(",", ":")).encode()
    stream.write(HEAD.pack(MAGIC, len(text), sum(len(part) for part in parts)) + text)
    for part in parts:
        stream.write(part)
    stream.flush()


def read_frame(stream: Source, largest_body: int = LARGEST_BODY) -> tuple[dict[str, Any], bytearray] | None:
    """The next frame's header and body, or None where the stream ended before one.

    Raises:
        WireError: the stream holds something else; it cannot be used any more.
    """
    head = _read(stream, HEAD.size, may_end=True)
    if not head:
        return None
    magic, header_bytes, body_bytes = HEAD.unpack(head)
    if magic != MAGIC or header_bytes > LONGEST_HEADER or body_bytes > largest_body:
        raise WireError("This is no frame of the bridge's protocol.")
    text = _read(stream, header_bytes)
    try:
        header = json.loads(bytes(text))
    except (ValueError, RecursionError) as error:
        raise WireError("A frame's header is no JSON.") from error
    if not isinstance(header, dict):
        raise WireError("A frame's header is no JSON object.")
    return header, _read(stream, body_bytes)


def _read(stream: Source, size: int, may_end: bool = False) -> bytearray:
    """So many bytes; none where the stream has ended and may."""
    data = bytearray()
    while len(data) < size:
        part = stream.read(min(size - len(data), CHUNK))
        if not part:
            if may_end and not data:
                return data
            raise WireError("The stream ended within a frame.")
        data += part
    return data
