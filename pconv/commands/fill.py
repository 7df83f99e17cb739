"""`pconv fill`: one photo and its mask, or a folder of them."""

from __future__ import annotations

import argparse
import threading
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.client.flags import add_connection
from model.errors import PconvError
from model.options import FillOptions
from pconv.commands.terminal import (
    BAD_INPUT,
    EXIT_CODES,
    EXIT_HELP,
    FAILED,
    INTERRUPTED,
    interruptible,
    note,
    photo_bar,
    progress_bar,
)

if TYPE_CHECKING:
    from pconv.files.fill_file import FileFiller
    from pconv.files.results import FileResult

MOST_TOLD = 20  # files that were left out, by name
DESCRIPTION = """Fill the white part of a mask in a photo.

  pconv fill photo.jpg mask.png                 writes photo_filled.jpg beside it
  pconv fill photo.jpg mask.png -o out.png      PNG and TIFF keep the rest byte for byte
  pconv fill scans/ -o filled/                  every scans/NAME.* that has a NAME_mask.*
  pconv fill scans/ masks/ -o filled/           masks of the same names in another folder
  pconv fill scans/ dust.png -o filled/         one mask for all
  pconv fill cutout.png --hole-from-alpha       what is transparent is filled

Masks: white = hole, black = keep, gray = blend, transparent = keep; as large as the photo as displayed.
In folders NAME_mask.*, NAME-MASK.* and the like belong to NAME.*; what is left out is listed at the end.
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
    parser.add_argument("input", type=_path, help="a photo (PNG, JPEG, WebP, AVIF, HEIC, TIFF) or a folder of photos")
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
    holes = parser.add_argument_group("photo and hole")
    holes.add_argument("--page", type=int, metavar="N", help="which page of a TIFF, or frame of an animation, to fill")
    holes.add_argument("--invert", action="store_true", help="black is the hole, white is kept")
    holes.add_argument("--any-nonzero", action="store_true", help="all but 0 is hole: for masks of 0 and 1, or labels")
    holes.add_argument(
        "--hole-from-alpha", action="store_true", help="the photo's transparency is the hole; there is no mask"
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--quality", type=int, metavar="1..100", help="of JPEG, WebP and AVIF; default: a JPEG as it was saved, else 95"
    )
    output.add_argument("--format", choices=("png", "jpg", "webp", "avif", "tif"), help="of the results of a folder")
    output.add_argument("--report", type=_path, metavar="FILE", help="write what became of every photo as JSON")
    run = parser.add_argument_group("run")
    run.add_argument("--jobs", type=int, default=2, metavar="N", help="photos of a folder at a time; %(default)s")
    run.add_argument("--recursive", action="store_true", help="the folders below too; results are laid out alike")
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
    if given.page is not None and given.page < 1:
        parser.error(f"--page must be at least 1, got {given.page}")
    if given.hole_from_alpha and (given.mask or given.invert or given.any_nonzero):
        parser.error("--hole-from-alpha goes with no mask and neither --invert nor --any-nonzero")
    if given.recursive and not given.input.is_dir():
        parser.error("--recursive is for folders")
    try:
        return FillOptions(given.grow, given.feather, given.context, given.detail)
    except ValueError as error:
        parser.error(f"--{error}")


def _fill_one(parser: argparse.ArgumentParser, given: argparse.Namespace, options: FillOptions) -> int:
    from pconv.files.fill_file import FileJob
    from pconv.files.names import result_name
    from pconv.files.results import FileResult, write_report

    if given.mask is None and not given.hole_from_alpha:
        parser.error("name a mask after the photo, or use --hole-from-alpha")
    if given.format:
        parser.error("--format is for folders; name the result with -o")
    output = given.output or given.input.with_name(result_name(given.input, ending="_filled"))
    job = FileJob(given.input, given.mask, output)
    result = partial(FileResult, str(job.image), str(job.mask) if job.mask else None, str(job.output))
    try:
        with (
            interruptible() as cancel,
            _filler(given, options, cancel) as filler,
            progress_bar() as progress,
        ):
            outcome = filler.fill(job, progress)
    except PconvError as error:
        if given.report:
            failed = result("failed", note=error.message, code=error.code, kind=error.kind)
            write_report(given.report, [failed])
        raise
    if outcome.note:
        note(f"pconv: {outcome.note}")
    if given.report:
        write_report(given.report, [result(outcome.status, note=outcome.note)])
    print(output)
    return 0


def _filler(
    given: argparse.Namespace, options: FillOptions, cancel: threading.Event, background: bool = False
) -> FileFiller:
    from pconv.files.fill_file import FileFiller

    return FileFiller(
        options,
        given.address,
        given.quality,
        given.timeout,
        cancel,
        background,
        page=given.page,
        invert=given.invert,
        any_nonzero=given.any_nonzero,
    )


def _fill_folder(given: argparse.Namespace, options: FillOptions) -> int:
    from pconv.files import fill_folder
    from pconv.files.pairing import find_jobs
    from pconv.files.results import write_report

    output = given.output or given.input / "filled"
    suffix = f".{given.format}" if given.format else None
    jobs, left_out = find_jobs(
        given.input, given.mask, output, suffix, recursive=given.recursive, from_alpha=given.hole_from_alpha
    )
    results = list(left_out)
    with interruptible() as stop, photo_bar(len(jobs)) as show:
        for folder in sorted({output, *(job.output.parent for job in jobs)}):
            _make_folder(folder)

        def make_filler() -> FileFiller:
            return _filler(given, options, stop, background=True)

        run = fill_folder.run(jobs, make_filler, threads=given.jobs, overwrite=given.overwrite, stop=stop)
        for done, result in enumerate(run, 1):
            results.append(result)
            show(done)
            if result.note:
                note(f"pconv: {result.note}")
        interrupted = stop.is_set() and not any(result.kind == "daemon" for result in results)
    if given.report:
        write_report(given.report, results)
    _tell_left_out(left_out)
    counts = Counter(result.status for result in results)
    print(", ".join(f"{count} {status.replace('_', ' ')}" for status, count in sorted(counts.items())) or "no photos")
    return _folder_code(results, interrupted)


def _tell_left_out(left_out: list[FileResult]) -> None:
    for result in left_out[:MOST_TOLD]:
        note(f"pconv: left out: {result.note}")
    if len(left_out) > MOST_TOLD:
        note(f"pconv: left out: {len(left_out) - MOST_TOLD} more; --report FILE lists all")


def _folder_code(results: list[FileResult], interrupted: bool) -> int:
    """The first reason there is to look: interrupted, no daemon, device, busy, bad input, any other."""
    kinds = {result.kind for result in results if result.status == "failed"}
    if interrupted:
        return INTERRUPTED
    for kind in ("daemon", "device", "busy", "input"):
        if kind in kinds:
            return EXIT_CODES[kind]
    if kinds:
        return FAILED
    return 0 if any(result.output for result in results) else BAD_INPUT


def _make_folder(folder: Path) -> None:
    from pconv.images.files import ImageFileError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImageFileError("unwritable", f"The folder {folder} cannot be made: {error.strerror}.") from error
