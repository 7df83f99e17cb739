"""`pconv fill`: one photo and its mask, or a folder of them."""

from __future__ import annotations

import argparse
import threading
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from model.errors import PconvError
from pconv.commands.fill_arguments import DESCRIPTION, add_arguments, checked
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
    from model.options import FillOptions
    from pconv.files.fill_file import FileFiller, FileJob
    from pconv.files.holes import HoleSource
    from pconv.files.results import FileResult

MOST_TOLD = 20  # files that were left out, by name


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "fill",
        help="fill a photo, or a folder of photos",
        description=DESCRIPTION,
        epilog=EXIT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    parser.set_defaults(run=partial(_run, parser))


def _run(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    options = checked(parser, given)
    if given.list is not None or given.input.is_dir():
        return _fill_many(given, options)
    return _fill_one(parser, given, options)


def _fill_one(parser: argparse.ArgumentParser, given: argparse.Namespace, options: FillOptions) -> int:
    from pconv.files.fill_file import FileJob
    from pconv.files.names import result_name
    from pconv.files.results import FileResult, write_report

    if given.format:
        parser.error("--format is for folders; name the result with -o")
    output = given.output or given.input.with_name(result_name(given.input, ending="_filled"))
    job = FileJob(given.input, given.mask, output, given.save_mask, options.variants, given.forbid)
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
        others = tuple(str(path) for path in outcome.others)
        write_report(given.report, [result(outcome.status, note=outcome.note, others=others)])
    for path in (output, *outcome.others):
        print(path)
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
        strict=given.strict,
        all_pages=given.all_pages,
        source=_source(given),
    )


def _source(given: argparse.Namespace) -> HoleSource:
    from pconv.files.holes import HoleSource

    return HoleSource(
        given.invert,
        given.any_nonzero,
        given.resize_mask,
        given.hole_from_alpha,
        given.hole_color,
        tuple(given.find),
        given.sensitivity,
    )


def _fill_many(given: argparse.Namespace, options: FillOptions) -> int:
    from pconv.files import fill_folder
    from pconv.files.results import write_report

    jobs, left_out = _jobs(given)
    results = list(left_out)
    with interruptible() as stop, photo_bar(len(jobs)) as show:
        for folder in sorted({path.parent for job in jobs for path in (job.output, job.hole) if path}):
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


def _jobs(given: argparse.Namespace) -> tuple[list[FileJob], list[FileResult]]:
    """Those of the folder or the list, and the files that are left out."""
    from pconv.files.listed import listed_jobs
    from pconv.files.pairing import find_jobs, refuse_collisions, with_forbid, with_holes

    suffix = f".{given.format}" if given.format else None
    source = _source(given)
    left_out: list[FileResult] = []
    if given.list is not None:
        output = given.output or given.list.parent / "filled"
        jobs = listed_jobs(given.list, output, suffix, wants_mask=source.wants_mask, needs_mask=source.needs_mask)
    else:
        output = given.output or given.input / "filled"
        jobs, left_out = find_jobs(
            given.input,
            given.mask,
            output,
            suffix,
            holes=given.save_mask,
            recursive=given.recursive,
            wants_mask=source.wants_mask,
            needs_mask=source.needs_mask,
        )
    if given.forbid is not None:
        jobs, left_out = with_forbid(jobs, left_out, given.forbid)
    jobs = [replace(job, variants=given.variants) for job in jobs]
    if given.save_mask:
        jobs = with_holes(jobs, output, given.save_mask, ".tif" if given.all_pages else ".png")
    refuse_collisions(jobs)
    return jobs, left_out


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
    from pconv.images.faults import ImageFileError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImageFileError("unwritable", f"The folder {folder} cannot be made: {error.strerror}.") from error
