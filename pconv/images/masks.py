"""Masks on disk, read as holes: white = hole, black = keep, gray = blend, transparent = keep."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from pconv.images.faults import ImageFileError, read_bytes
from pconv.images.files import MASK_FORMATS, Picture, read
from pconv.images.metadata import upright
from pconv.images.pixels import as_uint8
from pconv.images.tiff_reader import is_tiff

BINARY_FROM = 128


def read_hole(
    path: Path | str,
    shape: tuple[int, int],
    *,
    invert: bool = False,
    any_nonzero: bool = False,
    resize: bool = False,
    page: int | None = None,
) -> np.ndarray:
    """Read a mask: white = hole, black = keep, gray = blend; transparent = keep.

    Colours count by their luma. Masks of lossy files (JPEG, lossy WebP) are cut at 128, as their edges are noise.

    Args:
        path: of a mask, which may also be a BMP.
        shape: (H, W) of the picture as displayed.
        invert: fill what would be kept, and keep what would be filled.
        any_nonzero: every value but 0 is hole, as in masks of labels; in a palette the number counts, not its colour.
        resize: a mask of another size is scaled to the picture's; black and white stay so.
        page: of a mask with several pages or frames, from 1.

    Returns:
        (H, W) uint8, 255 = fill.

    Raises:
        ImageFileError: as a strict `read_picture`, and `mask_size`.
    """
    hole, _ = read_mask(path, shape, invert=invert, any_nonzero=any_nonzero, resize=resize, page=page)
    return hole


def read_mask(
    path: Path | str,
    shape: tuple[int, int],
    *,
    invert: bool = False,
    any_nonzero: bool = False,
    resize: bool = False,
    page: int | None = None,
) -> tuple[np.ndarray, tuple[int, int]]:
    """The same as `read_hole`, and (H, W) of the mask in its file."""
    path = Path(path)
    data = read_bytes(path)
    mask = read(path, data, MASK_FORMATS, page, strict=True)  # half a mask is another mask
    if mask.pixels.shape[:2] != shape and not resize:
        (height, width), (mask_height, mask_width) = shape, mask.pixels.shape[:2]
        raise ImageFileError(
            "mask_size",
            f"{path} is {mask_width}×{mask_height}, but the picture is {width}×{height} as displayed; "
            "save the mask at the picture's size, or use --resize-mask (resize=True in Python).",
        )
    hole = _labelled(path, data, mask, page) if any_nonzero else _shades(mask)
    if mask.alpha is not None:
        hole = (hole.astype(np.uint16) * as_uint8(mask.alpha) // 255).astype(np.uint8)
    if mask.extras.lossy:
        hole = _cut(hole)
    hole = _scaled(hole, shape)
    return (255 - hole if invert else hole), mask.pixels.shape[:2]


def _shades(mask: Picture) -> np.ndarray:
    pixels = as_uint8(mask.pixels)
    return pixels[..., 0] if pixels.shape[2] == 1 else np.asarray(Image.fromarray(pixels).convert("L"))


def _cut(hole: np.ndarray) -> np.ndarray:
    return np.where(hole >= BINARY_FROM, 255, 0).astype(np.uint8)


def _scaled(hole: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Averaged where it shrinks; what was black and white alone stays so."""
    if hole.shape == shape:
        return hole
    shrinks = hole.shape[0] > shape[0] or hole.shape[1] > shape[1]
    scaled = cv2.resize(hole, shape[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return _cut(scaled) if np.isin(hole, (0, 255)).all() else scaled


def _labelled(path: Path, data: bytes, mask: Picture, page: int | None) -> np.ndarray:
    """255 where a label is another than 0."""
    if mask.extras.lossy:
        raise ImageFileError("unsupported_image", f"{path} is compressed with loss, so no value is exact; use a PNG.")
    labels = mask.pixels
    if not is_tiff(data):
        with Image.open(io.BytesIO(data)) as image:
            if image.mode == "P" and page in (None, 1):
                labels = upright(np.asarray(image)[..., None], mask.extras.orientation)
    return np.where(labels.any(axis=2), 255, 0).astype(np.uint8)
