"""What a plug-in can ask of its bridge: which part of a layer a fill looks at, and the fill itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from model.errors import InputError, PconvError
from model.geometry.boxes import Box
from model.geometry.contexts import fill_area
from model.geometry.directions import DIRECTIONS, forbid_beyond
from model.options import FillOptions

if TYPE_CHECKING:
    from daemon.client.client import Filled

ITEM_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}
AROUND, MARKED = "around", "channel"  # beside the directions, of `texture_from`
WHOLE_NUMBERS = ("grow", "feather", "context", "seed", "variants")


class Filler(Protocol):
    """What the bridge needs of a client."""

    def fill_box(
        self,
        image: np.ndarray,
        hole: np.ndarray,
        options: FillOptions,
        *,
        forbid: np.ndarray | None = None,
        progress: Callable[[Any], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> Filled | None: ...

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
        PconvError: "bad_message", "no_hole", "no_context".
    """
    height, width = _numbers(header, "size", 2)
    rect = Box(*_numbers(header, "hole", 4))
    if not (0 <= rect.top < rect.bottom <= height and 0 <= rect.left < rect.right <= width):
        raise InputError("bad_message", "The hole lies outside the layer; this is a fault of the plug-in.")
    if len(body) != rect.shape[0] * rect.shape[1]:
        raise InputError("bad_message", "The mask's bytes do not match its size; this is a fault of the plug-in.")
    hole = np.zeros((height, width), np.uint8)
    hole[rect.slices] = np.frombuffer(body, np.uint8).reshape(rect.shape)
    area = fill_area(hole, _options(header))
    if area is None:
        raise _no_hole()
    return {"type": "context", "box": list(area.box)}, area.hole().data.cast("B")


def fill(
    header: dict[str, Any], body: bytearray, filler: Callable[[], Filler], **more: Any
) -> tuple[dict[str, Any], tuple[memoryview, ...]]:
    """Fill a rectangle of a layer.

    Args:
        header: `size` [H, W], `channels` (1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha), `dtype`, `texture_from`
            ("around", "sides", "above-and-below", "channel"), options.
        body: H·W·channels values, then H·W uint8 of the hole; for "channel" H·W uint8, not 0 where no texture may be
            taken from.

    Returns:
        Header with `rect` [top, left, bottom, right], the grown hole's bounding box, and `variants`; the pixels there
        without alpha, of each variant, the best first; the uint8 blend alpha. The pixels are the pure fill: whoever
        shows them blends by that alpha. There may be fewer variants than the options want.

    Raises:
        PconvError: of the message, or of the client.
    """
    height, width = _numbers(header, "size", 2)
    channels, dtype = header.get("channels"), header.get("dtype")
    if channels not in (1, 2, 3, 4) or dtype not in ITEM_BYTES or min(height, width) < 1:
        raise InputError("bad_message", "The picture's form is unknown; this is a fault of the plug-in.")
    pixel_bytes = height * width * channels * ITEM_BYTES[dtype]
    texture_from = header.get("texture_from", AROUND)
    if texture_from not in (AROUND, MARKED, *DIRECTIONS):
        raise InputError("bad_field", f"An option cannot be used: texture_from is no {texture_from!r}.")
    masks = 2 if texture_from == MARKED else 1
    if len(body) != pixel_bytes + masks * height * width:
        raise InputError("bad_message", "The picture's bytes do not match its size; this is a fault of the plug-in.")
    view = memoryview(body)
    image = np.frombuffer(view[:pixel_bytes], np.dtype(dtype).newbyteorder("<")).reshape(height, width, channels)
    hole, *marked = np.frombuffer(view[pixel_bytes:], np.uint8).reshape(masks, height, width)
    options, forbid = _options(header), marked[0] if marked else None
    if texture_from in DIRECTIONS:
        forbid = forbid_beyond(hole, texture_from, options)
    client = filler()
    try:
        filled = client.fill_box(image, hole, options, forbid=forbid, **more)
    finally:
        client.close()
    if filled is None:
        raise _no_hole()
    colours = [pixels[..., : 1 if channels < 3 else 3] for pixels in (filled.pixels, *filled.others)]
    parts = tuple(np.ascontiguousarray(part).data.cast("B") for part in (*colours, filled.alpha))
    return {"type": "filled", "rect": list(filled.box), "variants": len(colours)}, parts


def _no_hole() -> InputError:
    return InputError("no_hole", "Nothing is selected here; select what should be filled.")


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
