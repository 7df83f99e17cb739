"""What fills changed of a picture, as pictures of its size that are transparent elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from desktop_ui.document.fills import Candidate, Fill
from desktop_ui.document.strokes import runs
from pconv.images.files import Picture
from pconv.images.metadata import Extras


def fills_alone(picture: Picture, fills: Sequence[Fill]) -> Picture:
    """All fills together, as they are chosen.

    Args:
        picture: as it was opened.
    """
    return _layer(picture, [fill.current for fill in fills])


def layers(picture: Picture, fills: Sequence[Fill]) -> Iterator[Picture]:
    """One for each of the fills' `runs`; laid over the picture in their order they give the result."""
    for run in runs(fills):
        yield _layer(picture, [fill.current for fill in run])


def _layer(picture: Picture, candidates: Sequence[Candidate]) -> Picture:
    dtype = picture.pixels.dtype
    pixels, alpha = np.zeros_like(picture.pixels), np.zeros(picture.pixels.shape[:2], dtype)
    full = np.ones((), dtype) if dtype.kind == "f" else np.iinfo(dtype).max
    for one in candidates:
        if one.rect.empty:
            continue
        place, where = one.rect.slices, one.changed_pixels()
        one.write(pixels[place], one.rect)
        alpha[place][where] = full if picture.alpha is None else picture.alpha[place][where]
    extras = picture.extras
    return Picture(pixels, alpha, Extras(icc=extras.icc, dpi=extras.dpi, associated_alpha=extras.associated_alpha))
