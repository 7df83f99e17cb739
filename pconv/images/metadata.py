"""What a picture file carries beside its pixels: EXIF, ICC profile, resolution, XMP, orientation."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, JpegImagePlugin, TiffImagePlugin

from pconv.images.exif import without_thumbnail

ORIENTATION = 274
SUB_IFDS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"tEXt", b"zTXt", b"iTXt"}

RAW_EXIF = ("Raw profile type exif", "Raw profile type APP1")  # as ImageMagick writes it into a PNG's text

# Tags of a TIFF that describe the picture and not how its pixels lie in the file; the last rows are IPTC and GeoTIFF.
TIFF_KEPT = {
    *(269, 270, 271, 272, 274, 282, 283, 285, 296, 305, 306, 315, 316, 33432),
    *range(40091, 40096),
    *(33723, 33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113),
}

# orientation: (transposed, flipped vertically, flipped horizontally), the way from stored to upright
TURNS = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


@dataclass(frozen=True)
class Extras:
    """
    Args:
        format: Pillow's name of the format that was read; None for a picture made in memory.
        exif: a TIFF structure without the "Exif" prefix, its thumbnail blanked.
        xmp, icc: as stored.
        dpi: horizontal, vertical.
        orientation: EXIF's 1..8.
        lossy: the pixels come from a lossy file.
        jpeg: keyword arguments that write a JPEG like the one that was read.
        png_chunks: (type, data) of colour and text chunks, kept byte for byte.
        associated_alpha: a TIFF's colours are multiplied by its alpha.
    """

    format: str | None = None
    exif: bytes | None = None
    icc: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    orientation: int = 1
    lossy: bool = False
    jpeg: dict | None = None
    png_chunks: tuple[tuple[bytes, bytes], ...] = ()
    associated_alpha: bool = False


def read_extras(image: Image.Image, data: bytes) -> Extras:
    """The extras of an opened image whose file is `data`."""
    format = "JPEG" if image.format == "MPO" else image.format
    exif = image.getexif()
    orientation = exif.get(ORIENTATION, 1)
    dpi = image.info.get("dpi")
    return Extras(
        format=format,
        exif=_tiff_exif(exif) if format == "TIFF" else without_thumbnail(image.info.get("exif") or _raw_exif(image)),
        icc=image.info.get("icc_profile"),
        xmp=_as_bytes(image.info.get("xmp")),
        dpi=(float(dpi[0]), float(dpi[1])) if dpi else None,
        orientation=orientation if orientation in TURNS else 1,
        lossy=format == "JPEG" or (format == "WEBP" and b"VP8L" not in riff_chunk_types(data)),
        jpeg=_jpeg_settings(image) if isinstance(image, JpegImagePlugin.JpegImageFile) else None,
        png_chunks=tuple(c for c in png_chunks(data) if _is_kept(c)) if format == "PNG" else (),
        associated_alpha=isinstance(image, TiffImagePlugin.TiffImageFile) and 1 in image.tag_v2.get(338, ()),
    )


def upright(array: np.ndarray, orientation: int) -> np.ndarray:
    """(H, W, …) as stored → as displayed."""
    transposed, vertical, horizontal = TURNS[orientation]
    turned = array.swapaxes(0, 1) if transposed else array
    return np.ascontiguousarray(turned[:: -1 if vertical else 1, :: -1 if horizontal else 1])


def stored(array: np.ndarray, orientation: int) -> np.ndarray:
    """(H, W, …) as displayed → as stored; undoes `upright`."""
    transposed, vertical, horizontal = TURNS[orientation]
    turned = array[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    return np.ascontiguousarray(turned.swapaxes(0, 1) if transposed else turned)


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, contents) of a PNG's chunks; ends where the file does."""
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def riff_chunk_types(data: bytes) -> Iterator[bytes]:
    """Of the chunks of a WebP; ends where the file does."""
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind
        at += 8 + length + length % 2


def _tiff_exif(exif: Image.Exif) -> bytes | None:
    kept = Image.Exif()
    for tag in TIFF_KEPT & set(exif):
        kept[tag] = exif[tag]
    for ifd in SUB_IFDS:
        if values := exif.get_ifd(ifd):
            kept[ifd] = dict(values)
    return kept.tobytes().removeprefix(b"Exif\x00\x00") if kept else None


def _jpeg_settings(image: JpegImagePlugin.JpegImageFile) -> dict:
    settings: dict = {"qtables": image.quantization, "progressive": bool(image.info.get("progressive"))}
    sampling = JpegImagePlugin.get_sampling(image)
    if sampling >= 0:
        settings["subsampling"] = sampling
    if comment := image.info.get("comment"):
        settings["comment"] = comment
    return settings


def _is_kept(chunk: tuple[bytes, bytes]) -> bool:
    """Chunks that are handled by themselves, as EXIF and XMP are, are not."""
    kind, data = chunk
    others = (b"XML:com.adobe.xmp\x00", *(key.encode() for key in RAW_EXIF))
    return kind in PNG_KEPT and not data.startswith(others)


def _raw_exif(image: Image.Image) -> bytes | None:
    """EXIF in hexadecimal text, after three lines that tell what it is."""
    text = next((image.info[key] for key in RAW_EXIF if key in image.info), "")
    try:
        return bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return None


def _as_bytes(value: bytes | str | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
