"""What a file that cannot be read is told to people: whatever a decoder raises becomes one sentence."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from model.errors import InputError
from pconv.images.kinds import kind_of
from pconv.images.limits import LARGEST_PIXELS, LARGEST_TEXT, LARGEST_TEXTS, is_text_limit
from pconv.images.pixels import PixelError


class ImageFileError(InputError):
    """A file cannot be read as a picture or written as one."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        ImageFileError: `file_not_found`, `unreadable`.
    """
    try:
        if path.exists() and not path.is_file():
            raise ImageFileError("unreadable", f"{path} is not a file; name a picture.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ImageFileError("file_not_found", f"{path} does not exist; check the name.") from error
    except OSError as error:
        raise ImageFileError("unreadable", f"{path} cannot be read: {os.strerror(error.errno or 0)}.") from error


@contextlib.contextmanager
def explained(path: Path, data: bytes, suffixes: str) -> Iterator[None]:
    """Whatever is raised within while `data` of the file is decoded becomes an `ImageFileError`."""
    try:
        yield
    except (ImageFileError, GeneratorExit):
        raise
    except MemoryError as error:
        raise ImageFileError("too_large", f"{path} does not fit into memory; make it smaller.") from error
    except PixelError as error:
        raise ImageFileError("unsupported_image", f"{path}: {error}") from error
    except Image.DecompressionBombError as error:
        raise too_large(path) from error
    except UnidentifiedImageError as error:
        if known := kind_of(data):
            message = f"{path} is {known}, which is not read; convert it to one of {suffixes}."
            raise ImageFileError("unsupported_image", message) from error
        raise ImageFileError("not_an_image", f"{path} is not an image that can be read; use {suffixes}.") from error
    except Exception as error:  # decoders raise anything on damaged files
        if is_text_limit(error):
            raise _too_much_text(path) from error
        message = f"{path} is damaged or incomplete; get it again from its source ({one_line(error)})."
        raise ImageFileError("damaged_image", message) from error


def one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def too_large(path: Path) -> ImageFileError:
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
