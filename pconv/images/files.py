"""Photos and masks on disk, read and written without losing what the fill does not touch.

Everything is as *displayed*: a photo with an EXIF orientation is turned upright on reading and turned back on
writing, its tag kept. A mask is drawn on what one sees.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from daemon.system.files import write_atomically
from model.errors import InputError
from pconv.images.codecs import PixelError, chosen, decode, divided, encode, refuse_unheld
from pconv.images.colours import converted, in_srgb
from pconv.images.fit import fit, told
from pconv.images.heif import decode_heif, is_heif, open_heif
from pconv.images.kinds import kind_of
from pconv.images.limits import LARGEST_PIXELS, LARGEST_TEXT, LARGEST_TEXTS, is_text_limit
from pconv.images.metadata import Extras, read_extras, stored, upright
from pconv.images.tiff_reader import decode_tiff, is_tiff, open_tiff

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".avif": "AVIF",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
READABLE = (*FORMATS, ".heic", ".heif")  # suffixes of what is read
SUFFIXES = ", ".join(FORMATS)
PHOTO_FORMATS = {"PNG", "JPEG", "MPO", "WEBP", "AVIF"}  # as Pillow names them; TIFF is read by itself
MASK_FORMATS = PHOTO_FORMATS | {"BMP", "GIF"}
BINARY_FROM = 128


class ImageFileError(InputError):
    """A file cannot be read as a picture or written as one."""


@dataclass
class Picture:
    """A photo as displayed.

    Args:
        pixels: (H, W, 1) or (H, W, 3); uint8 or uint16.
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
        return Picture(colours, None, replace(self.extras, associated_alpha=False)), 255 - _as_uint8(self.alpha)

    def with_pixels(self, pixels: np.ndarray) -> Picture:
        """The same picture with other pixels of the same height and width."""
        if pixels.shape[:2] != self.pixels.shape[:2]:
            raise ValueError(f"pixels are {pixels.shape[:2]}, the picture is {self.pixels.shape[:2]}")
        return replace(self, pixels=pixels)


def read_picture(path: Path | str, page: int | None = None) -> Picture:
    """Read a PNG, JPEG, WebP, AVIF, HEIC or TIFF of 8 or 16 bits, gray or RGB, with or without alpha.

    Palette and black-and-white pictures become RGB or gray of 8 bits, CMYK and Lab sRGB of 8 bits.

    Args:
        page: of a TIFF, or frame of an animation, from 1; None where there is but one.

    Raises:
        ImageFileError: `file_not_found`, `unreadable`, `not_an_image`, `damaged_image`, `unsupported_image`,
            `too_large`.
    """
    path = Path(path)
    return _read(path, _read_bytes(path), PHOTO_FORMATS, page)


def _read(path: Path, data: bytes, formats: set[str], page: int | None = None) -> Picture:
    try:
        if is_tiff(data):
            return Picture(*_read_tiff(path, data, page))
        if is_heif(data):
            return Picture(*_read_heif(path, data, page))
        return Picture(*_read_other(path, data, formats, page))
    except ImageFileError:
        raise
    except MemoryError as error:
        raise ImageFileError("too_large", f"{path} does not fit into memory; make it smaller.") from error
    except PixelError as error:
        raise ImageFileError("unsupported_image", f"{path}: {error}") from error
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except UnidentifiedImageError as error:
        if known := kind_of(data):
            message = f"{path} is {known}, which is not read; convert it to one of {SUFFIXES}."
            raise ImageFileError("unsupported_image", message) from error
        raise ImageFileError("not_an_image", f"{path} is not an image that can be read; use {SUFFIXES}.") from error
    except Exception as error:  # decoders raise anything on damaged files
        if is_text_limit(error):
            raise _too_much_text(path) from error
        message = f"{path} is damaged or incomplete; get it again from its source ({_one_line(error)})."
        raise ImageFileError("damaged_image", message) from error


def _read_tiff(path: Path, data: bytes, page: int | None) -> tuple[np.ndarray, np.ndarray | None, Extras]:
    tiff = open_tiff(data, page)
    if tiff.page.imagewidth * tiff.page.imagelength > LARGEST_PIXELS:
        raise _too_large(path)
    return decode_tiff(tiff)


def _read_heif(path: Path, data: bytes, page: int | None) -> tuple[np.ndarray, np.ndarray | None, Extras]:
    heif = open_heif(data, page)
    if heif.image.size[0] * heif.image.size[1] > LARGEST_PIXELS:
        raise _too_large(path)
    return decode_heif(heif)


def _read_other(
    path: Path, data: bytes, formats: set[str], page: int | None
) -> tuple[np.ndarray, np.ndarray | None, Extras]:
    with Image.open(io.BytesIO(data)) as image:
        _refuse_unfit(path, image, data, formats)
        frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
        index = chosen(page, frames, "frame")
        extras = read_extras(image, data)
        if frames > 1:
            image.seek(index)
            extras = replace(extras, left_out=(*extras.left_out, "the other frames"))
        if image.mode == "CMYK":
            pixels, by_profile = in_srgb(image, extras.icc)
            return upright(pixels, extras.orientation), None, converted(extras, "CMYK", by_profile)
        return *decode(image, data, extras.orientation), extras


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def write_picture(path: Path | str, picture: Picture, *, format: str | None = None, quality: int | None = None) -> str:
    """Write a picture whole or not at all; EXIF, ICC, IPTC, XMP, resolution and alpha go with it.

    Args:
        path: an existing file is replaced only when the new one is complete.
        format: "PNG", "JPEG", "WEBP", "AVIF" or "TIFF"; None takes it from the path's suffix.
        quality: 1..100 for JPEG, WebP and AVIF; None keeps the tables of a JPEG that was read, else 95,
            and keeps a lossless WebP lossless.

    The embedded EXIF thumbnail is blanked: it would still show what was removed.

    Returns:
        One sentence on what the format has no place for and is left out; "" where nothing is.

    Raises:
        ImageFileError: `unsupported_output` (suffix, or the format cannot hold this picture), `unwritable`, `no_space`.
    """
    path = Path(path)
    format = format or format_of(path)
    extras, lost = fit(picture.extras, format)
    pixels = stored(picture.pixels, extras.orientation)
    alpha = None if picture.alpha is None else stored(picture.alpha, extras.orientation)
    try:
        data = encode(pixels, alpha, extras, format, quality)
    except PixelError as error:
        raise ImageFileError("unsupported_output", f"{path}: {error}") from error
    except MemoryError as error:
        raise ImageFileError("too_large", f"{path} does not fit into memory; make the picture smaller.") from error
    except Exception as error:  # encoders raise anything on metadata that they do not like
        message = f"{path} cannot be written as {format} ({_one_line(error)}); choose another format."
        raise ImageFileError("unsupported_output", message) from error
    write_atomically(path, data, ImageFileError)
    sentences = [f"{words}." for words in (extras.converted, told(lost, format)) if words]
    return f"{path}: {' '.join(sentences)}" if sentences else ""


def refuse_unwritable(path: Path, picture: Picture) -> None:
    """Find out before a fill, not after it.

    Raises:
        ImageFileError: `unsupported_output`: the format that the path names cannot hold the picture.
    """
    try:
        refuse_unheld(picture.pixels, picture.alpha, format_of(path))
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


def read_hole(
    path: Path | str, shape: tuple[int, int], *, invert: bool = False, any_nonzero: bool = False
) -> np.ndarray:
    """Read a mask: white = hole, black = keep, gray = blend; transparent = keep.

    Colours count by their luma. Masks of lossy files (JPEG, lossy WebP) are cut at 128, as their edges are noise.

    Args:
        path: of a mask, which may also be a BMP or GIF.
        shape: (H, W) of the picture as displayed.
        invert: fill what would be kept, and keep what would be filled.
        any_nonzero: every value but 0 is hole, as in masks of labels; in a palette the number counts, not its colour.

    Returns:
        (H, W) uint8, 255 = fill.

    Raises:
        ImageFileError: as `read_picture`, and `mask_size`.
    """
    path = Path(path)
    data = _read_bytes(path)
    mask = _read(path, data, MASK_FORMATS)
    if mask.pixels.shape[:2] != shape:
        (height, width), (mask_height, mask_width) = shape, mask.pixels.shape[:2]
        raise ImageFileError(
            "mask_size",
            f"{path} is {mask_width}×{mask_height}, but the picture is {width}×{height} as displayed; "
            "save the mask at the picture's size.",
        )
    hole = _labelled(path, data, mask) if any_nonzero else _shades(mask)
    if mask.alpha is not None:
        hole = (hole.astype(np.uint16) * _as_uint8(mask.alpha) // 255).astype(np.uint8)
    if mask.extras.lossy:
        hole = np.where(hole >= BINARY_FROM, 255, 0).astype(np.uint8)
    return 255 - hole if invert else hole


def _shades(mask: Picture) -> np.ndarray:
    pixels = _as_uint8(mask.pixels)
    return pixels[..., 0] if pixels.shape[2] == 1 else np.asarray(Image.fromarray(pixels).convert("L"))


def _labelled(path: Path, data: bytes, mask: Picture) -> np.ndarray:
    """255 where a label is another than 0."""
    if mask.extras.lossy:
        raise ImageFileError("unsupported_image", f"{path} is compressed with loss, so no value is exact; use a PNG.")
    labels = mask.pixels
    if not is_tiff(data):
        with Image.open(io.BytesIO(data)) as image:
            if image.mode == "P":
                labels = upright(np.asarray(image)[..., None], mask.extras.orientation)
    return np.where(labels.any(axis=2), 255, 0).astype(np.uint8)


def _read_bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ImageFileError("unreadable", f"{path} is not a file; name a picture.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ImageFileError("file_not_found", f"{path} does not exist; check the name.") from error
    except OSError as error:
        raise ImageFileError("unreadable", f"{path} cannot be read: {os.strerror(error.errno or 0)}.") from error


def _too_large(path: Path) -> ImageFileError:
    return ImageFileError(
        "too_large",
        f"{path} claims more than {LARGEST_PIXELS // 10**6} megapixels, the most that is read; make it smaller.",
    )


def _too_much_text(path: Path) -> ImageFileError:
    return ImageFileError(
        "too_large",
        f"{path} holds more profile, XMP or text than is read, {LARGEST_TEXT >> 20} MiB each and "
        f"{LARGEST_TEXTS >> 20} MiB together; save it without them.",
    )


def _refuse_unfit(path: Path, image: Image.Image, data: bytes, formats: set[str]) -> None:
    def refuse(what: str) -> None:
        raise ImageFileError("unsupported_image", f"{path} {what}")

    if image.width * image.height > LARGEST_PIXELS:
        raise _too_large(path)
    if image.format not in formats:
        refuse(f"is {kind_of(data) or image.format}; convert it to one of {SUFFIXES}.")


def _as_uint8(array: np.ndarray) -> np.ndarray:
    return (array >> 8).astype(np.uint8) if array.dtype == np.uint16 else array
