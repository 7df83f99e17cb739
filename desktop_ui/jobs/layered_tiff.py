"""A photo and its fills as the pages of one TIFF, which GIMP and Krita open as layers."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from daemon.system.files import write_atomically
from desktop_ui.document.fills import Fill
from desktop_ui.document.layers import layers
from desktop_ui.document.stamp import Stamp
from desktop_ui.jobs.files import Saved
from pconv.images.faults import ImageFileError
from pconv.images.files import Picture, encoding

_PAGE_NAME = 285  # a tag
_ONE_OF_MANY = 2  # NewSubfileType
_LARGE = 4 << 30  # bytes, from which on offsets need more than 32 bits


def write_layers(path: Path, picture: Picture, fills: Sequence[Fill], names: Sequence[str]) -> Saved:
    """Write the photo as it was opened, then one page for each run of the fills, transparent where it changed nothing.

    Args:
        names: of the pages; one more than there are `runs`.

    Raises:
        ImageFileError: it cannot be written; an old file is still whole.
    """
    most = len(names) * picture.pixels.nbytes * 2
    buffer = io.BytesIO()
    with encoding(path, "TIFF"), tifffile.TiffWriter(buffer, bigtiff=most > _LARGE) as tiff:
        for page, name in zip(_pages(picture, fills), names, strict=True):
            _write(tiff, page, name)
    write_atomically(path, buffer.getvalue(), ImageFileError)
    extras = picture.extras
    lost = [word for word, there in (("EXIF", extras.exif), ("XMP", extras.xmp), ("IPTC", extras.iptc)) if there]
    return Saved(Stamp.of(path), f"Left out of this TIFF: {', '.join(lost)}." if lost else "")


def _pages(picture: Picture, fills: Sequence[Fill]) -> Iterator[Picture]:
    yield picture
    yield from layers(picture, fills)


def _write(tiff: tifffile.TiffWriter, page: Picture, name: str) -> None:
    extras, pixels = page.extras, page.pixels
    array = pixels if page.alpha is None else np.dstack([pixels, page.alpha])
    kind = "assocalpha" if extras.associated_alpha else "unassalpha"
    more: dict[str, Any] = {} if page.alpha is None else {"extrasamples": [kind], "planarconfig": "contig"}
    if extras.dpi is not None:
        more |= {"resolution": extras.dpi, "resolutionunit": "inch"}
    tiff.write(
        array[..., 0] if array.shape[2] == 1 else array,
        photometric="minisblack" if pixels.shape[2] == 1 else "rgb",
        compression="zlib",
        predictor=True,
        iccprofile=extras.icc,
        subfiletype=_ONE_OF_MANY,
        extratags=[(_PAGE_NAME, "s", 0, name, True)],
        metadata=None,
        software=False,
        **more,
    )
