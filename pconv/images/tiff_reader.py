"""TIFF files, read: which page is the picture, its samples by tifffile, its tags.

Palettes, bilevel and YCbCr pictures are left to Pillow, which knows what their samples mean.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import tifffile
from PIL import Image

from pconv.images.codecs import PixelError, chosen, decode
from pconv.images.colours import converted, in_srgb
from pconv.images.metadata import INCHES, TURNS, Extras, tiff_exif, upright
from pconv.images.photoshop import iptc_of, without_thumbnails
from pconv.images.tiff import ASSOCIATED, UNASSOCIATED, UNSPECIFIED
from pconv.images.xmp import without_pointers

TIFF_MAGIC = {b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"}
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, SEPARATED, LAB = 0, 1, 2, 5, 8
OTHERS = {3, 6, LAB}  # palette, YCbCr
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, SEPARATED: 4}  # channels of what tifffile reads
CMYK_INKS = 1
REDUCED, STENCIL = 1, 4  # bits of NewSubfileType: a thumbnail, a mask
SIGNED, FLOAT = 2, 3
MOST_SAMPLES = 32
IIM_MARK = 0x1C  # starts each record of IPTC


@dataclass(frozen=True)
class Tiff:
    """
    Args:
        data: of the whole file.
        page: the picture's directory; `index` is its place among all.
        left_out: words for what stands beside it.
    """

    data: bytes
    page: tifffile.TiffPage
    index: int
    left_out: tuple[str, ...]


def is_tiff(data: bytes) -> bool:
    return data[:4] in TIFF_MAGIC


def open_tiff(data: bytes, page: int | None = None) -> Tiff:
    """Find the picture, or the page of this number from 1, without decoding it.

    Raises:
        PixelError: there are several pages and none is chosen; anything else: the file is damaged.
    """
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        pages = [page.aspage() for page in file.pages]
    full = [index for index, one in enumerate(pages) if not one.subfiletype & (REDUCED | STENCIL)] or [0]
    index = full[chosen(page, len(full), "page")]
    left_out = ("the other pages",) * (len(full) > 1) + ("thumbnail",) * (len(pages) > len(full))
    return Tiff(data, pages[index], index, left_out)


def decode_tiff(tiff: Tiff) -> tuple[np.ndarray, np.ndarray | None, Extras]:
    """
    Returns:
        (H, W, 1|3) pixels as displayed, (H, W) alpha or None, both uint8 or uint16, and the extras.

    Raises:
        PixelError: the samples are of a kind that is not read; anything else: the file is damaged.
    """
    page = tiff.page
    _refuse_unread(page)
    orientation = _orientation(page)
    if page.photometric not in COLOURS or _bits(page) < 8:
        with Image.open(io.BytesIO(tiff.data)) as image:
            image.seek(tiff.index)
            extras = _extras(tiff, orientation, ())
            if image.mode == "LAB":
                image.load()  # which turns it
                pixels, by_profile = in_srgb(image, None)
                return pixels, None, converted(extras, "Lab", by_profile)
            return *decode(image, tiff.data, orientation), extras
    samples, kinds = _samples(tiff), list(_extra_kinds(page))
    if page.photometric == SEPARATED and samples.dtype == np.uint16:
        samples = (samples >> 8).astype(np.uint8)  # colours are converted in 8 bits
    colours = COLOURS[page.photometric]
    pixels, others = samples[..., :colours], [samples[..., i] for i in range(colours, samples.shape[2])]
    if page.photometric == WHITE_IS_ZERO:
        pixels = ~pixels
    first = next((i for i, kind in enumerate(kinds) if kind != UNSPECIFIED), None)
    alpha = None if first is None else upright(others.pop(first), orientation)
    associated = first is not None and kinds[first] == ASSOCIATED
    extras = _extras(tiff, orientation, tuple(others), associated)
    if page.photometric == SEPARATED:
        image = Image.frombytes("CMYK", pixels.shape[1::-1], pixels.tobytes())
        pixels, by_profile = in_srgb(image, extras.icc)
        extras = converted(extras, "CMYK", by_profile)
    return upright(pixels, orientation), alpha, extras


def _refuse_unread(page: tifffile.TiffPage) -> None:
    if page.photometric not in {*COLOURS, *OTHERS}:
        raise PixelError("it is a camera's raw data or a measurement; develop it to 8 or 16 bits a channel first.")
    bits = _bits(page)
    if page.sampleformat == SIGNED:
        raise PixelError(f"it has {bits}-bit numbers that may be negative; save it with unsigned ones of 8 or 16 bits.")
    if page.sampleformat == FLOAT:
        raise PixelError(f"it has {bits}-bit floating-point numbers; save it with 16-bit whole ones.")
    if bits > 8 and bits != 16:
        raise PixelError(f"it has {bits} bits a channel; save it with 8 or 16.")
    if page.photometric == LAB and bits != 8:
        raise PixelError(f"it is in Lab colours of {bits} bits; save it in RGB.")
    if page.photometric == SEPARATED and page.tags.valueof(332, CMYK_INKS) != CMYK_INKS:
        raise PixelError("its inks are others than CMYK; convert it to RGB first.")
    if page.imagedepth > 1 or page.samplesperpixel > MOST_SAMPLES:
        raise PixelError("it is a stack of measurements, no photo; save the picture to be filled on its own.")


def _samples(tiff: Tiff) -> np.ndarray:
    """(H, W, S) as stored, in this machine's byte order."""
    page = tiff.page
    if any(at + count > len(tiff.data) for at, count in zip(page.dataoffsets, page.databytecounts, strict=True)):
        raise EOFError("its pixels end too early")
    planes, _, height, width, together = page.shaped
    array = np.moveaxis(page.asarray(maxworkers=1).reshape(planes, height, width, together), 0, 2)
    return array.reshape(height, width, planes * together).astype(array.dtype.newbyteorder("="), copy=False)


def _bits(page: tifffile.TiffPage) -> int:
    bits = page.bitspersample
    return bits if isinstance(bits, int) else max(bits)


def _extra_kinds(page: tifffile.TiffPage) -> list[int]:
    """Of the samples beyond the colours; one that no tag explains is taken for alpha, as other programs do."""
    count = page.samplesperpixel - COLOURS[page.photometric]
    told = [int(kind) for kind in page.extrasamples] or [UNASSOCIATED]
    return (told + [UNSPECIFIED] * count)[:count]


def _orientation(page: tifffile.TiffPage) -> int:
    value = page.tags.valueof(274, 1)
    return value if value in TURNS else 1


def _extras(tiff: Tiff, orientation: int, others: tuple[np.ndarray, ...], associated: bool = False) -> Extras:
    photoshop = without_thumbnails(_bytes(tiff, 34377) or b"")
    xmp, pointed_at = without_pointers(_bytes(tiff, 700) or b"")
    return Extras(
        format="TIFF",
        exif=tiff_exif(tiff.data, tiff.page.offset),
        icc=_bytes(tiff, 34675),
        xmp=xmp or None,
        dpi=_dpi(tiff.page.tags),
        orientation=orientation,
        associated_alpha=associated,
        iptc=_iptc(tiff) or iptc_of(photoshop),
        photoshop=photoshop or None,
        left_out=tuple(dict.fromkeys([*tiff.left_out, *pointed_at])),
        samples=others,
    )


def _iptc(tiff: Tiff) -> bytes | None:
    """As bytes; some programs wrote it as 32-bit numbers, and so in the wrong order where theirs was another."""
    iptc = _bytes(tiff, 33723)
    if iptc and iptc[0] != IIM_MARK and len(iptc) % 4 == 0 and iptc[3] == IIM_MARK:
        iptc = np.frombuffer(iptc, np.uint32).byteswap().tobytes()
    return iptc


def _bytes(tiff: Tiff, tag: int) -> bytes | None:
    """A tag's content byte for byte, whatever type it claims."""
    found = tiff.page.tags.get(tag)
    return None if found is None else tiff.data[found.valueoffset : found.valueoffset + found.valuebytecount]


def _dpi(tags: tifffile.TiffTags) -> tuple[float, float] | None:
    """Dots per inch, where the file says a length and not only a ratio."""
    across, down = tags.valueof(282), tags.valueof(283)
    inches = INCHES.get(tags.valueof(296, 2))
    if inches is None or not (isinstance(across, tuple) and isinstance(down, tuple)) or not (across[1] and down[1]):
        return None
    return across[0] / across[1] * inches, down[0] / down[1] * inches
