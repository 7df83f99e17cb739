"""What a picture file carries beside its pixels: EXIF, ICC profile, resolution, XMP, orientation."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, JpegImagePlugin, TiffImagePlugin

from pconv.images.exif import without_thumbnail
from pconv.images.photoshop import from_segments as photoshop_resources
from pconv.images.photoshop import iptc_of
from pconv.images.xmp import extension_segments, extension_text, without_extension, without_pointers

ORIENTATION = 274
SUB_IFDS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
INCHES = {2: 1.0, 3: 2.54}  # EXIF's units of resolution: inch, centimetre; 1 is none
BIG_TIFF = {b"+\x00", b"\x00+"}
GAIN_MAP = b"urn:iso:std:iso:ts:21496:-1\x00"  # starts a segment that describes one
SAMSUNG_VIDEO = b"MotionPhoto_Data"
FRAME_HEAD = 16  # bytes in an animated WebP before the chunks of a frame
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"tEXt", b"zTXt", b"iTXt", b"pHYs"}

RAW_EXIF = ("Raw profile type exif", "Raw profile type APP1")  # as ImageMagick writes it into a PNG's text

# Tags of a TIFF that describe the picture and not how its pixels lie in the file; the last row is GeoTIFF.
TIFF_KEPT = {
    *(269, 270, 271, 272, 274, 282, 283, 285, 296, 305, 306, 315, 316, 33432),
    *range(40091, 40096),
    *(33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113),
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
    """What a file carries beside its pixels.

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
        xmp_extension: contents of a JPEG's segments of XMP that is too long for one.
        iptc: captions as IIM records, byte for byte.
        photoshop: image resources, without their thumbnails; they may hold the IPTC too.
        converted: what reading did to the colours, in words; or "".
        damage: what is missing of the pixels, in words; or "".
        duration, plays: milliseconds that a frame is shown; how often an animation is, 0 for ever; None of others.
        left_out: words for what is not read and so goes into no file.
        samples: (H, W) each, as stored: what a TIFF holds beside colours and alpha.
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
    xmp_extension: tuple[bytes, ...] = ()
    iptc: bytes | None = None
    photoshop: bytes | None = None
    converted: str = ""
    damage: str = ""
    duration: float | None = None
    plays: int | None = None
    left_out: tuple[str, ...] = ()
    samples: tuple[np.ndarray, ...] = ()

    @property
    def amiss(self) -> list[str]:
        """What a person should know of the reading, in words."""
        return [words for words in (self.damage, self.converted) if words]


def read_extras(image: Image.Image, data: bytes) -> Extras:
    """The extras of an opened image whose file is `data`; no TIFF."""
    format = "JPEG" if image.format == "MPO" else image.format
    exif = image.getexif()
    orientation = exif.get(ORIENTATION, 1)
    segments = getattr(image, "applist", [])
    photoshop, xmp = photoshop_resources(segments), _xmp(image.info.get("xmp"), segments)
    return Extras(
        format=format,
        exif=without_thumbnail(image.info.get("exif") or _raw_exif(image)),
        icc=image.info.get("icc_profile"),
        xmp=xmp.packet,
        xmp_extension=xmp.extension,
        dpi=_dpi(image, exif),
        orientation=orientation if orientation in TURNS else 1,
        lossy=format in {"JPEG", "AVIF"} or (format == "WEBP" and b"VP8L" not in riff_chunk_types(data)),
        jpeg=_jpeg_settings(image) if isinstance(image, JpegImagePlugin.JpegImageFile) else None,
        iptc=iptc_of(photoshop),
        photoshop=photoshop or None,
        left_out=tuple(dict.fromkeys([*xmp.words, *_beside(image, data, segments)])),
        png_chunks=tuple(c for c in png_chunks(data) if _is_kept(c)) if format == "PNG" else (),
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
    """Of the chunks of a WebP, those of its frames too; ends where the file does."""
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind
        at += 8 + (FRAME_HEAD if kind == b"ANMF" else length + length % 2)


def tiff_exif(data: bytes, offset: int) -> bytes | None:
    """The descriptive tags of a TIFF's directory at `offset`, and the EXIF and GPS below it, as an EXIF block."""
    tags, kept = _directory(data, offset), Image.Exif()
    for tag in TIFF_KEPT & set(tags):
        kept[tag] = tags[tag]
    for ifd in SUB_IFDS:
        if isinstance(at := tags.get(ifd), int) and (values := dict(_directory(data, at))):
            kept[ifd] = values
    return kept.tobytes().removeprefix(b"Exif\x00\x00") if kept else None


def _directory(data: bytes, offset: int) -> TiffImagePlugin.ImageFileDirectory_v2:
    head = b"II+\x00" + data[4:16] if data[2:4] in BIG_TIFF else data[:8]  # Pillow knows no other BigTIFF
    directory = TiffImagePlugin.ImageFileDirectory_v2(head, prefix=data[:2])
    file = io.BytesIO(data)
    file.seek(offset)
    directory.load(file)
    return directory


def _dpi(image: Image.Image, exif: Image.Exif) -> tuple[float, float] | None:
    """As the format itself says, else as EXIF does; Pillow's own answer is 72 where nothing is said."""
    if "jfif_density" in image.info and (inches := INCHES.get(image.info["jfif_unit"] + 1)):
        across, down = image.info["jfif_density"]
        return float(across) * inches, float(down) * inches
    if image.format == "PNG" and "dpi" in image.info:
        across, down = image.info["dpi"]
        return float(across), float(down)
    across, down, inches = exif.get(282), exif.get(283), INCHES.get(exif.get(296, 2))
    if not (across and down and inches):
        return None
    return float(across) * inches, float(down) * inches


def exif_has(exif: bytes | None, tag: int) -> bool:
    """True when the first directory of an EXIF block has the tag."""
    if not exif:
        return False
    tags = Image.Exif()
    tags.load(exif)
    return tag in tags


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


@dataclass(frozen=True)
class _Xmp:
    """What is kept of XMP, and words for what it pointed at."""

    packet: bytes | None
    extension: tuple[bytes, ...]
    words: list[str]


def _xmp(packet: bytes | str | None, segments: list[tuple[str, bytes]]) -> _Xmp:
    if packet is None:
        return _Xmp(None, (), [])
    packet, words = without_pointers(packet.encode() if isinstance(packet, str) else packet)
    extension = extension_segments(segments)
    _, more = without_pointers(extension_text(extension))
    return _Xmp(without_extension(packet), (), words + more) if more else _Xmp(packet, extension, words)


def _beside(image: Image.Image, data: bytes, segments: list[tuple[str, bytes]]) -> list[str]:
    """Words for what stands in the file beside the picture, whether or not XMP knows it."""
    words = []
    if any(content.startswith(GAIN_MAP) for _, content in segments):
        words.append("gain map")
    elif image.format == "MPO" and not _has_gain_map(image):
        words.append("pictures beside the first")
    if image.format in {"JPEG", "MPO"} and SAMSUNG_VIDEO in data:
        words.append("video")
    return words


def _has_gain_map(image: Image.Image) -> bool:
    return b"hdr-gain-map" in (image.info.get("xmp") or b"")
