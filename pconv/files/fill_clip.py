"""A clip with a still mark, such as a logo, a date or dust on the sensor, filled frame by frame without flicker."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from daemon.client.client import Progress
from daemon.system.files import replacing
from model.options import FillOptions
from pconv.files.holes import HoleNotes, Holes
from pconv.files.steady import Fill, SteadyFiller
from pconv.images.faults import ImageFileError
from pconv.images.files import Picture, write_picture
from pconv.images.metadata import Extras
from pconv.video.clip import CONTAINERS, is_clip, look_at, rewrite

DEFAULT_CRF = 16
WORST_CRF = 51


def fill_clip(
    photo: Path,
    output: Path,
    holes: Holes,
    fill: Fill,
    options: FillOptions,
    *,
    hole_output: Path | None = None,
    quality: int | None = None,
    tell: Callable[[Progress], None] | None = None,
    check: Callable[[], None] = lambda: None,
) -> tuple[bool, tuple[str, ...]]:
    """Write the filled clip whole or not at all; frames are streamed. One without any hole is copied as it is.

    Args:
        fill: (H, W, 3) uint8 as displayed and (H, W) uint8 hole → the filled frame.
        options: by which `fill` grows and feathers holes.
        hole_output: where the first frame's hole is written, before any fill.
        quality: 1..100; None is as good as the eye sees.
        check: called before each frame; raises to give up.

    Returns:
        True where there was a hole in any frame, and sentences on what a person should know.

    Raises:
        PconvError: of the files, of `fill`, or what `check` raises.
    """
    if not is_clip(output):
        raise ImageFileError("unsupported_output", f"{output} is no video; name one of {', '.join(CONTAINERS)}.")
    clip, notes, steady = look_at(photo), HoleNotes(photo, "frame"), SteadyFiller(fill, options)
    first = holes.of(_picture(clip.first))
    if hole_output is not None:
        write_picture(hole_output, Picture(first.alpha[..., None]))

    def change(frame: np.ndarray) -> np.ndarray:
        check()
        hole = holes.of(_picture(frame))
        notes.add(hole)
        filled = steady.next(frame, hole.alpha)
        if tell is not None:
            tell(Progress("filling", done=notes.count, total=max(clip.frames, notes.count)))
        return filled

    may_be_copied = quality is None and photo.suffix.lower() == output.suffix.lower()
    crf = DEFAULT_CRF if quality is None else round(WORST_CRF * (100 - quality) / 100)
    with replacing(output, ImageFileError) as file:
        left_out = []
        if may_be_copied and holes.are_alike and not first.alpha.any():
            notes.add(first)
        else:
            left_out = rewrite(photo, file, output, change, crf)
        if may_be_copied and not notes.any_hole:
            left_out = []
            _copy(photo, file)
    words = (f"{output}: left out of this video: {', '.join(left_out)}.",) if left_out else ()
    return notes.any_hole, (*notes.sentences(), *words)


def _picture(frame: np.ndarray) -> Picture:
    return Picture(frame, extras=Extras(lossy=True))


def _copy(path: Path, file: BinaryIO) -> None:
    """In the place of whatever the open file holds."""
    file.seek(0)
    file.truncate()
    with path.open("rb") as source:
        shutil.copyfileobj(source, file)
