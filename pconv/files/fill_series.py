"""All pages of a TIFF, or frames of an animation, filled into one file; frames do not flicker."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from daemon.system.files import write_atomically
from model.options import FillOptions
from pconv.files.holes import Hole, HoleNotes, Holes
from pconv.files.shown import shown_in
from pconv.files.steady import Fill, SteadyFiller
from pconv.images.codecs import as_array
from pconv.images.faults import ImageFileError
from pconv.images.files import Picture, format_of, refuse_unwritable
from pconv.images.series import Series, read_series, refuse_series, write_series


def fill_series(
    series: Series,
    output: Path,
    holes: Holes,
    fill: Fill,
    options: FillOptions,
    *,
    hole_output: Path | None = None,
    quality: int | None = None,
    check: Callable[[], None] = lambda: None,
) -> tuple[bool, tuple[str, ...]]:
    """Write the filled series whole or not at all, once all its holes are found and written.

    Args:
        fill: (H, W, 1..4) and (H, W) uint8 hole → the filled picture.
        options: by which `fill` grows and feathers holes.
        hole_output: where the holes are written, one for each picture.
        check: called before each picture; raises to give up.

    Returns:
        True where there was a hole in any picture, and sentences on what a person should know.

    Raises:
        PconvError: of the files, of `fill`, or what `check` raises.
    """
    for path in filter(None, (output, hole_output)):
        refuse_series(path, series.word)
    paged, notes, formats = _has_pages(holes.mask, series), HoleNotes(series.path, series.word), set()

    def found() -> Iterator[Hole]:
        for number, picture in enumerate(series, 1):
            check()
            formats.add(picture.extras.format)
            yield holes.of(picture, number if paged else None)

    def looked_at() -> Iterator[Picture]:
        for hole in found():
            refuse_unwritable(output, hole.picture)
            notes.add(hole)
            yield Picture(hole.alpha[..., None])

    if hole_output is None:
        deque(looked_at(), maxlen=0)
    else:
        write_series(hole_output, looked_at())
    if not notes.any_hole and formats == {format_of(output)} and quality is None:
        write_atomically(output, series.data, ImageFileError)
        return False, notes.sentences()

    fill_next = SteadyFiller(fill, options).next if series.word == "frame" else fill

    def filled() -> Iterator[Picture]:
        for hole in found():
            image = as_array(hole.picture.pixels, hole.picture.alpha)
            yield shown_in(output, hole.picture, fill_next(image, hole.alpha))

    left_out = write_series(output, filled(), quality)
    return notes.any_hole, (*notes.sentences(), left_out)


def _has_pages(mask: Path | None, series: Series) -> bool:
    """True where the mask has as many pages as the photo, False where it has one for all.

    Raises:
        ImageFileError: `mask_pages`.
    """
    count = 1 if mask is None else read_series(mask).count
    if count not in {1, series.count}:
        raise ImageFileError(
            "mask_pages",
            f"{mask} has {count} pages and {series.path} has {series.count}; give it as many, or one for all.",
        )
    return count > 1
