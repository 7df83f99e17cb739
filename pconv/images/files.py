"""Photos and masks on disk, read and written without losing what the fill does not touch.

Everything is as *displayed*: a photo with an EXIF orientation is turned upright on reading and turned back on
writing, its tag kept. A mask is drawn on what one sees.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from daemon.system.files import write_atomically
from pconv.images.codecs import as_array, decode, encode
from pconv.images.colours import converted, in_srgb
from pconv.images.cut_jpeg import completed, refuse_hollow
from pconv.images.faults import ImageFileError, explained, one_line, read_bytes, too_large
from pconv.images.fit import fit, told
from pconv.images.heif import decode_heif, is_heif, may_be_written, open_heif, refuse_unwritten
from pconv.images.kinds import kind_of
from pconv.images.limits import AVIF_PIXELS_PER_BYTE, LARGEST_PIXELS, PIXELS_PER_BYTE, refuse_empty_claim
from pconv.images.metadata import Extras, read_extras, stored, upright
from pconv.images.palette import beyond_palette
from pconv.images.pixels import NAMES, PixelError, as_uint8, chosen, divided, refuse_unheld
from pconv.images.tiff_reader import Tiff, decode_tiff, is_tiff, open_tiff

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".avif": "AVIF",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".gif": "GIF",
    ".heic": "HEIF",
    ".heif": "HEIF",
}
USUAL_PIXELS_PER_BYTE = 4  # of a HEIC
READABLE = tuple(FORMATS)  # suffixes
WRITABLE = tuple(suffix for suffix, format in FORMATS.items() if format != "HEIF" or may_be_written())
SUFFIXES = ", ".join(FORMATS)
PHOTO_FORMATS = {"PNG", "JPEG", "MPO", "WEBP", "AVIF", "GIF"}  # as Pillow names them; TIFF is read by itself
MASK_FORMATS = PHOTO_FORMATS | {"BMP"}


@dataclass
class Picture:
    """A photo as displayed.

    Args:
        pixels: (H, W, 1) or (H, W, 3); uint8, uint16, or float32 as a TIFF's, display-encoded or scene-referred.
        alpha: (H, W) of the same dtype, or None.
        extras: what the file carries beside pixels (EXIF, ICC, resolution, …), for `write_picture`.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    extras: Extras = field(default_factory=Extras, repr=False)

    def made_opaque(self) -> tuple[Picture, np.ndarray]:
        """The picture without its alpha, and (H, W) uint8: 255 where it was transparent, less where partly."""
        if self.alpha is None:
            return self, np.zeros(self.pixels.shape[:2], np.uint8)
        colours = self.pixels
        if self.extras.associated_alpha:
            colours = divided(np.dstack([colours, self.alpha]))[..., :-1]
        return Picture(colours, None, replace(self.extras, associated_alpha=False)), 255 - as_uint8(self.alpha)

    def with_pixels(self, pixels: np.ndarray) -> Picture:
        """The same picture with other pixels of the same height and width."""
        if pixels.shape[:2] != self.pixels.shape[:2]:
            raise ValueError(f"pixels are {pixels.shape[:2]}, the picture is {self.pixels.shape[:2]}")
        return replace(self, pixels=pixels)


def claimed_pixels(path: Path) -> int:
    """How many pixels a picture's file claims to hold, to see how much memory it will take; never raises."""
    try:
        with Image.open(path) as image:
            return image.width * image.height
    except Exception:  # of a kind that Pillow does not read, or damaged
        with contextlib.suppress(OSError):
            return USUAL_PIXELS_PER_BYTE * path.stat().st_size
        return 0


def read_picture(path: Path | str, page: int | None = None, *, strict: bool = False) -> Picture:
    """Read a PNG, JPEG, WebP, AVIF, HEIC, TIFF or GIF, gray or RGB, with or without alpha.

    Palette and black-and-white pictures become RGB or gray of 8 bits, CMYK and Lab sRGB of 8 bits. Where a JPEG lacks
    its end, the last rows may be gray; `extras.damage` says so.

    Args:
        page: of a TIFF, or frame of an animation, from 1; None where there is but one.
        strict: refuse a JPEG that lacks its end.

    Raises:
        ImageFileError: `file_not_found`, `unreadable`, `not_an_image`, `damaged_image`, `unsupported_image`,
            `too_large`.
    """
    path = Path(path)
    return read(path, read_bytes(path), PHOTO_FORMATS, page, strict)


def read(path: Path, data: bytes, formats: set[str], page: int | None = None, strict: bool = False) -> Picture:
    """A picture of one of these formats from its file's bytes; raises as `read_picture`."""
    with explained(path, data, SUFFIXES):
        if is_tiff(data):
            return _read_tiff(path, open_tiff(data, page))
        if is_heif(data):
            return _read_heif(path, data, page)
        return _read_other(path, data, formats, page, strict)


def _read_tiff(path: Path, tiff: Tiff) -> Picture:
    if tiff.page.imagewidth * tiff.page.imagelength > LARGEST_PIXELS:
        raise too_large(path)
    return Picture(*decode_tiff(tiff))


def _read_heif(path: Path, data: bytes, page: int | None) -> Picture:
    heif = open_heif(data, page)
    if heif.image.size[0] * heif.image.size[1] > LARGEST_PIXELS:
        raise too_large(path)
    refuse_empty_claim(heif.image.size[0] * heif.image.size[1], len(data))
    return Picture(*decode_heif(heif))


def _read_other(path: Path, data: bytes, formats: set[str], page: int | None, strict: bool) -> Picture:
    with Image.open(io.BytesIO(data)) as image:
        refuse_unfit(path, image, data, formats)
        frames = frame_count(image)
        index = chosen(page, frames, "frame")
        extras = read_extras(image, data)
        if frames > 1:
            image.seek(index)
            extras = replace(extras, left_out=(*extras.left_out, "the other frames"))
        try:
            return decoded(image, data, extras)
        except Exception:
            cut = None if strict or extras.format != "JPEG" else completed(data)
            if cut is None:
                raise
    rows = f"; the last {cut.missing} of its rows are missing and gray" if cut.missing else ""
    with Image.open(io.BytesIO(cut.data)) as image:
        return decoded(image, cut.data, replace(extras, damage=f"the photo's file ends too early{rows}"))


def decoded(image: Image.Image, data: bytes, extras: Extras) -> Picture:
    """A picture or frame that Pillow has opened."""
    if image.mode == "CMYK":
        pixels, by_profile = in_srgb(image, extras.icc)
        return Picture(upright(pixels, extras.orientation), None, converted(extras, "CMYK", by_profile))
    return Picture(*decode(image, data, extras.orientation), extras)


def frame_count(image: Image.Image) -> int:
    """How many frames there are to choose from; an MPO's first is its picture."""
    return 1 if image.format == "MPO" else getattr(image, "n_frames", 1)


def write_picture(path: Path | str, picture: Picture, *, format: str | None = None, quality: int | None = None) -> str:
    """Write a picture whole or not at all; EXIF, ICC, IPTC, XMP, resolution and alpha go with it.

    Args:
        path: an existing file is replaced only when the new one is complete.
        format: "PNG", "JPEG", "WEBP", "AVIF", "HEIF", "GIF" or "TIFF"; None takes it from the path's suffix.
        quality: 1..100 for JPEG, WebP, AVIF and HEIC; None keeps the tables of a JPEG that was read, else 95,
            and keeps a lossless WebP lossless.

    The embedded EXIF thumbnail is blanked: it would still show what was removed.

    Returns:
        What the format has no place for and is left out, and what reading found amiss; "" where there is nothing.

    Raises:
        ImageFileError: `unsupported_output` (suffix, or the format cannot hold this picture), `unwritable`, `no_space`.
    """
    path = Path(path)
    format = format or format_of(path)
    extras, lost = fit(picture.extras, format)
    pixels = stored(picture.pixels, extras.orientation)
    alpha = None if picture.alpha is None else stored(picture.alpha, extras.orientation)
    with encoding(path, format):
        data = encode(pixels, alpha, extras, format, quality)
    lost += lost_colours(picture, format)
    write_atomically(path, data, ImageFileError)
    return sentence(path, extras.amiss, lost, format)


@contextlib.contextmanager
def encoding(path: Path, format: str) -> Iterator[None]:
    """Whatever encoders raise becomes an `ImageFileError`."""
    try:
        yield
    except PixelError as error:
        raise ImageFileError("unsupported_output", f"{path}: {error}") from error
    except MemoryError as error:
        raise ImageFileError("too_large", f"{path} does not fit into memory; make the picture smaller.") from error
    except Exception as error:  # of metadata that they do not like
        message = f"{path} cannot be written as {NAMES[format]} ({one_line(error)}); choose another format."
        raise ImageFileError("unsupported_output", message) from error


def lost_colours(picture: Picture, format: str) -> list[str]:
    """Words for what a GIF's palette has no room for."""
    full = format == "GIF" and beyond_palette(as_array(picture.pixels, picture.alpha))
    return ["colours beyond 256"] if full else []


def sentence(path: Path, amiss: list[str], lost: list[str], format: str) -> str:
    """What a reader of the result should know, each once: what reading found amiss, what is left out; or nothing."""
    words = [*dict.fromkeys(amiss), told(list(dict.fromkeys(lost)), format)]
    sentences = [f"{one}." for one in words if one]
    return f"{path}: {' '.join(sentences)}" if sentences else ""


def refuse_unwritable(path: Path, picture: Picture) -> None:
    """Find out before a fill, not after it.

    Raises:
        ImageFileError: `unsupported_output`: the format that the path names cannot hold the picture, or is not written.
    """
    try:
        refuse_unheld(picture.pixels, picture.alpha, format := format_of(path))
        if format == "HEIF":
            refuse_unwritten()
    except PixelError as error:
        raise ImageFileError("unsupported_output", f"{path}: {error}") from error


def format_of(path: Path | str) -> str:
    """The format that a path's suffix names.

    Raises:
        ImageFileError: `unsupported_output`.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        named = f"The suffix {suffix}" if suffix else "A name without a suffix"
        raise ImageFileError("unsupported_output", f"{path}: {named} names no known format; use one of {SUFFIXES}.")
    return FORMATS[suffix]


def refuse_unfit(path: Path, image: Image.Image, data: bytes, formats: set[str]) -> None:
    """Refuse a picture that is too large, of a format that is not wanted, or claims more than there is.

    Raises:
        ImageFileError: `too_large`, `unsupported_image`; anything else: the file is damaged.
    """
    if image.width * image.height > LARGEST_PIXELS:
        raise too_large(path)
    if image.format not in formats:
        what = kind_of(data) or image.format
        raise ImageFileError("unsupported_image", f"{path} is {what}; convert it to one of {SUFFIXES}.")
    most = AVIF_PIXELS_PER_BYTE if image.format == "AVIF" else PIXELS_PER_BYTE
    refuse_empty_claim(image.width * image.height, len(data), most)
    if image.format in {"JPEG", "MPO"}:
        refuse_hollow(image.size, len(data))
