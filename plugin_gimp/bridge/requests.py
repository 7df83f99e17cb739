"""What a plug-in can ask of its bridge: which part of a layer a fill looks at, and the fill itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from daemon.errors import PconvError
from model.errors import ModelError
from model.geometry.boxes import Box
from model.geometry.contexts import context_box, hole_box, prepare_hole
from model.options import FillOptions

ITEM_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}


class Filler(Protocol):
    """What the bridge needs of a client."""

    def fill(self, image: np.ndarray, hole: np.ndarray, options: FillOptions, **more: Any) -> np.ndarray: ...

    def close(self) -> None: ...


def connect() -> Filler:
    from daemon.client.client import Client

    return Client()


def plan(header: dict[str, Any], body: bytearray) -> list[int]:
    """The part of a layer that a fill would look at, as [top, left, bottom, right].

    Args:
        header: `size` [H, W] of the layer, `hole` [top, left, bottom, right] of the body's mask in it, options.
        body: the mask's uint8 values.

    Raises:
        PconvError: "bad_message", "no_hole".
    """
    height, width = _numbers(header, "size", 2)
    rect = Box(*_numbers(header, "hole", 4))
    if not (0 <= rect.top < rect.bottom <= height and 0 <= rect.left < rect.right <= width):
        raise PconvError("bad_message", "The hole lies outside the layer; this is a fault of the plug-in.")
    if len(body) != rect.shape[0] * rect.shape[1]:
        raise PconvError("bad_message", "The mask's bytes do not match its size; this is a fault of the plug-in.")
    hole = np.zeros((height, width), np.uint8)
    hole[rect.slices] = np.frombuffer(body, np.uint8).reshape(rect.shape)
    options = _options(header)
    box = _checked(context_box, hole, options)
    if box is None:
        raise PconvError("no_hole", "Nothing is selected here; select what should be filled.")
    if prepare_hole(hole, options)[box.slices].all():
        box = Box(0, 0, height, width)
    return [box.top, box.left, box.bottom, box.right]


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
        raise PconvError("bad_message", "The picture's form is unknown; this is a fault of the plug-in.")
    pixel_bytes = height * width * channels * ITEM_BYTES[dtype]
    if len(body) != pixel_bytes + height * width:
        raise PconvError("bad_message", "The picture's bytes do not match its size; this is a fault of the plug-in.")
    view = memoryview(body)
    image = np.frombuffer(view[:pixel_bytes], np.dtype(dtype).newbyteorder("<")).reshape(height, width, channels)
    hole = np.frombuffer(view[pixel_bytes:], np.uint8).reshape(height, width)
    options = _options(header)
    alpha = _checked(prepare_hole, hole, options)
    if not alpha.any():
        raise PconvError("no_hole", "Nothing is selected here; select what should be filled.")
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
    chosen = {name: header[name] for name in ("grow", "feather", "context", "detail") if header.get(name) is not None}
    try:
        return FillOptions(**chosen)
    except (ValueError, TypeError) as error:
        raise PconvError("bad_field", f"An option cannot be used: {error}.") from error


def _numbers(header: dict[str, Any], name: str, count: int) -> list[int]:
    values = header.get(name)
    if not isinstance(values, list) or len(values) != count or any(type(value) is not int for value in values):
        raise PconvError("bad_message", f"The field {name!r} is not {count} numbers; this is a fault of the plug-in.")
    return values


def _checked(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except ModelError as error:
        raise PconvError(error.code, str(error)) from error
