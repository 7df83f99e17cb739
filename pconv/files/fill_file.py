"""One photo file and one mask file in, one filled photo file out. Everything that fills files does it through here."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from daemon.client.client import Client, Progress
from daemon.system.files import write_atomically
from model.errors import CancelledError
from model.options import FillOptions
from pconv.files.fill_clip import fill_clip
from pconv.files.fill_series import fill_series
from pconv.files.holes import Hole, Holes, HoleSource
from pconv.files.names import variant_path
from pconv.files.shown import shown_in
from pconv.images.codecs import as_array
from pconv.images.faults import ImageFileError
from pconv.images.files import Picture, format_of, read_picture, refuse_unwritable, write_picture
from pconv.images.series import Series, read_series
from pconv.video.clip import is_clip

Tell = Callable[[Progress], None] | None


@dataclass(frozen=True)
class FileJob:
    """Fill `image` where `mask` is white, or where the filler's `HoleSource` says; write the result to `output`.

    `hole`, where it is given, is where the hole that was filled is written. Of several `variants` the best goes to
    `output`, the others beside it. No texture is taken from where the mask `forbid` is not black.
    """

    image: Path
    mask: Path | None
    output: Path
    hole: Path | None = None
    variants: int = 1
    forbid: Path | None = None

    @property
    def read(self) -> list[Path]:
        """The files that decide what the result is."""
        return [path for path in (self.image, self.mask, self.forbid) if path]

    @property
    def outputs(self) -> list[Path]:
        """Where the results go, the best first; there may come fewer."""
        return [variant_path(self.output, number) for number in range(1, self.variants + 1)]

    @property
    def places(self) -> list[Path]:
        """Whatever may be written."""
        return self.outputs if self.hole is None else [*self.outputs, self.hole]


@dataclass(frozen=True)
class Outcome:
    """`status` is "filled" or "unchanged"; `note` says what a person should know, or is empty.

    `others`: the files of further variants, the better ones first.
    """

    status: str
    note: str = ""
    others: tuple[Path, ...] = ()


@dataclass
class FileFiller:
    """Fills files one after another over one connection; for one thread.

    Args:
        options: of every fill; how many variants are wanted is the job's.
        address: of the daemon, as for `Client`.
        quality: as for `write_picture`.
        timeout: seconds for each fill; None waits.
        cancel: set from any thread to give up.
        background: as for `Client`.
        page, strict: as for `read_picture`.
        all_pages: fill every page of a TIFF or frame of an animation, into one file.
        source: where the holes are.
    """

    options: FillOptions = field(default_factory=FillOptions)
    address: str | None = None
    quality: int | None = None
    timeout: float | None = None
    cancel: threading.Event | None = None
    background: bool = False
    page: int | None = None
    strict: bool = False
    all_pages: bool = False
    source: HoleSource = field(default_factory=HoleSource)
    _client: Client | None = None

    def fill(self, job: FileJob, progress: Tell = None) -> Outcome:
        """Fill one photo. All files are checked before a daemon is asked or started.

        A mask without white writes the photo as it is, byte for byte where the format stays. Further variants are
        written before the best, so that all are there where that one is. Clips and series have one result.

        Raises:
            PconvError: of the files (`ImageFileError`) or the daemon; nothing is written to `output` then.
        """
        try:
            _refuse_places(job)
            if is_clip(job.image):
                return self._fill_clip(job, progress)
            series = read_series(job.image, strict=self.strict) if self.all_pages else None
            if series is not None and series.count > 1:
                return self._fill_series(job, series, progress)
            return self._fill_picture(job, progress)
        except OSError as error:  # a name that the system does not take, a disk that fails
            place, reason = error.filename or job.image, error.strerror or error
            raise ImageFileError(
                "unusable_file", f"{place} cannot be used: {reason}; choose another name or place."
            ) from error

    def _fill_picture(self, job: FileJob, progress: Tell) -> Outcome:
        picture = read_picture(job.image, self.page, strict=self.strict)
        hole = Holes(self.source, job.image, job.mask).of(picture)
        refuse_unwritable(job.output, hole.picture)
        if job.hole is not None:
            write_picture(job.hole, Picture(hole.alpha[..., None]))
        if hole.alpha.any():
            return self._fill_variants(job, hole, progress)
        if format_of(job.output) == picture.extras.format and self.quality is None and self.page is None:
            write_atomically(job.output, job.image.read_bytes(), ImageFileError)
            return Outcome("unchanged", " ".join(hole.notes))
        left_out = write_picture(job.output, hole.picture, quality=self.quality)
        return _outcome(False, *hole.notes, left_out)

    def _fill_variants(self, job: FileJob, hole: Hole, progress: Tell) -> Outcome:
        picture = hole.picture
        variants = self._ask(job, as_array(picture.pixels, picture.alpha), hole.alpha, progress, job.variants)
        others, left_out = tuple(job.outputs[1 : len(variants)]), ""
        for path in reversed([job.output, *others]):
            left_out = write_picture(path, shown_in(path, picture, variants.pop()), quality=self.quality)
        return replace(_outcome(True, *hole.notes, left_out), others=others)

    def _fill_series(self, job: FileJob, series: Series, progress: Tell) -> Outcome:
        filled, notes = fill_series(
            series,
            job.output,
            Holes(self.source, job.image, job.mask),
            lambda frame, hole: self._ask(job, frame, hole, progress)[0],
            self.options,
            hole_output=job.hole,
            quality=self.quality,
            check=self._refuse_cancelled,
        )
        return _outcome(filled, *notes)

    def _fill_clip(self, job: FileJob, progress: Tell) -> Outcome:
        filled, notes = fill_clip(
            job.image,
            job.output,
            Holes(self.source, job.image, job.mask),
            lambda frame, hole: self._ask(job, frame, hole, None)[0],
            self.options,
            hole_output=job.hole,
            quality=self.quality,
            tell=progress,
            check=self._refuse_cancelled,
        )
        return _outcome(filled, *notes)

    def _refuse_cancelled(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise CancelledError("cancelled", "The fill was cancelled.")

    def _ask(
        self, job: FileJob, image: np.ndarray, alpha: np.ndarray, progress: Tell, variants: int = 1
    ) -> list[np.ndarray]:
        forbid = None if job.forbid is None else self.source.forbidden(job.forbid, alpha.shape)
        if self._client is None:
            self._client = Client(self.address, background=self.background)
        options = replace(self.options, variants=variants)
        return self._client.fill_variants(
            image, alpha, options, forbid=forbid, progress=progress, cancel=self.cancel, timeout=self.timeout
        )

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> FileFiller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _outcome(filled: bool, *notes: str) -> Outcome:
    return Outcome("filled" if filled else "unchanged", " ".join(filter(None, notes)))


def _refuse_places(job: FileJob) -> None:
    """Before anything is read.

    Raises:
        ImageFileError: a result cannot be written where it should be.
    """
    for output in job.places:
        if not is_clip(output):
            format_of(output)
        if any(mask and os.path.realpath(output) == os.path.realpath(mask) for mask in (job.mask, job.forbid)):
            raise ImageFileError("unwritable", f"{output} is the mask; name another file for the result.")
        if not output.parent.is_dir():
            raise ImageFileError(
                "unwritable", f"{output} cannot be written: the folder {output.parent} does not exist."
            )
        with contextlib.suppress(FileNotFoundError):
            output.lstat()  # raises where the name is too long
    others = [os.path.realpath(path) for path in job.outputs[1:]]
    if os.path.realpath(job.image) in others:
        raise ImageFileError("unwritable", f"{job.image} is where a result would go; name another file with -o.")
    if job.hole is not None and os.path.realpath(job.hole) in {
        os.path.realpath(job.output),
        os.path.realpath(job.image),
        *others,
    }:
        raise ImageFileError("unwritable", f"{job.hole} is the photo or its result; name another file for the mask.")
