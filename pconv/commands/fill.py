"""`pconv fill`: one photo and its mask, or a folder of them."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.client.flags import add_connection
from daemon.errors import PconvError
from model.options import FillOptions
from pconv.commands.terminal import (
    BAD_INPUT,
    EXIT_CODES,
    EXIT_HELP,
    INTERRUPTED,
    interruptible,
    note,
    progress_bar,
)

if TYPE_CHECKING:
    from pconv.files.fill_folder import Entry

DESCRIPTION = """Fill the white part of a mask in a photo.

  pconv fill photo.jpg mask.png                 writes photo_filled.jpg beside it
  pconv fill photo.jpg mask.png -o out.png      PNG and TIFF keep the rest byte for byte
  pconv fill scans/ -o filled/                  every scans/NAME.* that has a NAME_mask.*
  pconv fill scans/ masks/ -o filled/           masks of the same names in another folder
  pconv fill scans/ dust.png -o filled/         one mask for all

Masks: white = hole, black = keep, gray = blend, transparent = keep; as large as the photo as displayed.
A folder run skips results that are newer than photo and mask, so it can be stopped and started again.
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "fill",
        help="fill a photo, or a folder of photos",
        description=DESCRIPTION,
        epilog=EXIT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", type=_path, help="a photo (PNG, JPEG, WebP, TIFF) or a folder of photos")
    parser.add_argument("mask", type=_path, nargs="?", help="the mask; for a folder: a folder of masks or one for all")
    parser.add_argument(
        "-o", "--output", type=_path, help="result file or folder; default: NAME_filled.* or INPUT/filled"
    )
    defaults = FillOptions()
    options = parser.add_argument_group("fill")
    options.add_argument("--grow", type=int, default=defaults.grow, metavar="PX", help="widen the hole; %(default)s")
    options.add_argument(
        "--feather", type=int, default=defaults.feather, metavar="PX", help="soften its border; %(default)s"
    )
    options.add_argument("--context", type=int, metavar="PX", help="picture around the hole to look at; by its size")
    options.add_argument(
        "--detail",
        type=float,
        default=defaults.detail,
        metavar="0..1",
        help="how much of the photo's own texture goes into the fill; %(default)s",
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--quality", type=int, metavar="1..100", help="of JPEG and WebP; default: a JPEG as it was saved, else 95"
    )
    output.add_argument("--format", choices=("png", "jpg", "webp", "tif"), help="of the results of a folder")
    output.add_argument("--report", type=_path, metavar="FILE", help="write what became of every photo as JSON")
    run = parser.add_argument_group("run")
    run.add_argument("--jobs", type=int, default=2, metavar="N", help="photos of a folder at a time; %(default)s")
    run.add_argument("--overwrite", action="store_true", help="fill again what a folder's results already hold")
    run.add_argument(
        "--timeout", type=float, metavar="S", help="most seconds for each photo; default: as long as it takes"
    )
    add_connection(run)
    parser.set_defaults(run=partial(_run, parser))


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it is empty; name a file or folder")
    return Path(text)


def _run(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    options = _options(parser, given)
    return _fill_folder(given, options) if given.input.is_dir() else _fill_one(parser, given, options)


def _options(parser: argparse.ArgumentParser, given: argparse.Namespace) -> FillOptions:
    if given.quality is not None and not 1 <= given.quality <= 100:
        parser.error(f"--quality must be 1..100, got {given.quality}")
    if given.timeout is not None and not given.timeout > 0:
        parser.error(f"--timeout must be above 0, got {given.timeout}")
    if given.jobs < 1:
        parser.error(f"--jobs must be at least 1, got {given.jobs}")
    try:
        return FillOptions(given.grow, given.feather, given.context, given.detail)
    except ValueError as error:
        parser.error(f"--{error}")


def _fill_one(parser: argparse.ArgumentParser, given: argparse.Namespace, options: FillOptions) -> int:
    from pconv.files import fill_folder
    from pconv.files.fill_file import FileFiller, FileJob

    if given.mask is None:
        parser.error("name a mask after the photo")
    if given.format:
        parser.error("--format is for folders; name the result with -o")
    output = given.output or given.input.with_stem(given.input.stem + "_filled")
    job = FileJob(given.input, given.mask, output)
    entry = partial(fill_folder.Entry, str(job.image), str(job.mask), str(job.output))
    try:
        with (
            interruptible() as cancel,
            FileFiller(options, given.address, given.quality, given.timeout, cancel) as filler,
            progress_bar() as progress,
        ):
            outcome = filler.fill(job, progress)
    except PconvError as error:
        if given.report:
            failed = entry("failed", note=error.message, code=error.code, kind=error.kind)
            fill_folder.write_report(given.report, [failed])
        raise
    if outcome.note:
        note(f"pconv: {outcome.note}")
    if given.report:
        fill_folder.write_report(given.report, [entry(outcome.status, note=outcome.note)])
    print(output)
    return 0


def _fill_folder(given: argparse.Namespace, options: FillOptions) -> int:
    from tqdm import tqdm

    from pconv.files import fill_folder
    from pconv.files.fill_file import FileFiller

    output = given.output or given.input / "filled"
    suffix = f".{given.format}" if given.format else None
    jobs, without = fill_folder.find_jobs(given.input, given.mask, output, suffix)
    entries = [fill_folder.without_mask(photo) for photo in without]
    with interruptible() as stop, tqdm(total=len(jobs), unit="photo", disable=None, file=sys.stderr) as bar:
        _make_folder(output)

        def make_filler() -> FileFiller:
            return FileFiller(options, given.address, given.quality, given.timeout, stop, background=True)

        for entry in fill_folder.run(jobs, make_filler, threads=given.jobs, overwrite=given.overwrite, stop=stop):
            entries.append(entry)
            bar.update()
            if entry.note:
                note(f"pconv: {entry.note}")
        interrupted = stop.is_set() and not any(entry.kind == "daemon" for entry in entries)
    if given.report:
        fill_folder.write_report(given.report, entries)
    counts = Counter(entry.status for entry in entries)
    print(", ".join(f"{count} {status.replace('_', ' ')}" for status, count in sorted(counts.items())) or "no photos")
    return _folder_code(entries, interrupted)


def _folder_code(entries: list[Entry], interrupted: bool) -> int:
    """The first reason there is to look: interrupted, no daemon, device, busy, bad input."""
    kinds = {entry.kind for entry in entries if entry.status == "failed"}
    if interrupted:
        return INTERRUPTED
    for kind in ("daemon", "device", "busy", "input"):
        if kind in kinds:
            return EXIT_CODES[kind]
    return 0 if any(entry.mask for entry in entries) else BAD_INPUT


def _make_folder(folder: Path) -> None:
    from pconv.images.files import ImageFileError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImageFileError("unwritable", f"The folder {folder} cannot be made: {error.strerror}.") from error
