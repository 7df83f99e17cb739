"""One photo file and one mask file in, one filled photo file out. Everything that fills files does it through here."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from daemon.client.client import Client, Progress
from daemon.system.files import write_atomically
from model.errors import InputError
from model.options import FillOptions
from pconv.files.names import variant_path
from pconv.images.files import (
    ImageFileError,
    Picture,
    format_of,
    read_hole,
    read_picture,
    refuse_unwritable,
    write_picture,
)

FAINT_BELOW = 128


@dataclass(frozen=True)
class FileJob:
    """Fill `image` where `mask` is white, or where it is transparent itself; write the result to `output`."""

    image: Path
    mask: Path | None
    output: Path


@dataclass(frozen=True)
class Outcome:
    """`status` is "filled" or "unchanged"; `note` says what a person should know, or is empty.

    `others`: the files of further variants, as `variant_path` names them.
    """

    status: str
    note: str = ""
    others: tuple[Path, ...] = ()


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
        page: as for `read_picture`.
        invert, any_nonzero: as for `read_hole`.
    """

    options: FillOptions = field(default_factory=FillOptions)
    address: str | None = None
    quality: int | None = None
    timeout: float | None = None
    cancel: threading.Event | None = None
    background: bool = False
    page: int | None = None
    invert: bool = False
    any_nonzero: bool = False
    _client: Client | None = None

    def fill(self, job: FileJob, progress: Callable[[Progress], None] | None = None) -> Outcome:
        """Fill one photo. All files are checked before a daemon is asked or started.

        A mask without white writes the photo as it is, byte for byte where the format stays. Further variants are
        written before the best, so that all are there where that one is.

        Raises:
            PconvError: of the files (`ImageFileError`) or the daemon; nothing is written to `output` then.
        """
        try:
            return self._fill(job, progress)
        except OSError as error:  # a name that the system does not take, a disk that fails
            place, reason = error.filename or job.image, error.strerror or error
            raise ImageFileError(
                "unusable_file", f"{place} cannot be used: {reason}; choose another name or place."
            ) from error

    def _fill(self, job: FileJob, progress: Callable[[Progress], None] | None) -> Outcome:
        format = format_of(job.output)
        outputs = [variant_path(job.output, number) for number in range(1, self.options.variants + 1)]
        for path in outputs:
            if job.mask is not None and os.path.realpath(path) == os.path.realpath(job.mask):
                raise ImageFileError("unwritable", f"{path} is the mask; name another file for the result.")
            if path != job.output and os.path.realpath(path) == os.path.realpath(job.image):
                raise ImageFileError("unwritable", f"{path} is the photo; name another file for the results.")
        if not job.output.parent.is_dir():
            raise ImageFileError(
                "unwritable", f"{job.output} cannot be written: the folder {job.output.parent} does not exist."
            )
        with contextlib.suppress(FileNotFoundError):
            outputs[-1].lstat()  # raises where the name is too long, before anything is filled
        picture = read_picture(job.image, self.page)
        if job.mask is None:
            picture, hole = picture.made_opaque()
        else:
            shape = picture.pixels.shape[:2]
            hole = read_hole(job.mask, shape, invert=self.invert, any_nonzero=self.any_nonzero)
        refuse_unwritable(job.output, picture)
        note = _judge(job, hole)
        _refuse_nothing_seen(job, picture, hole)
        if not hole.any():
            if format == picture.extras.format and self.quality is None and self.page is None:
                write_atomically(job.output, job.image.read_bytes(), ImageFileError)
            else:
                note = f"{note} {write_picture(job.output, picture, quality=self.quality)}".strip()
            return Outcome("unchanged", note)

        if self._client is None:
            self._client = Client(self.address, background=self.background)
        channels = picture.pixels.shape[2]
        image = picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])
        variants = self._client.fill_variants(
            image, hole, self.options, progress=progress, cancel=self.cancel, timeout=self.timeout
        )
        others = tuple(outputs[1 : len(variants)])
        for path in reversed([job.output, *others]):
            filled = variants.pop()[..., :channels]
            left_out = write_picture(path, picture.with_pixels(filled), quality=self.quality)
        return Outcome("filled", f"{note} {left_out}".strip(), others)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> FileFiller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _refuse_nothing_seen(job: FileJob, picture: Picture, hole: np.ndarray) -> None:
    """Where nothing shows, there is nothing to fill from."""
    if picture.alpha is None or not hole.any():
        return
    if not picture.alpha.any():
        raise ImageFileError("no_context", f"{job.image} is fully transparent, so nothing is there to fill from.")
    if not picture.alpha[hole < 255].any():
        raise ImageFileError(
            "no_context", f"{job.image} is transparent wherever {job.mask} is not white; make the hole smaller."
        )


def _judge(job: FileJob, hole: np.ndarray) -> str:
    brightest, darkest = int(hole.max()), int(hole.min())
    if job.mask is None:
        if darkest == 255:
            raise ImageFileError("no_context", f"{job.image} is fully transparent, so nothing is there to fill from.")
        return "" if brightest else f"{job.image} is nowhere transparent, so there is nothing to fill."
    if darkest == 255:
        raise InputError(
            "no_context", f"{job.mask} is all white, so nothing is left to fill from; paint the rest black."
        )
    if brightest == 0:
        return f"{job.mask} has no white, so there is nothing to fill; the photo is written as it is."
    if brightest < FAINT_BELOW:
        return (
            f"{job.mask} is {brightest} of 255 at its brightest, so the fill hardly shows; "
            "paint the hole white, or use --any-nonzero for labels."
        )
    return ""
