"""Reading and writing pictures for the editor: plain functions that a task runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from desktop_ui.document.colour import to_srgb
from desktop_ui.document.document import Document
from desktop_ui.document.project import SUFFIX, read_project
from desktop_ui.document.stamp import Stamp
from model.errors import PconvError
from pconv.files.names import list_folder, with_photos_named_as_masks
from pconv.images.files import READABLE, Picture, read_picture, write_picture
from pconv.images.metadata import ORIENTATION

PICTURE_SUFFIXES = READABLE


def load(path: Path) -> Document:
    """A picture or a project.

    Raises:
        PconvError: it cannot be read.
    """
    if path.suffix.lower() == SUFFIX:
        document = read_project(path)
        document.project = path
        document.mark_saved()
        return document
    stamp = Stamp.of(path)
    return Document(read_picture(path), path, stamp)


@dataclass(frozen=True)
class Preview:
    """A JPEG at a fraction of its size, soon after it is asked for.

    Args:
        pixels: h×w×3 sRGB bytes, upright.
        width, height: of the whole picture, upright.
    """

    pixels: np.ndarray
    width: int
    height: int


def preview(path: Path, width: int, height: int) -> Preview | None:
    """A quick look large enough for a width×height window; None where that is not quicker or not possible.

    The full decode tells what is wrong with a file; this one keeps quiet.
    """
    try:
        with Image.open(path) as image:
            full = image.size
            if image.format != "JPEG":
                return None
            turned = image.getexif().get(ORIENTATION, 1) >= 5
            room = (height, width) if turned else (width, height)
            scale = min(room[0] / full[0], room[1] / full[1])
            image.draft("RGB", (int(full[0] * scale), int(full[1] * scale)))
            if 2 * image.width > full[0]:
                return None
            icc = image.info.get("icc_profile")
            pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return Preview(to_srgb(icc, 3)(pixels), *(full[::-1] if turned else full))


@dataclass(frozen=True)
class Saved:
    """`stamp` of the file that came of it; `note` says what could not be kept, or is empty."""

    stamp: Stamp | None
    note: str


def save_picture(path: Path, picture: Picture, quality: int | None = None) -> Saved:
    """Write a picture and look at the file that came of it.

    Raises:
        ImageFileError: it cannot be written; an old file is still whole.
    """
    note = write_picture(path, picture, quality=quality)
    note = note.removeprefix(f"{path}: ")
    return Saved(Stamp.of(path), note[:1].upper() + note[1:])


def size_of(path: Path) -> tuple[int, int]:
    """Height and width of a picture as displayed, from its header where that tells them.

    Raises:
        PconvError: it cannot be read.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            return (width, height) if image.getexif().get(ORIENTATION, 1) >= 5 else (height, width)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Document(read_picture(path)).bounds.shape


def thumbnail(path: Path, side: int) -> np.ndarray | None:
    """→ h×w×3 sRGB bytes, at most side×side, upright; None where the picture cannot be read."""
    try:
        return _quick_thumbnail(path, side)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        pass
    try:
        picture = read_picture(path)
    except PconvError:
        return None
    pixels = picture.pixels
    scale = min(1.0, side / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).reshape(*size[::-1], pixels.shape[2])
    return to_srgb(picture.extras.icc, pixels.shape[2])(small)


def _quick_thumbnail(path: Path, side: int) -> np.ndarray:
    """By Pillow, which reads a JPEG at a fraction of its size. Raises what Pillow does."""
    with Image.open(path) as image:
        if image.mode not in ("RGB", "L"):
            raise ValueError("another kind of pixels")
        icc = image.info.get("icc_profile")
        image.draft(image.mode, (side, side))
        image.thumbnail((side, side), Image.Resampling.BOX)
        return to_srgb(icc, 3)(np.asarray(ImageOps.exif_transpose(image).convert("RGB")))


def pictures_in(folder: Path) -> list[Path]:
    """The photos of a folder by name, without hidden ones and masks; [] when it cannot be listed."""
    try:
        listing = with_photos_named_as_masks(list_folder(folder))
    except PconvError:
        return []
    return sorted(listing.photos, key=lambda one: one.name.casefold())


def neighbours(path: Path) -> list[Path]:
    """The photos in the same folder and the picture itself, by name."""
    return sorted({*pictures_in(path.parent), path}, key=lambda one: one.name.casefold())
