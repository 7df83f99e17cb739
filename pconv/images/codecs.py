"""Pixels and extras from and to the bytes of a file."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from PIL import Image, PngImagePlugin, TiffImagePlugin

from pconv.images.metadata import PNG_SIGNATURE, Extras, png_chunks, upright
from pconv.images.tiff import encode_tiff

DEFAULT_QUALITY = 95
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0  # a TIFF's tag and one value of it


class PixelError(ValueError):
    """One sentence on what the picture or the format cannot do."""


def decode(image: Image.Image, data: bytes, orientation: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Pixels as displayed.

    Args:
        image: opened from `data`, not yet loaded.
        orientation: EXIF's 1..8, read before loading.

    Returns:
        (H, W, 1|3) pixels and (H, W) alpha or None, both uint8 or uint16.

    Raises:
        PixelError: the pixels are of a kind that is not read; anything else: the file is damaged.
    """
    deep, gray = _is_deep(image, data), image.mode in {"1", "L", "LA", "I;16", "I;16B", "I;16L"}
    turned = image.format == "TIFF"  # Pillow and OpenCV turn a TIFF upright while they load it, and nothing else
    image.load()  # also for deep pictures: Pillow raises on incomplete files, OpenCV returns what it has
    array = _decode_deep(image, data, gray) if deep else _decode_plain(image, gray)
    return _split(array if turned else upright(array, orientation))


def encode(pixels: np.ndarray, alpha: np.ndarray | None, extras: Extras, format: str, quality: int | None) -> bytes:
    """The bytes of a file of `format` ("PNG", "JPEG", "WEBP", "TIFF").

    Raises:
        PixelError: the format cannot hold these pixels.
    """
    array = pixels if alpha is None else np.dstack([pixels, alpha])
    _refuse_unheld(array, alpha is not None, format)
    if array.dtype == np.uint16 and array.shape[2] == 2:  # readers of 16-bit gray with alpha are rare
        array, extras = array[..., [0, 0, 0, 1]], replace(extras, icc=None)
    if format == "TIFF":
        return encode_tiff(array, extras)
    if format == "PNG":
        return _encode_png(array, extras)
    buffer = io.BytesIO()
    try:
        _as_image(array).save(buffer, format, **_lossy_settings(extras, format, quality))
    except (OSError, ValueError) as error:
        raise PixelError(f"{format} cannot hold this picture ({error}); save it as PNG.") from error
    return buffer.getvalue()


def _is_deep(image: Image.Image, data: bytes) -> bool:
    if image.format == "PNG":
        return data[24] == 16
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return max(image.tag_v2.get(258, (1,))) > 8
    return False


def _decode_plain(image: Image.Image, gray: bool) -> np.ndarray:
    mode = ("L" if gray else "RGB") + ("A" if image.has_transparency_data else "")
    return np.asarray(image if image.mode == mode else image.convert(mode))


def _decode_deep(image: Image.Image, data: bytes, gray: bool) -> np.ndarray:
    try:
        array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        array = None
    if array is None or array.dtype != np.uint16:
        raise PixelError("its kind of pixels is not read; save it as a 16-bit PNG.")
    if array.ndim == 3 and gray:
        array = array[..., [0, 3]] if array.shape[2] == 4 else array[..., 0]
    if gray:
        return _plain_gray(image, array)
    return array if array.ndim == 2 else array[..., [2, 1, 0, 3][: array.shape[2]]]


def _plain_gray(image: Image.Image, array: np.ndarray) -> np.ndarray:
    """What OpenCV leaves to others: 0 that stands for white, one value that stands for transparent."""
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        array = array.copy()
        levels = array if array.ndim == 2 else array[..., 0]
        np.invert(levels, out=levels)
    if array.ndim == 2 and isinstance(clear := image.info.get("transparency"), int):
        array = np.dstack([array, np.where(array == clear, np.uint16(0), np.uint16(65535))])
    return array


def _split(array: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    array = array if array.ndim == 3 else array[..., None]
    colours = array.shape[2] - 1 + array.shape[2] % 2
    alpha = array[..., colours] if array.shape[2] > colours else None
    return np.ascontiguousarray(array[..., :colours]), None if alpha is None else np.ascontiguousarray(alpha)


def _refuse_unheld(array: np.ndarray, alpha: bool, format: str) -> None:
    if array.dtype not in (np.uint8, np.uint16):
        raise PixelError(f"{array.dtype} pixels are not written; convert them to 8 or 16 bits.")
    if array.dtype == np.uint16 and format in {"JPEG", "WEBP"}:
        raise PixelError(f"{format} holds 8 bits a channel and this picture has 16; save it as PNG or TIFF.")
    if alpha and format == "JPEG":
        raise PixelError("JPEG holds no transparency; save it as PNG, WebP or TIFF.")


def _as_image(array: np.ndarray) -> Image.Image:
    return Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)


def _common(extras: Extras) -> dict[str, Any]:
    settings = {"icc_profile": extras.icc, "exif": b"Exif\x00\x00" + extras.exif if extras.exif else None}
    return {name: value for name, value in settings.items() if value}


def _lossy_settings(extras: Extras, format: str, quality: int | None) -> dict[str, Any]:
    settings = _common(extras) | ({"xmp": extras.xmp} if extras.xmp else {})
    if format == "WEBP":
        if quality is None and extras.format == "WEBP" and not extras.lossy:
            return settings | {"lossless": True, "exact": True}
        return settings | {"quality": quality or DEFAULT_QUALITY, "method": 4}
    if extras.dpi:
        settings["dpi"] = extras.dpi
    read = dict(extras.jpeg or {})
    if quality is not None or "qtables" not in read:
        read.pop("qtables", None)
        settings["quality"] = quality or DEFAULT_QUALITY
    return settings | read


def _encode_png(array: np.ndarray, extras: Extras) -> bytes:
    """Pillow writes the metadata, and the pixels too unless they are 16-bit colour, which come from OpenCV."""
    info = PngImagePlugin.PngInfo()
    for kind, content in extras.png_chunks:
        info.add(kind, content)
    if extras.xmp:
        info.add_itxt("XML:com.adobe.xmp", extras.xmp.decode(errors="replace"))
    settings = _common(extras) | {"pnginfo": info} | ({"dpi": extras.dpi} if extras.dpi else {})
    deep_colour = array.dtype == np.uint16 and array.shape[2] > 1
    buffer = io.BytesIO()
    (Image.new("RGB", (1, 1)) if deep_colour else _as_image(array)).save(buffer, "PNG", **settings)
    if not deep_colour:
        return buffer.getvalue()
    order = [2, 1, 0, 3][: array.shape[2]]
    body = list(png_chunks(cv2.imencode(".png", array[..., order])[1].tobytes()))
    ancillary = [c for c in png_chunks(buffer.getvalue()) if c[0] not in {b"IHDR", b"IDAT", b"IEND"}]
    before, after = [c for c in ancillary if c[0] != b"eXIf"], [c for c in ancillary if c[0] == b"eXIf"]
    pixels = [c for c in body if c[0] == b"IDAT"]
    return PNG_SIGNATURE + b"".join(map(_chunk, [body[0], *before, *after, *pixels, body[-1]]))


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    kind, content = chunk
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
