"""A clip with a still mark, such as a logo, a date or dust on the sensor, filled frame by frame without flicker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from daemon.client.client import Progress
from daemon.system.files import replacing
from pconv.files.steady import SteadyFiller
from pconv.images.faults import ImageFileError
from pconv.video.clip import CONTAINERS, is_clip, look_at, rewrite

DEFAULT_CRF = 16
WORST_CRF = 51


def fill_clip(
    photo: Path,
    output: Path,
    hole_of: Callable[[np.ndarray], np.ndarray],
    steady: SteadyFiller,
    *,
    quality: int | None = None,
    tell: Callable[[Progress], None] | None = None,
    check: Callable[[], None] = lambda: None,
) -> str:
    """Write the filled clip whole or not at all; frames are streamed.

    Args:
        hole_of: (H, W, 3) uint8 frame as displayed → its hole, (H, W) uint8.
        quality: 1..100; None is as good as the eye sees.
        check: called before each frame; raises to give up.

    Returns:
        A sentence on what is left out, or "".

    Raises:
        PconvError: of the files, the daemon, or what `check` raises.
    """
    if not is_clip(output):
        raise ImageFileError("unsupported_output", f"{output} is no video; name one of {', '.join(CONTAINERS)}.")
    clip, done = look_at(photo), 0

    def change(frame: np.ndarray) -> np.ndarray:
        nonlocal done
        check()
        filled = steady.next(frame, hole_of(frame))
        done += 1
        if tell is not None:
            tell(Progress("filling", done=done, total=max(clip.frames, done)))
        return filled

    crf = DEFAULT_CRF if quality is None else round(WORST_CRF * (100 - quality) / 100)
    with replacing(output, ImageFileError) as file:
        words = rewrite(photo, file, output.suffix, change, crf)
    return f"{output}: left out of this video: {', '.join(words)}." if words else ""
