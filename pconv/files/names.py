"""What the names of a folder's files say: which are photos, which are masks, which are neither."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from pconv.images.faults import ImageFileError
from pconv.images.files import READABLE, WRITABLE

MASK_ENDING = "_mask"
_MASK = re.compile(r"(.+)[-_. ]mask")


@dataclass(frozen=True)
class Listing:
    """The visible files of a folder by name: pictures whose names end as a mask's does, the other ones, the rest."""

    photos: list[Path]
    masks: list[Path]
    others: list[Path]


def list_all(folder: Path) -> list[Path]:
    """Files and folders that are not hidden, by name.

    Raises:
        ImageFileError: `unreadable`.
    """
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise ImageFileError("unreadable", f"{folder} cannot be listed: {error.strerror}.") from error


def list_folder(folder: Path) -> Listing:
    """The files of a folder, sorted out; raises as `list_all` does."""
    listing = Listing([], [], [])
    for path in list_all(folder):
        if path.is_dir():
            continue
        if path.suffix.lower() not in READABLE:
            listing.others.append(path)
        elif photo_key(path):
            listing.masks.append(path)
        else:
            listing.photos.append(path)
    return listing


def with_photos_named_as_masks(listing: Listing) -> Listing:
    """The same, but a name that ends as a mask's is a photo's where there is no photo for it: a carnival's, say."""
    photos = {key(path) for path in listing.photos}
    masks = [path for path in listing.masks if photo_key(path) in photos]
    return Listing(sorted({*listing.photos, *listing.masks} - {*masks}), masks, listing.others)


def key(path: Path) -> str:
    """Of the name without its suffix; the same for names that look the same, or differ in case alone."""
    return unicodedata.normalize("NFC", path.stem).casefold()


def photo_key(mask: Path) -> str | None:
    """The key of the photo whose mask has this name: NAME_mask, name-MASK and the like; None for other names."""
    match = _MASK.fullmatch(key(mask))
    return match[1] if match else None


def variant_path(output: Path, number: int) -> Path:
    """Where the result of this number goes, from 1: the first to `output` itself, the second to NAME-2.*."""
    return output if number == 1 else output.with_name(f"{output.stem}-{number}{output.suffix}")


def result_name(photo: Path, suffix: str | None = None, ending: str = "") -> str:
    """The name of a photo's result: its own, a PNG's where its format is not written."""
    kept = photo.suffix if photo.suffix.lower() in WRITABLE or photo.suffix.lower() not in READABLE else ".png"
    return f"{photo.stem}{ending}{suffix or kept}"
