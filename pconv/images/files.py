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

from daemon.errors import PconvError
from daemon.system.files import write_atomically
from pconv.images.codecs import PixelError, decode, encode
from pconv.images.metadata import Extras, read_extras, stored

LARGEST_PIXELS = 2**28  # 268 megapixels; a file that claims more is refused before anything is decoded
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
SUFFIXES = ", ".join(FORMATS)
TIFF_MAGIC = {b"II*\x00", b"MM\x00*"}
BINARY_FROM = 128

Image.MAX_IMAGE_PIXELS = 4 * LARGEST_PIXELS  # Pillow's own guard stays, behind ours


class ImageFileError(PconvError):
    """A file cannot be read as a picture or written as one."""

    @property
    def kind(self) -> str:
        return "input"


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

    def with_pixels(self, pixels: np.ndarray) -> Picture:
        """The same picture with other pixels of the same height and width."""
        if pixels.shape[:2] != self.pixels.shape[:2]:
            raise ValueError(f"pixels are {pixels.shape[:2]}, the picture is {self.pixels.shape[:2]}")
        return replace(self, pixels=pixels)


def read_picture(path: Path | str) -> Picture:
    """Read a PNG, JPEG, WebP or TIFF of 8 or 16 bits, gray or RGB, with or without alpha.

    Palette and black-and-white pictures become RGB or gray of 8 bits.

    Raises:
        ImageFileError: `file_not_found`, `unreadable`, `not_an_image`, `damaged_image`, `unsupported_image`,
            `too_large`.
    """
    path = Path(path)
    data = _read_bytes(path)
    with _open(path, data) as image:
        _refuse_unfit(path, image)
        try:
            extras = read_extras(image, data)
            pixels, alpha = decode(image, data, extras.orientation)
        except MemoryError as error:
            raise ImageFileError("too_large", f"{path} does not fit into memory; make it smaller.") from error
        except PixelError as error:
            raise ImageFileError("unsupported_image", f"{path}: {error}") from error
        except Exception as error:  # decoders raise anything on damaged files
            message = f"{path} is damaged or incomplete; get it again from its source ({error})."
            raise ImageFileError("damaged_image", message) from error
    return Picture(pixels, alpha, extras)


def write_picture(path: Path | str, picture: Picture, *, format: str | None = None, quality: int | None = None) -> None:
    """Write a picture whole or not at all; EXIF, ICC, resolution and alpha go with it.

    Args:
        path: an existing file is replaced only when the new one is complete.
        format: "PNG", "JPEG", "WEBP" or "TIFF"; None takes it from the path's suffix.
        quality: 1..100 for JPEG and WebP; None keeps the tables of a JPEG that was read, else 95,
            and keeps a lossless WebP lossless.

    The embedded EXIF thumbnail is blanked: it would still show what was removed.

    Raises:
        ImageFileError: `unsupported_output` (suffix, or the format cannot hold this picture), `unwritable`, `no_space`.
    """
    path = Path(path)
    format = format or format_of(path)
    extras = picture.extras
    pixels = stored(picture.pixels, extras.orientation)
    alpha = None if picture.alpha is None else stored(picture.alpha, extras.orientation)
    try:
        data = encode(pixels, alpha, extras, format, quality)
    except PixelError as error:
        raise ImageFileError("unsupported_output", f"{path}: {error}") from error
    write_atomically(path, data, ImageFileError)


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


def read_hole(path: Path | str, shape: tuple[int, int]) -> np.ndarray:
    """Read a mask: white = hole, black = keep, gray = blend; transparent = keep.

    Colours count by their luma. Masks of lossy files (JPEG, lossy WebP) are cut at 128, as their edges are noise.

    Args:
        shape: (H, W) of the picture as displayed.

    Returns:
        (H, W) uint8, 255 = fill.

    Raises:
        ImageFileError: as `read_picture`, and `mask_size`.
    """
    mask = read_picture(path)
    if mask.pixels.shape[:2] != shape:
        (height, width), (mask_height, mask_width) = shape, mask.pixels.shape[:2]
        raise ImageFileError(
            "mask_size",
            f"{path} is {mask_width}×{mask_height}, but the picture is {width}×{height} as displayed; "
            "save the mask at the picture's size.",
        )
    hole = _as_uint8(mask.pixels) if mask.pixels.shape[2] == 1 else _luma(_as_uint8(mask.pixels))
    hole = hole.reshape(shape)
    if mask.alpha is not None:
        hole = (hole.astype(np.uint16) * _as_uint8(mask.alpha) // 255).astype(np.uint8)
    if mask.extras.lossy:
        hole = np.where(hole >= BINARY_FROM, 255, 0).astype(np.uint8)
    return hole


def _read_bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ImageFileError("unreadable", f"{path} is not a file; name a picture.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ImageFileError("file_not_found", f"{path} does not exist; check the name.") from error
    except OSError as error:
        raise ImageFileError("unreadable", f"{path} cannot be read: {os.strerror(error.errno or 0)}.") from error


def _open(path: Path, data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data))
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except UnidentifiedImageError as error:
        if data[:4] in TIFF_MAGIC:
            message = f"{path} is a kind of TIFF that is not read; save it with 8 or 16 bits."
            raise ImageFileError("unsupported_image", message) from error
        raise ImageFileError("not_an_image", f"{path} is not an image that can be read; use {SUFFIXES}.") from error
    except Exception as error:  # header parsers raise anything on damaged files
        message = f"{path} is damaged or incomplete; get it again from its source ({error})."
        raise ImageFileError("damaged_image", message) from error


def _too_large(path: Path) -> ImageFileError:
    return ImageFileError(
        "too_large",
        f"{path} claims more than {LARGEST_PIXELS // 10**6} megapixels, the most that is read; make it smaller.",
    )


def _refuse_unfit(path: Path, image: Image.Image) -> None:
    def refuse(what: str) -> None:
        raise ImageFileError("unsupported_image", f"{path} {what}")

    if image.width * image.height > LARGEST_PIXELS:
        raise _too_large(path)
    if image.format not in {"PNG", "JPEG", "MPO", "WEBP", "TIFF"}:
        refuse(f"is {image.format}; convert it to one of {SUFFIXES}.")
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        refuse("has several pages or frames; save the one to be filled on its own.")
    if image.mode in {"CMYK", "LAB"}:
        refuse(f"is in {image.mode} colours; convert it to RGB first.")
    if image.mode in {"I", "F"}:
        refuse("has 32 bits a channel; convert it to 16 bits first.")


def _as_uint8(array: np.ndarray) -> np.ndarray:
    return (array >> 8).astype(np.uint8) if array.dtype == np.uint16 else array


def _luma(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).convert("L"))
