"""Folders of photos and masks: pairs them, fills several at once, resumes, reports."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from daemon.errors import PconvError
from daemon.system.files import write_atomically
from model.errors import ModelError
from pconv.files.fill_file import FileFiller, FileJob
from pconv.images.files import FORMATS, ImageFileError

MASK_ENDING = "_mask"


@dataclass(frozen=True)
class Entry:
    """What became of one photo.

    `status`: "filled", "unchanged" (its mask has no white), "skipped" (its output is newer than photo and mask),
    "failed", "no_mask", or "not_tried" (the run ended before its turn).
    """

    image: str
    mask: str | None
    output: str | None
    status: str
    seconds: float = 0.0
    note: str = ""
    code: str = ""
    kind: str = ""


def find_jobs(
    folder: Path, masks: Path | None, output: Path, suffix: str | None = None
) -> tuple[list[FileJob], list[Path]]:
    """Pair the photos of a folder with their masks.

    Args:
        folder: photos; without `masks`, `name_mask.*` beside `name.*` is its mask.
        masks: a folder that holds `name_mask.*` or `name.*` for each photo, or one mask file for all; or None.
        output: folder of the results, which keep the photos' names.
        suffix: of the results, such as ".png"; None keeps each photo's.

    Returns:
        The jobs by name, and the photos that have no mask.

    Raises:
        ImageFileError: `unreadable` (a folder cannot be listed), `same_folder` (results would replace photos),
            `same_name` (two photos would have one result).
    """
    if output.resolve() in {folder.resolve(), masks.resolve() if masks and masks.is_dir() else None}:
        raise ImageFileError(
            "same_folder", f"{output} holds what is to be read; choose another folder for the results."
        )
    candidates = {path.stem: path for path in _pictures(masks)} if masks and masks.is_dir() else {}
    photos = _pictures(folder)
    if masks is None:
        candidates = {path.stem: path for path in photos if path.stem.endswith(MASK_ENDING)}
        photos = [path for path in photos if not path.stem.endswith(MASK_ENDING)]

    jobs, without = [], []
    for photo in photos:
        mask = masks if masks and not masks.is_dir() else candidates.get(photo.stem + MASK_ENDING)
        mask = mask or (candidates.get(photo.stem) if masks else None)
        if mask is None:
            without.append(photo)
        elif photo.resolve() != mask.resolve():
            jobs.append(FileJob(photo, mask, output / (photo.stem + suffix if suffix else photo.name)))
    _refuse_collisions(jobs)
    return jobs, without


def is_done(job: FileJob) -> bool:
    """True when the output is there and at least as new as the photo and the mask."""
    try:
        written = job.output.stat().st_mtime_ns
        return all(written >= path.stat().st_mtime_ns for path in (job.image, job.mask))
    except OSError:
        return False


def run(
    jobs: list[FileJob],
    make_filler: Callable[[], FileFiller],
    *,
    threads: int = 1,
    overwrite: bool = False,
    stop: threading.Event | None = None,
) -> Iterator[Entry]:
    """Do the jobs, several at once, and yield what became of each as it ends.

    A bad file fails alone. Without a daemon, or once `stop` is set, the rest is "not_tried".
    """
    stop = stop or threading.Event()
    local = threading.local()
    fillers: list[FileFiller] = []

    def work(job: FileJob) -> Entry:
        if stop.is_set():
            return _entry(job, "not_tried")
        if not overwrite and is_done(job):
            return _entry(job, "skipped")
        if not hasattr(local, "filler"):
            local.filler = make_filler()
            fillers.append(local.filler)
        begin = time.monotonic()
        try:
            outcome = local.filler.fill(job)
        except (PconvError, ModelError) as error:
            kind = error.kind if isinstance(error, PconvError) else "input"
            if kind == "cancelled":
                return _entry(job, "not_tried")
            if kind == "daemon":
                stop.set()
            return _entry(job, "failed", begin, note=str(error), code=error.code, kind=kind)
        return _entry(job, outcome.status, begin, note=outcome.note)

    with ThreadPoolExecutor(threads) as pool:
        try:
            for future in as_completed([pool.submit(work, job) for job in jobs]):
                yield future.result()
        except BaseException:
            stop.set()
            raise
    for filler in fillers:
        filler.close()


def write_report(path: Path, entries: list[Entry]) -> None:
    """Write what became of every photo as JSON: {"version", "summary": {status: count}, "files": [...]}."""
    files = [asdict(entry) for entry in sorted(entries, key=lambda entry: entry.image)]
    report = {"version": 1, "summary": dict(Counter(entry.status for entry in entries)), "files": files}
    write_atomically(
        path,
        (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode(errors="backslashreplace"),
        ImageFileError,
    )


def without_mask(photo: Path) -> Entry:
    return Entry(str(photo), None, None, "no_mask", note=f"{photo} has no mask {photo.stem}{MASK_ENDING}.*")


def _entry(job: FileJob, status: str, begin: float | None = None, **more: str) -> Entry:
    seconds = 0.0 if begin is None else round(time.monotonic() - begin, 3)
    return Entry(str(job.image), str(job.mask), str(job.output), status, seconds, **more)


def _pictures(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.suffix.lower() in FORMATS and not p.name.startswith("."))
    except OSError as error:
        raise ImageFileError("unreadable", f"{folder} cannot be listed: {error.strerror}.") from error


def _refuse_collisions(jobs: list[FileJob]) -> None:
    for output, count in Counter(job.output for job in jobs).items():
        if count > 1:
            raise ImageFileError("same_name", f"{count} photos would be written to {output}; rename all but one.")
