"""What a plug-in can ask of its bridge: which part of a layer a fill looks at, and the fill itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from model.errors import InputError, PconvError
from model.geometry.boxes import Box
from model.geometry.contexts import context_box, hole_box, prepare_hole
from model.options import FillOptions

ITEM_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}
WHOLE_NUMBERS = ("grow", "feather", "context", "seed", "variants")


class Filler(Protocol):
    """What the bridge needs of a client."""

    def fill(self, image: np.ndarray, hole: np.ndarray, options: FillOptions, **more: Any) -> np.ndarray: ...

    def status(self) -> object: ...

    def close(self) -> None: ...


def connect() -> Filler:
    from daemon.client.client import Client

    return Client()


def warm(filler: Callable[[], Filler]) -> None:
    """Let a daemon start and load its network, if none runs; whether that works, the fill will tell."""
    client = filler()
    try:
        client.status()
    except PconvError:
        pass
    finally:
        client.close()


def context_of(header: dict[str, Any], body: bytearray) -> tuple[dict[str, Any], memoryview]:
    """The part of a layer that a fill would look at, and what it would change there.

    Args:
        header: `size` [H, W] of the layer, `hole` [top, left, bottom, right] of the body's mask in it, options.
        body: the mask's uint8 values.

    Returns:
        Header with `box` [top, left, bottom, right]; the uint8 blend alpha of the grown and feathered hole in it.

    Raises:
        PconvError: "bad_message", "no_hole".
    """
    height, width = _numbers(header, "size", 2)
    rect = Box(*_numbers(header, "hole", 4))
    if not (0 <= rect.top < rect.bottom <= height and 0 <= rect.left < rect.right <= width):
        raise InputError("bad_message", "The hole lies outside the layer; this is a fault of the plug-in.")
    if len(body) != rect.shape[0] * rect.shape[1]:
        raise InputError("bad_message", "The mask's bytes do not match its size; this is a fault of the plug-in.")
    hole = np.zeros((height, width), np.uint8)
    hole[rect.slices] = np.frombuffer(body, np.uint8).reshape(rect.shape)
    options = _options(header)
    box = context_box(hole, options)
    if box is None:
        raise InputError("no_hole", "Nothing is selected here; select what should be filled.")
    alpha = prepare_hole(hole, options)
    if alpha[box.slices].all():
        box = Box(0, 0, height, width)
    answer = {"type": "context", "box": [box.top, box.left, box.bottom, box.right]}
    return answer, memoryview(np.ascontiguousarray(alpha[box.slices])).cast("B")


def fill(
    header: dict[str, Any], body: bytearray, filler: Callable[[], Filler], **more: Any
) -> tuple[dict[str, Any], tuple[memoryview, ...]]:
    """Fill a rectangle of a layer.

    Args:
        header: `size` [H, W], `channels` (1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha), `dtype`, options.
        body: H·W·channels values, then H·W uint8 of the hole.

    Returns:
        Header with `rect` [top, left, bottom, right], the grown hole's bounding box; its pixels without alpha and its
        uint8 blend alpha. The pixels are the pure fill: whoever shows them blends by that alpha.

    Raises:
        PconvError: of the message, or of the client.
    """
    height, width = _numbers(header, "size", 2)
    channels, dtype = header.get("channels"), header.get("dtype")
    if channels not in (1, 2, 3, 4) or dtype not in ITEM_BYTES or min(height, width) < 1:
        raise InputError("bad_message", "The picture's form is unknown; this is a fault of the plug-in.")
    pixel_bytes = height * width * channels * ITEM_BYTES[dtype]
    if len(body) != pixel_bytes + height * width:
        raise InputError("bad_message", "The picture's bytes do not match its size; this is a fault of the plug-in.")
    view = memoryview(body)
    image = np.frombuffer(view[:pixel_bytes], np.dtype(dtype).newbyteorder("<")).reshape(height, width, channels)
    hole = np.frombuffer(view[pixel_bytes:], np.uint8).reshape(height, width)
    options = _options(header)
    alpha = prepare_hole(hole, options)
    if not alpha.any():
        raise InputError("no_hole", "Nothing is selected here; select what should be filled.")
    if channels in (2, 4):  # a transparent hole is to be filled too
        image = image.copy()
        image[..., -1][alpha > 0] = 1 if dtype == "float32" else np.iinfo(image.dtype).max
    client = filler()
    try:
        filled = client.fill(image, alpha > 0, FillOptions(context=options.context, detail=options.detail), **more)
    finally:
        client.close()
    rect = hole_box(alpha)
    colour = filled[rect.slices][..., : 1 if channels < 3 else 3]
    parts = (np.ascontiguousarray(colour), np.ascontiguousarray(alpha[rect.slices]))
    answer = {"type": "filled", "rect": [rect.top, rect.left, rect.bottom, rect.right]}
    return answer, tuple(memoryview(part).cast("B") for part in parts)


def _options(header: dict[str, Any]) -> FillOptions:
    chosen = {name: header[name] for name in (*WHOLE_NUMBERS, "detail") if header.get(name) is not None}
    for name in WHOLE_NUMBERS:
        if type(chosen.get(name, 0)) is not int:
            raise InputError("bad_field", f"An option cannot be used: {name} must be a whole number.")
    try:
        return FillOptions(**chosen)
    except (ValueError, TypeError) as error:
        raise InputError("bad_field", f"An option cannot be used: {error}.") from error


def _numbers(header: dict[str, Any], name: str, count: int) -> list[int]:
    values = header.get(name)
    if not isinstance(values, list) or len(values) != count or any(type(value) is not int for value in values):
        raise InputError("bad_message", f"The field {name!r} is not {count} numbers; this is a fault of the plug-in.")
    return values
