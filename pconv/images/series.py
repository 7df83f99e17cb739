"""Pictures of several pages or frames: read one after another, written into one file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from daemon.system.files import write_atomically
from pconv.images.animation import encode_animation
from pconv.images.codecs import as_array
from pconv.images.faults import ImageFileError, explained, read_bytes, too_large
from pconv.images.files import (
    PHOTO_FORMATS,
    SUFFIXES,
    Picture,
    decoded,
    encoding,
    format_of,
    frame_count,
    lost_colours,
    read_picture,
    refuse_unfit,
    refuse_unwritable,
    sentence,
)
from pconv.images.fit import fit
from pconv.images.heif import is_heif
from pconv.images.limits import LARGEST_PIXELS
from pconv.images.metadata import read_extras, stored
from pconv.images.tiff import TiffPages
from pconv.images.tiff_reader import decode_tiff, is_tiff, open_pages

ANIMATED = {"GIF", "WEBP", "PNG", "AVIF"}  # formats of frames


@dataclass(frozen=True)
class Series:
    """The pages of a TIFF or the frames of an animation.

    Args:
        count: of pages or frames.
        word: "page" of a TIFF, "frame" of an animation.
    """

    path: Path
    data: bytes
    count: int
    word: str
    strict: bool

    def __iter__(self) -> Iterator[Picture]:
        """Each is decoded when it is its turn; raises as `read_picture`."""
        if self.count == 1:
            yield read_picture(self.path, strict=self.strict)
        else:
            with explained(self.path, self.data, SUFFIXES):
                yield from self._pages() if self.word == "page" else self._frames()

    def _pages(self) -> Iterator[Picture]:
        for page in open_pages(self.data):
            if page.page.imagewidth * page.page.imagelength > LARGEST_PIXELS:
                raise too_large(self.path)
            yield Picture(*decode_tiff(page))

    def _frames(self) -> Iterator[Picture]:
        with Image.open(io.BytesIO(self.data)) as image:
            refuse_unfit(self.path, image, self.data, PHOTO_FORMATS)
            if image.width * image.height * self.count > LARGEST_PIXELS:
                message = f"{self.path} has {self.count} frames, over {LARGEST_PIXELS // 10**6} megapixels together; "
                raise ImageFileError("too_large", message + "make it smaller or shorter.")
            extras = read_extras(image, self.data)
            plays = image.info.get("loop")
            if extras.format == "GIF":
                plays = 1 if plays is None else plays and plays + 1
            for index in range(frame_count(image) - self.count, frame_count(image)):
                image.seek(index)
                frame = decoded(image, self.data, extras)
                yield replace(frame, extras=replace(extras, duration=image.info.get("duration", 0), plays=plays or 0))


def read_series(path: Path | str, *, strict: bool = False) -> Series:
    """Count the pages of a TIFF or the frames of an animation; a picture of another kind has one.

    Raises:
        ImageFileError: as `read_picture`.
    """
    path = Path(path)
    data = read_bytes(path)
    with explained(path, data, SUFFIXES):
        if is_tiff(data):
            return Series(path, data, len(open_pages(data)), "page", strict)
        if is_heif(data):
            return Series(path, data, 1, "picture", strict)
        with Image.open(io.BytesIO(data)) as image:
            still = getattr(image, "default_image", False)  # an APNG's picture for those who do not know them
            return Series(path, data, frame_count(image) - bool(still), "frame", strict)


def refuse_series(path: Path, word: str) -> None:
    """Refuse formats that hold one picture alone.

    Raises:
        ImageFileError: `unsupported_output`, the format that the path names does not hold pages or frames.
    """
    format = format_of(path)
    if format != "TIFF" and (word == "page" or format not in ANIMATED):
        better = "a TIFF" if word == "page" else "a GIF, WebP, PNG, AVIF or TIFF"
        raise ImageFileError("unsupported_output", f"{path} holds no {word}s; save them as {better}.")


def write_series(path: Path, pictures: Iterable[Picture], quality: int | None = None) -> str:
    """Write pages or frames, at least one, whole or not at all; all else is as by `write_picture`.

    The pages of a TIFF are encoded as they come, so that they are not all in memory.
    """
    format = format_of(path)
    tiff, frames, lost, amiss = TiffPages(), [], [], []
    for picture in pictures:
        refuse_unwritable(path, picture)
        extras, left_out = fit(picture.extras, format)
        array = stored(as_array(picture.pixels, picture.alpha), extras.orientation)
        lost += [*left_out, *lost_colours(picture, format)]
        amiss += extras.amiss
        with encoding(path, format):
            if format == "TIFF":
                tiff.add(array, extras)
            else:
                frames.append((array, extras))
    with encoding(path, format):
        data = tiff.data() if format == "TIFF" else encode_animation(frames, format, quality)
    write_atomically(path, data, ImageFileError)
    return sentence(path, amiss, lost, format)
