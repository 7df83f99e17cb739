"""Colours in the 256 of a GIF: exact where they suffice."""

from __future__ import annotations

import numpy as np
from PIL import Image

MOST_COLOURS = 256
CLEAR = 255  # number of what is transparent
OPAQUE_FROM = 128  # of alpha


def beyond_palette(array: np.ndarray) -> bool:
    """True when (H, W, 1..4) uint8 holds more colours than a GIF's palette."""
    if array.shape[2] < 3:
        return False
    clear = _clear(array)
    return len(np.unique(_numbers(array[~clear][:, :3]))) > MOST_COLOURS - int(clear.any())


def as_indexed(array: np.ndarray) -> Image.Image:
    """(H, W, 1..4) uint8 as a picture with a palette; colours beyond it become near ones."""
    if array.shape[2] == 1:
        return Image.fromarray(array[..., 0])
    if array.shape[2] == 2:
        array = np.dstack([array[..., :1]] * 3 + [array[..., 1:]])
    clear = _clear(array)
    room, colours = MOST_COLOURS - clear.any(), np.unique(_numbers(array[~clear][:, :3]))
    if len(colours) <= room:
        places = np.searchsorted(colours, _numbers(array[..., :3]))  # those of what is clear do not count
        image = Image.fromarray(places.astype(np.uint8), "P")
        image.putpalette(_table(colours).tobytes())
    else:
        image = Image.fromarray(array[..., :3]).quantize(int(room), dither=Image.Dither.FLOYDSTEINBERG)
    if clear.any():
        indices = np.where(clear, CLEAR, np.asarray(image)).astype(np.uint8)
        whole = bytes(image.getpalette() or []).ljust(3 * MOST_COLOURS, b"\x00")
        image = Image.fromarray(indices, "P")
        image.putpalette(whole)
        image.info["transparency"] = CLEAR
    return image


def within_palette(filled: np.ndarray, hole: np.ndarray, alpha: np.ndarray | None = None) -> np.ndarray:
    """Take so many colours in a hole that a palette holds them beside all kept ones.

    Args:
        filled: (H, W, 3) uint8.
        hole: (H, W) bool.
        alpha: (H, W) uint8; the colours of what it hides need no place.

    Returns:
        The picture; as it came where the kept colours alone are too many.
    """
    clear = np.zeros(hole.shape, bool) if alpha is None else alpha < OPAQUE_FROM
    kept = np.unique(_numbers(filled[~hole & ~clear]))
    room = int(MOST_COLOURS - clear.any() - len(kept))
    if room < 0:
        return filled
    inside = Image.fromarray(filled[hole][None])
    table = _table(kept)
    if room:
        made = inside.quantize(room).getpalette() or []
        table = np.concatenate([table, np.reshape(made, (-1, 3)).astype(np.uint8)[:room]])
    palette = Image.new("P", (1, 1))
    palette.putpalette(table.tobytes() + table[:1].tobytes() * (MOST_COLOURS - len(table)))
    result = filled.copy()
    result[hole] = np.asarray(inside.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB"))[0]
    return result


def _clear(array: np.ndarray) -> np.ndarray:
    """(H, W) bool of (H, W, 3|4): what does not show."""
    return array[..., 3] < OPAQUE_FROM if array.shape[2] == 4 else np.zeros(array.shape[:2], bool)


def _table(numbers: np.ndarray) -> np.ndarray:
    """(N) numbers → (N, 3) uint8 colours."""
    return np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=1).astype(np.uint8)


def _numbers(colours: np.ndarray) -> np.ndarray:
    """(…, 3) uint8 → (…) one number for each."""
    wide = colours.astype(np.uint32)
    return wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
