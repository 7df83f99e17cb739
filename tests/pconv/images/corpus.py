"""Picture files of every kind that `docs/command.md` names, made by other libraries than those that read them here."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, product

import numpy as np
import tifffile
from PIL import Image, ImageCms
from skimage import data as samples

from pconv.images.colours import SRGB as BECOMES

PHOTO = samples.chelsea()[60:108, 80:144]  # (48, 64, 3)
ALPHA = samples.camera()[60:108, 80:144]
DEEP = PHOTO.astype(np.uint16) * 257 ^ np.random.default_rng(5).integers(0, 256, PHOTO.shape, dtype=np.uint16)
DEEP_ALPHA = ALPHA.astype(np.uint16) * 257
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GRAY = SRGB[:16] + b"GRAY" + SRGB[20:]  # enough of a profile to be carried along
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
XMP += b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="a photo"/></rdf:RDF></x:xmpmeta>'
IPTC = b"\x1c\x02\x78\x00\x05A cat\x1c\x02\x69\x00\x03Cat"
TAKEN = "2020:01:02 03:04:05"
DPI = 300
ORIENTATIONS = range(1, 9)
CONVERTED = ("CMYK", "Lab")  # into sRGB, and the file has no profile of its own


@dataclass(frozen=True)
class Case:
    """A file of the corpus.

    Args:
        name: format, kind and what else is special.
        make: the bytes of the file.
        shown: (H, W, 1..4), what it shows when turned upright.
        near: how far what is read may be from that, on average; 0 of lossless files.
        orientation: EXIF's.
        profile, xmp, iptc: those that the picture carries once it is read.
        usual: first of its kind.
    """

    name: str
    suffix: str
    make: Callable[[], bytes]
    shown: np.ndarray
    near: float
    orientation: int
    profile: bytes | None
    xmp: bytes | None
    iptc: bytes | None
    usual: bool


def turned(array: np.ndarray, orientation: int) -> np.ndarray:
    """(H, W, C) as stored → upright, as EXIF defines it."""
    mirrored = array[:, ::-1] if orientation in {2, 4, 5, 7} else array
    return np.rot90(mirrored, {1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}[orientation])


def corpus() -> Iterator[Case]:
    """Each kind in all orientations, with and without a profile in turn; the rest of what a file carries always."""
    for kinds, orientations in (
        (_pngs(), ORIENTATIONS),
        (_tiffs(), (1, 6)),
        (_jpegs(), ORIENTATIONS),
        (_others(), (1, 3, 6, 8)),
    ):
        for (name, suffix, make, shown, near), number in zip(kinds, cycle(range(2)), strict=False):
            for turn in orientations:
                plain = suffix == ".gif"
                if plain and turn > 1:
                    continue
                own = (GRAY if shown.shape[2] < 3 else SRGB) if (turn + number) % 2 and not plain else None
                profile = BECOMES if any(colours in name for colours in CONVERTED) else own
                beside = (turn, own)
                yield Case(
                    f"{suffix[1:]} {name}, orientation {turn}{', profile' * (profile is not None)}",
                    suffix,
                    lambda make=make, beside=beside: make(*beside),
                    turned(shown, turn),
                    near,
                    turn,
                    profile,
                    None if plain else XMP,
                    IPTC if suffix in {".tif", ".jpg"} else None,
                    turn == 1,
                )


Kind = tuple[str, str, Callable[[int, bytes | None], bytes], np.ndarray, float]


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[271], tags[274] = "Cam", orientation
    tags[0x8769] = {0x9003: TAKEN}
    return tags.tobytes()


def _levels(bits: int, channels: int) -> np.ndarray:
    """(H, W, channels): gray, gray and alpha, RGB or RGB and alpha, of so many bits."""
    whole = np.dstack([DEEP[..., :1] if channels < 3 else DEEP, DEEP_ALPHA][: 2 - channels % 2])
    return whole >> (16 - bits)


def _spread(levels: np.ndarray, bits: int) -> np.ndarray:
    """Over all of 8 or 16 bits."""
    if bits == 12:
        return (levels << 4 | levels >> 8).astype(np.uint16)
    return levels.astype(np.uint16) if bits == 16 else (levels * (255 // (2**bits - 1))).astype(np.uint8)


# --- PNG --------------------------------------------------------------------------------------------------------


def _pngs() -> Iterator[Kind]:
    for bits, channels in [(1, 1), (2, 1), (4, 1), *product((8, 16), (1, 2, 3, 4))]:
        levels = _levels(bits, channels)
        colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
        yield f"{bits} bits, {channels} channels", ".png", _png(levels, bits, colour), _spread(levels, bits), 0
    for bits, clear in product((1, 2, 4, 8), (False, True)):
        numbers = _levels(bits, 1)
        table = np.random.default_rng(bits).integers(0, 256, (2**bits, 4), dtype=np.uint8)
        chunks = [(b"PLTE", table[:, :3].tobytes())] + [(b"tRNS", table[:, 3].tobytes())] * clear
        shown = table[numbers[..., 0]][..., : 3 + clear]
        yield f"palette of {bits} bits{', clear' * clear}", ".png", _png(numbers, bits, 3, chunks), shown, 0


def _png(levels: np.ndarray, bits: int, colour: int, more: list[tuple[bytes, bytes]] | None = None) -> Callable:
    def make(orientation: int, profile: bytes | None) -> bytes:
        height, width = levels.shape[:2]
        rows = levels.reshape(height, -1)
        if bits < 8:
            places = np.unpackbits(rows.astype(np.uint8)[..., None], axis=2)[..., 8 - bits :]
            rows = np.packbits(places.reshape(height, -1), axis=1)
        lines = b"".join(b"\x00" + row.astype(">u2" if bits == 16 else "u1").tobytes() for row in rows)
        chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))]
        chunks += [(b"iCCP", b"p\x00\x00" + zlib.compress(profile))] if profile else []
        chunks += [(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)), *(more or [])]
        chunks += [(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + XMP)]
        chunks += [(b"eXIf", exif(orientation).removeprefix(b"Exif\x00\x00"))]
        chunks += [(b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(c)) + kind + c + struct.pack(">I", zlib.crc32(kind + c)) for kind, c in chunks
        )

    return make


# --- TIFF -------------------------------------------------------------------------------------------------------


def _tiffs() -> Iterator[Kind]:
    for bits, channels in product((8, 16), (1, 2, 3, 4)):
        levels = _spread(_levels(bits, channels), bits)
        colours = "minisblack" if channels < 3 else "rgb"
        base = {"photometric": colours, "extrasamples": ["unassalpha"] * (1 - channels % 2)}
        name = f"{bits} bits, {channels} channels"
        for compression in (None, "lzw", "zlib", "packbits", "zstd", "lzma"):
            for layout in ({}, {"planarconfig": "separate"}, {"tile": (16, 32)}, {"rowsperstrip": 7}):
                if layout.get("planarconfig") and channels == 1:
                    continue
                words = f"{name}, {compression}, {' '.join(layout) or 'one strip'}"
                yield words, ".tif", _tiff(levels, **base, **layout, compression=compression), levels, 0
        for order, big in ((">", False), ("<", True), (">", True)):
            make = _tiff(levels, byteorder=order, bigtiff=big, **base, compression="lzw", predictor=True)
            yield f"{name}, {order}{' BigTIFF' * big}", ".tif", make, levels, 0
    for bits, dark in product((1, 8, 16), ("miniswhite", "minisblack")):
        levels = _spread(_levels(bits, 1), bits)
        stored = levels.astype(bool) if bits == 1 else levels
        shown = ~levels if dark == "miniswhite" else levels
        yield f"{bits} bits, {dark}", ".tif", _tiff(stored, photometric=dark), shown, 0
    for bits, channels in ((2, 1), (4, 1), (12, 1), (12, 3)):
        levels = _levels(bits, channels)
        make = _tiff(_packed(levels, bits), bits=bits, shape=levels.shape)
        yield f"{bits} bits, {channels} channels, packed", ".tif", make, _spread(levels, bits), 0
    for kind, channels in product((np.float16, np.float32, np.float64), (1, 3)):
        levels = (DEEP[..., :channels] / 9000).astype(kind)
        make = _tiff(levels, photometric="rgb" if channels == 3 else "minisblack", compression="zlib", predictor=True)
        yield f"{np.dtype(kind)}, {channels} channels", ".tif", make, levels.astype(np.float32), 0
    table = np.random.default_rng(1).integers(0, 256, (3, 256), dtype=np.uint16)
    make = _tiff(PHOTO[..., :1], photometric="palette", colormap=table * 257)
    yield "palette", ".tif", make, table.T.astype(np.uint8)[PHOTO[..., 0]], 0
    inks = 255 - np.dstack([PHOTO, np.full_like(ALPHA, 255)])
    yield "CMYK", ".tif", _tiff(inks, photometric="separated", fits="CMYK"), PHOTO, 1.5
    lab = np.dstack([PHOTO[..., 0], np.zeros_like(PHOTO[..., :2])])
    yield "Lab", ".tif", _tiff(lab, photometric="cielab", fits="LAB"), _neutral(PHOTO[..., 0]), 2
    options = {"compression": "jpeg", "compressionargs": {"level": 95}}
    yield "JPEG of RGB", ".tif", _tiff(PHOTO, photometric="rgb", **options), PHOTO, 4
    ycbcr = np.asarray(Image.fromarray(PHOTO).convert("YCbCr"))
    yield "JPEG of YCbCr", ".tif", _tiff(ycbcr, photometric="ycbcr", **options), PHOTO, 4


def _neutral(lightness: np.ndarray) -> np.ndarray:
    """(H, W, 3) sRGB of a lightness of 0..255 for L* of 0..100."""
    f = (lightness / 2.55 + 16) / 116
    y = np.where(f > 6 / 29, f**3, (f - 4 / 29) * 3 * (6 / 29) ** 2)
    gray = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055) * 255
    return np.repeat(gray[..., None], 3, axis=2).round().astype(np.uint8)


def _packed(levels: np.ndarray, bits: int) -> bytes:
    rows = levels.reshape(len(levels), -1).astype(">u2")
    places = np.unpackbits(rows.view(np.uint8).reshape(*rows.shape, 2), axis=2)[..., 16 - bits :]
    return np.packbits(places.reshape(len(levels), -1), axis=1).tobytes()


def _tiff(pixels: np.ndarray | bytes, fits: str = "", bits: int = 0, shape: tuple = (), **options: object) -> Callable:
    def make(orientation: int, profile: bytes | None) -> bytes:
        tags = [(271, 2, 0, "Cam", True), (274, 3, 1, orientation, True)]
        tags += [(34675, 7, len(profile), profile, True)] if profile and not fits else []
        tags += [(700, 1, len(XMP), XMP, True), (33723, 7, len(IPTC), IPTC, True)]
        if bits:
            return _packed_tiff(pixels, bits, shape, tags)
        array = pixels[..., 0] if pixels.shape[2] == 1 else pixels
        if options.get("planarconfig"):
            array = np.moveaxis(array, 2, 0)
        predictor = {"predictor": options["predictor"]} if options.get("compression") and "predictor" in options else {}
        rest = {name: value for name, value in options.items() if name not in {"byteorder", "bigtiff", "predictor"}}
        buffer = io.BytesIO()
        with tifffile.TiffWriter(buffer, byteorder=options.get("byteorder"), bigtiff=options.get("bigtiff")) as file:
            more = {"resolution": (DPI, DPI), "resolutionunit": "inch", "metadata": None, "software": False}
            file.write(array, extratags=tags, **more, **rest, **predictor)
        return buffer.getvalue()

    return make


def _packed_tiff(strip: bytes, bits: int, shape: tuple, more: list[tuple]) -> bytes:
    """One strip of samples of fewer or more bits than a byte, laid out by hand."""
    height, width, channels = shape
    plain = [(256, 4, width), (257, 4, height), (258, 3, (bits,) * channels), (259, 3, 1)]
    plain += [(262, 3, 2 if channels == 3 else 1), (273, 4, 8), (277, 3, channels), (278, 4, height)]
    plain += [(279, 4, len(strip)), (282, 5, (DPI, 1)), (283, 5, (DPI, 1)), (296, 3, 2)]
    plain += [(tag, kind, value) for tag, kind, _, value, _ in more]
    data = bytearray(b"II*\x00" + struct.pack("<I", 8 + len(strip) + len(strip) % 2) + strip + bytes(len(strip) % 2))
    entries, beside = [], bytearray()
    start = len(data) + 2 + 12 * len(plain) + 4
    for tag, kind, value in sorted(plain):
        values = value if isinstance(value, tuple) else (value,)
        content = value.encode() + b"\x00" if isinstance(value, str) else value
        if not isinstance(content, bytes):
            content = struct.pack(f"<{len(values)}{ {3: 'H', 4: 'I', 5: 'I'}[kind] }", *values)
        count = len(content) // {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}[kind]
        place = content.ljust(4, b"\x00")
        if len(content) > 4:
            place = struct.pack("<I", start + len(beside))
            beside += content + bytes(len(content) % 2)
        entries.append(struct.pack("<HHI", tag, kind, count) + place)
    return bytes(data) + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4) + bytes(beside)


# --- JPEG, WebP, AVIF, HEIC, GIF --------------------------------------------------------------------------------


def _jpegs() -> Iterator[Kind]:
    for mode, progressive, quality in product(("L", "RGB", "CMYK"), (False, True), (75, 95)):
        for sampling in (0, 1, 2) if mode == "RGB" else (0,):
            shown = np.atleast_3d(np.asarray(Image.fromarray(PHOTO).convert("L"))) if mode == "L" else PHOTO
            options = {"progressive": progressive, "quality": quality, "subsampling": sampling, "dpi": (DPI, DPI)}
            name = f"{mode}, quality {quality}, sampling {sampling}{', progressive' * progressive}"
            make = _by_pillow(Image.fromarray(PHOTO).convert(mode), "JPEG", options, fits=mode == "CMYK")
            yield name, ".jpg", make, shown, 12


def _others() -> Iterator[Kind]:
    for clear in (False, True):
        pixels = np.dstack([PHOTO, ALPHA]) if clear else PHOTO
        image, name = Image.fromarray(pixels), "RGBA" if clear else "RGB"
        yield f"{name}, lossless", ".webp", _by_pillow(image, "WEBP", {"lossless": True, "exact": True}), pixels, 0
        yield name, ".webp", _by_pillow(image, "WEBP", {"quality": 80}), pixels, 12
        yield name, ".avif", _by_pillow(image, "AVIF", {"quality": 80, "speed": 9}), pixels, 12
        yield name, ".heic", _heic(pixels, name), pixels, 12
        deep = np.dstack([DEEP, DEEP_ALPHA]) if clear else DEEP
        yield f"{name} of 10 bits", ".heic", _heic(deep, f"{name};16"), deep, 12 * 257
    few = Image.fromarray(PHOTO).quantize(100)
    yield "100 colours", ".gif", _by_pillow(few, "GIF", {}), np.asarray(few.convert("RGB")), 0
    gray = Image.fromarray(ALPHA)
    yield "gray", ".gif", _by_pillow(gray, "GIF", {}), np.dstack([ALPHA] * 3), 0


def _by_pillow(image: Image.Image, format: str, options: dict, fits: bool = False) -> Callable:
    def make(orientation: int, profile: bytes | None) -> bytes:
        beside = {} if format == "GIF" else {"exif": exif(orientation), "xmp": XMP}
        beside |= {"icc_profile": profile} if profile and not fits else {}
        if format == "JPEG":
            resource = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(IPTC)) + IPTC
            resource += bytes(len(IPTC) % 2)
            beside["extra"] = b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource
        buffer = io.BytesIO()
        image.save(buffer, format, **options, **beside)
        return buffer.getvalue()

    return make


def _heic(pixels: np.ndarray, mode: str) -> Callable:
    def make(orientation: int, profile: bytes | None) -> bytes:
        import pillow_heif

        file = pillow_heif.from_bytes(mode, pixels.shape[1::-1], pixels.tobytes())
        buffer = io.BytesIO()
        file.save(buffer, quality=80, exif=exif(orientation), xmp=XMP, icc_profile=profile)
        return buffer.getvalue()

    return make
