"""TIFF files, read: which page is the picture, its samples by tifffile, what they mean, its tags."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace

import numpy as np
import tifffile
from PIL import Image

from pconv.images.codecs import decode
from pconv.images.colours import converted, in_srgb
from pconv.images.cut_jpeg import refuse_hollow
from pconv.images.limits import refuse_empty_claim
from pconv.images.metadata import INCHES, TURNS, Extras, tiff_exif, upright
from pconv.images.photoshop import iptc_of, without_thumbnails
from pconv.images.pixels import PixelError, chosen
from pconv.images.tiff import ASSOCIATED, UNASSOCIATED, UNSPECIFIED
from pconv.images.xmp import without_pointers

TIFF_MAGIC = {b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"}
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, SEPARATED, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, SEPARATED: 4, YCBCR: 3, LAB: 3}  # samples of each
OLD_JPEG = 6  # a compression of one stream for all
JPEG = {OLD_JPEG, 7}  # compressions that give RGB for YCbCr
CMYK_INKS = 1
REDUCED, STENCIL = 1, 4  # bits of NewSubfileType: a thumbnail, a mask
SIGNED, FLOAT = 2, 3
FLOAT_BITS = {16, 32, 64}
MOST_SAMPLES, MOST_PAGES = 32, 10_000
TIFF_PIXELS_PER_BYTE = 2**16  # a fax's white rows take a bit each
IIM_MARK = 0x1C  # starts each record of IPTC


@dataclass(frozen=True)
class Tiff:
    """The chosen picture of a TIFF file.

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
    pages = open_pages(data)
    found = pages[chosen(page, len(pages), "page")]
    return found if len(pages) == 1 else replace(found, left_out=("the other pages", *found.left_out))


def open_pages(data: bytes) -> list[Tiff]:
    """All pages that are pictures, at least one; raises what a damaged file makes it."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        pages: list[tifffile.TiffPage] = []
        for one in file.pages:
            if one.offset in {earlier.offset for earlier in pages[:1] + pages[-1:]} or len(pages) == MOST_PAGES:
                break  # a chain that comes back to itself
            pages.append(one.aspage())
    full = [index for index, one in enumerate(pages) if not one.subfiletype & (REDUCED | STENCIL)] or [0]
    left_out = ("thumbnail",) * (len(pages) > len(full))
    return [Tiff(data, pages[index], index, left_out) for index in full]


def decode_tiff(tiff: Tiff) -> tuple[np.ndarray, np.ndarray | None, Extras]:
    """Decode a TIFF picture.

    Returns:
        (H, W, 1|3) pixels as displayed, (H, W) alpha or None, both uint8, uint16 or float32, and the extras.

    Raises:
        PixelError: the samples are of a kind that is not read; anything else: the file is damaged.
    """
    page = tiff.page
    _refuse_unread(page)
    _refuse_hollow(tiff)
    orientation = _orientation(page)
    if page.photometric == YCBCR and page.compression not in JPEG:  # of halved samples, which Pillow puts together
        with Image.open(io.BytesIO(tiff.data)) as image:
            image.seek(tiff.index)
            return *decode(image, tiff.data, orientation), _extras(tiff, orientation, ())
    samples, kinds = _samples(tiff), _extra_kinds(page)
    colours = COLOURS[page.photometric]
    pixels, others = samples[..., :colours], [samples[..., i] for i in range(colours, samples.shape[2])]
    first = next((i for i, kind in enumerate(kinds) if kind != UNSPECIFIED), None)
    alpha = None if first is None else upright(others.pop(first), orientation)
    associated = first is not None and kinds[first] == ASSOCIATED
    pixels, extras = _meant(page, pixels, _extras(tiff, orientation, tuple(others), associated))
    return upright(pixels, orientation), alpha, extras


def _meant(page: tifffile.TiffPage, pixels: np.ndarray, extras: Extras) -> tuple[np.ndarray, Extras]:
    """Samples of any meaning → gray or RGB."""
    if page.photometric == WHITE_IS_ZERO:
        return ~pixels, extras
    if page.photometric == PALETTE:
        table = np.asarray(page.colormap).T
        table = (table >> 8 if table.max() > 255 else table).astype(np.uint8)  # some wrote bytes
        return table[pixels[..., 0]], extras
    if page.photometric == SEPARATED:
        image = Image.frombytes("CMYK", pixels.shape[1::-1], pixels.tobytes())
        rgb, by_profile = in_srgb(image, extras.icc)
        return rgb, converted(extras, "CMYK", by_profile)
    if page.photometric == LAB:
        rgb, by_profile = in_srgb(Image.frombytes("LAB", pixels.shape[1::-1], pixels.tobytes()), None)
        return rgb, converted(extras, "Lab", by_profile)
    return pixels, extras


def _refuse_unread(page: tifffile.TiffPage) -> None:
    if page.photometric not in COLOURS:
        raise PixelError("it is a camera's raw data or a measurement; develop it to 8 or 16 bits a channel first.")
    bits = _bits(page)
    if page.sampleformat == SIGNED:
        raise PixelError(f"it has {bits}-bit numbers that may be negative; save it with unsigned ones of 8 or 16 bits.")
    if page.sampleformat == FLOAT and (bits not in FLOAT_BITS or page.photometric not in {BLACK_IS_ZERO, RGB}):
        raise PixelError(f"it has {bits}-bit floating-point numbers; save it in gray or RGB of 16 or 32 bits.")
    if bits > 16 and page.sampleformat != FLOAT:
        raise PixelError(f"it has {bits} bits a channel; save it with 8 or 16.")
    if (bits < 8 and bits not in {1, 2, 4}) or isinstance(page.bitspersample, tuple):
        raise PixelError(f"it has channels of {page.bitspersample} bits; save it with 8 or 16.")
    if page.photometric == PALETTE and (page.colormap is None or bits > 8):
        raise PixelError("its palette is not read; save it in RGB.")
    if page.photometric == LAB and bits != 8:
        raise PixelError(f"it is in Lab colours of {bits} bits; save it in RGB.")
    if page.photometric == SEPARATED and page.tags.valueof(332, CMYK_INKS) != CMYK_INKS:
        raise PixelError("its inks are others than CMYK; convert it to RGB first.")
    if not page.imagewidth * page.imagelength:
        raise EOFError("it has no pixels")
    if page.imagedepth > 1 or page.samplesperpixel > MOST_SAMPLES:
        raise PixelError("it is a stack of measurements, no photo; save the picture to be filled on its own.")


def _refuse_hollow(tiff: Tiff) -> None:
    """Refuse a page that claims more than its bytes can hold, before it is decoded."""
    page = tiff.page
    held = len(tiff.data) if page.compression == OLD_JPEG else sum(page.databytecounts)
    refuse_empty_claim(page.imagewidth * page.imagelength, held, TIFF_PIXELS_PER_BYTE)
    if page.compression in JPEG:
        refuse_hollow((page.imagewidth, page.imagelength), held)


def _samples(tiff: Tiff) -> np.ndarray:
    """(H, W, S) as stored; whole numbers are spread over all of uint8 or uint16 but for those of a palette."""
    page = tiff.page
    parts = len(page.dataoffsets)
    if page.compression != OLD_JPEG and parts < math.prod(page.chunked):
        raise EOFError(f"it has {parts} of {math.prod(page.chunked)} strips or tiles")
    if any(at + count > len(tiff.data) for at, count in zip(page.dataoffsets, page.databytecounts, strict=True)):
        raise EOFError("its pixels end too early")
    planes, _, height, width, together = page.shaped
    array: np.ndarray = np.moveaxis(page.asarray(maxworkers=1).reshape(planes, height, width, together), 0, 2)
    array = array.reshape(height, width, planes * together)
    bits = _bits(page)
    if page.sampleformat == FLOAT:
        return array.astype(np.float32, copy=False)
    array = array.astype(np.uint8 if bits <= 8 else np.uint16, copy=False)
    if page.photometric == SEPARATED and bits > 8:  # colours are converted in 8 bits
        return (array >> (bits - 8)).astype(np.uint8)
    if page.photometric == PALETTE or bits in {8, 16}:
        return array
    if bits < 8:
        return array * np.uint8(255 // (2**bits - 1))
    return (array << (16 - bits)) | (array >> (2 * bits - 16))


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
        converted="64-bit numbers became 32-bit ones" if _bits(tiff.page) == 64 else "",
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
