"""What goes to the process of the patch library and back, over pipes: a head, then pixels as they lie in memory."""

from __future__ import annotations

import struct
from typing import IO

import numpy as np

from model.finish.drawing import Drawing

HEAD = struct.Struct("<IIdI")  # height, width, guide, seed
LENGTH = struct.Struct("<i")  # of a sentence; 0 is a picture


def write_request(pipe: IO[bytes], drawing: Drawing) -> None:
    pipe.write(HEAD.pack(*drawing.hole.shape, drawing.guide, drawing.seed))
    for plane in (drawing.picture, drawing.hole, drawing.forbidden):
        pipe.write(np.ascontiguousarray(plane).data.cast("B"))
    pipe.flush()


def read_request(pipe: IO[bytes]) -> Drawing | None:
    """None once the pipe has ended."""
    if len(head := pipe.read(HEAD.size)) < HEAD.size:
        return None
    height, width, guide, seed = HEAD.unpack(head)
    picture = np.frombuffer(_exactly(pipe, height * width * 3), np.uint8).reshape(height, width, 3)
    hole, forbidden = (np.frombuffer(_exactly(pipe, height * width), bool).reshape(height, width) for _ in range(2))
    return Drawing(picture, hole, forbidden, guide, seed)


def write_answer(pipe: IO[bytes], answer: np.ndarray | str) -> None:
    """The picture, or a sentence that says why there is none."""
    if isinstance(answer, str):
        words = answer.encode()
        pipe.write(LENGTH.pack(len(words)) + words)
    else:
        pipe.write(LENGTH.pack(0))
        pipe.write(np.ascontiguousarray(answer).data.cast("B"))
    pipe.flush()


def read_answer(pipe: IO[bytes], shape: tuple[int, int]) -> np.ndarray | str:
    """The answer to a request of this size (H, W).

    Raises:
        EOFError: the process is gone.
    """
    (length,) = LENGTH.unpack(_exactly(pipe, LENGTH.size))
    if length:
        return _exactly(pipe, length).decode(errors="replace")
    height, width = shape
    return np.frombuffer(_exactly(pipe, height * width * 3), np.uint8).reshape(height, width, 3)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError("the process of the patch library is gone")
    return data
