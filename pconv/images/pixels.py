"""Pixels as arrays: colours and alpha apart, and which of them a format can hold."""

from __future__ import annotations

import numpy as np

NAMES = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "AVIF": "AVIF", "HEIF": "HEIC", "GIF": "GIF", "TIFF": "TIFF"}
DEEP = {"PNG", "TIFF", "HEIF"}  # hold more than 8 bits a channel


class PixelError(ValueError):
    """One sentence on what the picture or the format cannot do."""


def chosen(page: int | None, count: int, word: str) -> int:
    """The index of the page, from 1, that is wanted of so many; `word` is what they are called.

    Raises:
        PixelError: there is no such page, or there are several and none is named.
    """
    if page is None and count > 1:
        raise PixelError(f"it has {count} {word}s; choose one with --page N (page=N in Python), or fill --all-pages.")
    if not 1 <= (page or 1) <= count:
        raise PixelError(f"it has {count} {word}{'s' * (count > 1)} and none of number {page}.")
    return (page or 1) - 1


def split(array: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """(H, W) or (H, W, 1..4) → (H, W, 1|3) colours, and (H, W) alpha or None."""
    array = array if array.ndim == 3 else array[..., None]
    colours = array.shape[2] - 1 + array.shape[2] % 2
    alpha = array[..., colours] if array.shape[2] > colours else None
    return np.ascontiguousarray(array[..., :colours]), None if alpha is None else np.ascontiguousarray(alpha)


def divided(array: np.ndarray) -> np.ndarray:
    """(H, W, C) colours that were multiplied by the alpha beside them, as they were before; black where nothing is."""
    colours, alpha = array[..., :-1], array[..., -1:]
    if array.dtype == np.float32:
        return np.dstack([np.where(alpha > 0, colours / np.where(alpha > 0, alpha, 1), 0), alpha])
    most = np.iinfo(array.dtype).max
    plain = np.rint(colours * (most / np.maximum(alpha, 1).astype(np.float32)))
    return np.dstack([np.minimum(plain, most).astype(array.dtype) * (alpha > 0), alpha])


def as_uint8(array: np.ndarray) -> np.ndarray:
    """The upper 8 bits; of floats 0..1 in 255 steps."""
    if array.dtype == np.float32:
        return np.rint(np.nan_to_num(array).clip(0, 1) * 255).astype(np.uint8)
    return (array >> 8).astype(np.uint8) if array.dtype == np.uint16 else array


def refuse_unheld(pixels: np.ndarray, alpha: np.ndarray | None, format: str) -> None:
    """Refuse pixels that a format cannot hold.

    Raises:
        PixelError: the format cannot hold these pixels.
    """
    if pixels.dtype not in (np.uint8, np.uint16, np.float32):
        raise PixelError(f"{pixels.dtype} pixels are not written; convert them to 8 or 16 bits.")
    if pixels.dtype == np.float32 and format != "TIFF":
        raise PixelError(f"{NAMES[format]} holds no floating-point numbers as this picture has; save it as TIFF.")
    if pixels.dtype == np.uint16 and format not in DEEP:
        raise PixelError(f"{NAMES[format]} holds 8 bits a channel and this picture has 16; save it as PNG or TIFF.")
    if alpha is not None and format == "JPEG":
        raise PixelError("JPEG holds no transparency; save it as PNG, WebP or TIFF.")
