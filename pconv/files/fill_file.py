"""One photo file and one mask file in, one filled photo file out. Everything that fills files does it through here."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from daemon.client.client import Client, Progress
from daemon.errors import PconvError
from daemon.system.files import write_atomically
from model.options import FillOptions
from pconv.images.files import ImageFileError, format_of, read_hole, read_picture, write_picture

FAINT_BELOW = 128


@dataclass(frozen=True)
class FileJob:
    """Fill `image` where `mask` is white, write the result to `output`."""

    image: Path
    mask: Path
    output: Path


@dataclass(frozen=True)
class Outcome:
    """`status` is "filled" or "unchanged"; `note` says what a person should know, or is empty."""

    status: str
    note: str = ""


@dataclass
class FileFiller:
    """Fills files one after another over one connection; for one thread.

    Args:
        options: of every fill.
        address: of the daemon, as for `Client`.
        quality: as for `write_picture`.
        timeout: seconds for each fill; None waits.
        cancel: set from any thread to give up.
        background: as for `Client`.
    """

    options: FillOptions = field(default_factory=FillOptions)
    address: str | None = None
    quality: int | None = None
    timeout: float | None = None
    cancel: threading.Event | None = None
    background: bool = False
    _client: Client | None = None

    def fill(self, job: FileJob, progress: Callable[[Progress], None] | None = None) -> Outcome:
        """Fill one photo. All files are checked before a daemon is asked or started.

        A mask without white writes the photo as it is, byte for byte where the format stays.

        Raises:
            PconvError: of the files (`ImageFileError`) or the daemon; nothing is written then.
        """
        format = format_of(job.output)
        if os.path.realpath(job.output) == os.path.realpath(job.mask):
            raise ImageFileError("unwritable", f"{job.output} is the mask; name another file for the result.")
        if not job.output.parent.is_dir():
            raise ImageFileError(
                "unwritable", f"{job.output} cannot be written: the folder {job.output.parent} does not exist."
            )
        picture = read_picture(job.image)
        hole = read_hole(job.mask, picture.pixels.shape[:2])
        note = _judge(job.mask, hole)
        if not hole.any():
            if format == picture.extras.format and self.quality is None:
                write_atomically(job.output, job.image.read_bytes(), ImageFileError)
            else:
                write_picture(job.output, picture, quality=self.quality)
            return Outcome("unchanged", note)

        if self._client is None:
            self._client = Client(self.address, background=self.background)
        channels = picture.pixels.shape[2]
        image = picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])
        filled = self._client.fill(
            image, hole, self.options, progress=progress, cancel=self.cancel, timeout=self.timeout
        )
        write_picture(job.output, picture.with_pixels(filled[..., :channels]), quality=self.quality)
        return Outcome("filled", note)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> FileFiller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _judge(mask: Path, hole: np.ndarray) -> str:
    brightest, darkest = int(hole.max()), int(hole.min())
    if darkest == 255:
        raise PconvError("no_context", f"{mask} is all white, so nothing is left to fill from; paint the rest black.")
    if brightest == 0:
        return f"{mask} has no white, so there is nothing to fill; the photo is written as it is."
    if brightest < FAINT_BELOW:
        return f"{mask} is {brightest} of 255 at its brightest, so the fill hardly shows; paint the hole white."
    return ""
