"""Pixels and extras from and to the bytes of a file."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from dataclasses import replace
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image, ImageFile, PngImagePlugin

from pconv.images.colours import SRGB, has_profile, in_srgb
from pconv.images.heif import encode_heif
from pconv.images.metadata import PNG_SIGNATURE, Extras, png_chunks, upright
from pconv.images.palette import as_indexed
from pconv.images.photoshop import as_segments, with_iptc
from pconv.images.pixels import PixelError, divided, refuse_unheld, split
from pconv.images.tiff import encode_tiff

DEFAULT_QUALITY = 95
PICTURE_CHUNKS = {b"IHDR", b"IDAT", b"IEND"}
AVIF_HEAD = 2**14  # bytes in which an AVIF tells how its pixels are kept

_long_buffers = threading.Lock()  # their size is one for all threads


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
    bits = _bits(image, data)
    gray = image.mode in {"1", "L", "LA", "I;16", "I;16B", "I;16L"}
    turned = image.format == "TIFF"  # Pillow turns a TIFF upright while it loads it, and nothing else
    image.load()  # also for deep pictures: Pillow raises on incomplete files
    if bits > 8:
        array = _decode_deep(image, data) if image.format == "PNG" else _decode_avif(data, bits)
    else:
        array = _decode_plain(image, gray, bits)
    return split(array if turned else upright(array, orientation))


def encode(pixels: np.ndarray, alpha: np.ndarray | None, extras: Extras, format: str, quality: int | None) -> bytes:
    """The bytes of a file of `format`, one of `NAMES`.

    Raises:
        PixelError: the format cannot hold these pixels.
    """
    refuse_unheld(pixels, alpha, format)
    array = as_array(pixels, alpha)
    if extras.associated_alpha and format != "TIFF":
        array = divided(array)
    if format == "GIF":
        return _saved(as_indexed(array), format, {})
    if format == "TIFF":
        return encode_tiff(array, extras)
    if format == "PNG":
        return _encode_png(array, extras)
    if format == "HEIF":
        return encode_heif(array, extras, quality or DEFAULT_QUALITY)
    if format in {"WEBP", "AVIF"} and array.shape[2] < 3 and has_profile(extras.icc, "L"):
        rgb, _ = in_srgb(Image.fromarray(array[..., 0]), extras.icc)
        array, extras = np.dstack([rgb, array[..., 1:]]), replace(extras, icc=SRGB)
    settings = lossy_settings(extras, format, quality)
    try:
        return _saved(as_image(array), format, settings)
    except OSError:  # Pillow guesses how long a progressive JPEG will be
        with _long_buffers:
            usual, ImageFile.MAXBLOCK = ImageFile.MAXBLOCK, 4 * array.size + 2**20
            try:
                return _saved(as_image(array), format, settings)
            finally:
                ImageFile.MAXBLOCK = usual


def _saved(image: Image.Image, format: str, settings: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **settings)
    return buffer.getvalue()


def _bits(image: Image.Image, data: bytes) -> int:
    """Of a channel; above 8 only where all of them are to be read by another than Pillow."""
    bits = 8
    if image.format == "PNG":
        bits = data[24]
    elif image.format == "AVIF" and 0 <= (at := data.find(b"pixi", 0, AVIF_HEAD)) < len(data) - 9:
        bits = data[at + 9]  # of a box: four bytes of version, the number of channels, the bits of each
    if bits > 8 and getattr(image, "n_frames", 1) > 1:
        raise PixelError(f"its frames have {bits} bits a channel; save it with 8.")
    return bits


def _decode_avif(data: bytes, bits: int) -> np.ndarray:
    """An AVIF of 10 or 12 bits, spread over 16."""
    array = imagecodecs.avif_decode(data)
    return (array << (16 - bits)) | (array >> (2 * bits - 16))


def _decode_plain(image: Image.Image, gray: bool, bits: int) -> np.ndarray:
    if gray and isinstance(clear := image.info.get("transparency"), int):
        array = np.asarray(image.convert("L"))
        widened = 1 if image.mode == "1" else 255 // (2**bits - 1)  # else the level is in the file's own bits
        return np.dstack([array, _where_not(array, clear * widened)])
    mode = ("L" if gray else "RGB") + ("A" if image.has_transparency_data else "")
    return np.asarray(image if image.mode == mode else image.convert(mode))


def _decode_deep(image: Image.Image, data: bytes) -> np.ndarray:
    """A PNG of 16 bits a channel, without what is not pixels: libraries print what they think of it."""
    bare = b"".join(_chunk(chunk) for chunk in png_chunks(data) if chunk[0] in PICTURE_CHUNKS)
    array = imagecodecs.png_decode(PNG_SIGNATURE + bare)
    clear = image.info.get("transparency")
    return array if clear is None else np.dstack([array, _where_not(array, clear)])


def _where_not(array: np.ndarray, clear: int | tuple[int, int, int]) -> np.ndarray:
    """(H, W) alpha: 0 where the colour is the one that stands for transparent."""
    same = array == np.asarray(clear)
    return np.where(same if array.ndim == 2 else same.all(axis=2), 0, np.iinfo(array.dtype).max).astype(array.dtype)


def as_array(pixels: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """(H, W, 1..4)."""
    return pixels if alpha is None else np.dstack([pixels, alpha])


def as_image(array: np.ndarray) -> Image.Image:
    return Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)


def _common(extras: Extras) -> dict[str, Any]:
    settings = {"icc_profile": extras.icc, "exif": b"Exif\x00\x00" + extras.exif if extras.exif else None}
    return {name: value for name, value in settings.items() if value}


def lossy_settings(extras: Extras, format: str, quality: int | None) -> dict[str, Any]:
    settings = _common(extras) | ({"xmp": extras.xmp} if extras.xmp else {})
    if format == "WEBP":
        if quality is None and extras.format == "WEBP" and not extras.lossy:
            return settings | {"lossless": True, "exact": True}
        return settings | {"quality": quality or DEFAULT_QUALITY, "method": 4}
    if format == "AVIF":
        return settings | {"quality": quality or DEFAULT_QUALITY}
    if extras.dpi:
        settings["dpi"] = extras.dpi
    resources = with_iptc(extras.photoshop or b"", extras.iptc) if extras.iptc else extras.photoshop
    segments = [(0xE1, content) for content in extras.xmp_extension]
    segments += [(0xED, content) for content in as_segments(resources or b"")]
    settings["extra"] = b"".join(struct.pack(">BBH", 0xFF, kind, len(c) + 2) + c for kind, c in segments)
    read = dict(extras.jpeg or {})
    if quality is not None or "qtables" not in read:
        read.pop("qtables", None)
        settings["quality"] = quality or DEFAULT_QUALITY
    return settings | read


def _encode_png(array: np.ndarray, extras: Extras) -> bytes:
    """Pillow writes the metadata, and the pixels too unless they are of 16 bits."""
    deep = array.dtype == np.uint16
    data = _saved(Image.new("RGB", (1, 1)) if deep else as_image(array), "PNG", png_settings(extras))
    if not deep:
        return with_kept_chunks(data, extras)
    pixels = imagecodecs.png_encode(array[..., 0] if array.shape[2] == 1 else array)
    head, *body = png_chunks(bytes(pixels))
    beside = [chunk for chunk in png_chunks(data) if chunk[0] not in PICTURE_CHUNKS]
    chunks = [head, *beside, *(chunk for chunk in body if chunk[0] in PICTURE_CHUNKS)]
    return with_kept_chunks(PNG_SIGNATURE + b"".join(map(_chunk, chunks)), extras)


def png_settings(extras: Extras) -> dict[str, Any]:
    """Of Pillow's `save`."""
    info = PngImagePlugin.PngInfo()
    if extras.xmp:
        info.add_itxt("XML:com.adobe.xmp", extras.xmp.decode(errors="replace"))
    settings = _common(extras) | {"pnginfo": info}
    if extras.dpi and not any(kind == b"pHYs" for kind, _ in extras.png_chunks):
        settings["dpi"] = extras.dpi
    return settings


def with_kept_chunks(png: bytes, extras: Extras) -> bytes:
    """The file with the chunks that were read put in as they are."""
    head, *rest = map(_chunk, png_chunks(png))
    return b"".join([PNG_SIGNATURE, head, *map(_chunk, extras.png_chunks), *rest])


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    kind, content = chunk
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
