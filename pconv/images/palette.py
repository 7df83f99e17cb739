"""Colours in the 256 of a GIF: exact where they suffice."""

from __future__ import annotations

import numpy as np
from PIL import Image

MOST_COLOURS = 256
CLEAR = 255  # number of what is transparent


def beyond_palette(array: np.ndarray) -> bool:
    """True when (H, W, 1..4) uint8 holds more colours than a GIF's palette."""
    return array.shape[2] > 2 and len(np.unique(_numbers(_visible(array)))) > _room(array)


def as_indexed(array: np.ndarray) -> Image.Image:
    """(H, W, 1..4) uint8 as a picture with a palette; colours beyond it become near ones."""
    if array.shape[2] == 1:
        return Image.fromarray(array[..., 0])
    if array.shape[2] == 2:
        array = np.dstack([array[..., :1]] * 3 + [array[..., 1:]])
    clear = array[..., 3] < 128 if array.shape[2] == 4 else None
    colours, places = np.unique(_numbers(array[..., :3]), return_inverse=True)
    if clear is not None:
        colours, places = np.unique(np.where(clear, 0, _numbers(array[..., :3])), return_inverse=True)
    if len(colours) <= _room(array):
        table = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1).astype(np.uint8)
        image = Image.fromarray(places.reshape(array.shape[:2]).astype(np.uint8), "P")
        image.putpalette(table.tobytes())
    else:
        image = Image.fromarray(array[..., :3]).quantize(_room(array), dither=Image.Dither.FLOYDSTEINBERG)
    if clear is not None and clear.any():
        indices = np.where(clear, CLEAR, np.asarray(image)).astype(np.uint8)
        whole = bytes(image.getpalette() or []).ljust(3 * MOST_COLOURS, b"\x00")
        image = Image.fromarray(indices, "P")
        image.putpalette(whole)
        image.info["transparency"] = CLEAR
    return image


def within_palette(filled: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Take so many colours in a hole that a palette holds them beside all kept ones.

    Args:
        filled: (H, W, 3) uint8.
        hole: (H, W) bool.

    Returns:
        The picture; as it came where the kept colours alone are too many.
    """
    kept = np.unique(_numbers(filled[~hole]))
    room = MOST_COLOURS - 1 - len(kept)  # one may stand for transparent
    if room < 0:
        return filled
    inside = Image.fromarray(filled[hole][None])
    table = np.stack([kept >> 16, kept >> 8 & 255, kept & 255], axis=1).astype(np.uint8)
    if room:
        made = inside.quantize(room).getpalette() or []
        table = np.concatenate([table, np.reshape(made, (-1, 3)).astype(np.uint8)[:room]])
    palette = Image.new("P", (1, 1))
    palette.putpalette(table.tobytes() + table[:1].tobytes() * (MOST_COLOURS - len(table)))
    result = filled.copy()
    result[hole] = np.asarray(inside.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB"))[0]
    return result


def _room(array: np.ndarray) -> int:
    return MOST_COLOURS - (array.shape[2] == 4)


def _visible(array: np.ndarray) -> np.ndarray:
    """(N, 3) of those pixels that show."""
    return array[array[..., 3] >= 128][:, :3] if array.shape[2] == 4 else array.reshape(-1, 3)


def _numbers(colours: np.ndarray) -> np.ndarray:
    """(…, 3) uint8 → (…) one number for each."""
    wide = colours.astype(np.uint32)
    return wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
