"""Fills of cases and of large photos by ours and its rivals: a table by size of hole, and contact sheets.

Needs the extra `training`, which holds the metrics; PyPatchMatch takes part where it is installed, G'MIC where its
command is found, and fills of an earlier run or another program as --fills NAME=FOLDER (as CASE.png).
"""

from __future__ import annotations

import argparse
import csv
import itertools
import sys
from collections.abc import Iterator
from dataclasses import asdict
from math import isnan
from pathlib import Path

from tqdm import tqdm

from benchmarks.quality.field import add_field_options, field_of
from benchmarks.quality.measures import Result, looks_table, measure, table
from benchmarks.quality.run import Runner
from benchmarks.quality.sheet import Sheet
from benchmarks.quality.subjects import Subject, case_subjects, huge_subject, large_subjects
from benchmarks.report import add_json_option, show
from model.errors import TrainingError
from training.evaluation.looks import looks_metric
from training.evaluation.metrics import ssim_metric


def main() -> None:
    arguments = _arguments()
    field = field_of(arguments)
    runner, ssim, see, results = Runner(arguments.out), ssim_metric(), looks_metric(print), []
    arguments.out.mkdir(parents=True, exist_ok=True)
    for number, (group, subjects) in enumerate(itertools.groupby(_subjects(arguments), lambda s: s.group)):
        sheet = Sheet()
        for subject in tqdm(subjects, desc=group, unit="photo"):
            pictures = {"photo": (subject.photo, f"hole {subject.hole.mean():.2%}"), "hole": (subject.blanked, "")}
            for contestant in field:
                if subject.hole.size <= contestant.most * 1e6:
                    filled, cost = runner.fill(contestant, subject)
                    results.append(measure(subject, contestant.name, filled, cost, ssim, see))
                    pictures[contestant.name] = (filled, _figures(results[-1]))
            sheet.add(subject.name, subject.hole, pictures)
            _write(arguments.out / "results.csv", results)
        sheet.save(arguments.out / f"sheet-{number}.jpg")
    title = (
        "By share of hole: means of l1, PSNR, SSIM, looks; medians of sharpness and seam (1 = as the photo), seconds"
    )
    show(title, table(results), arguments.json)
    if not all(isnan(r.looks) for r in results):
        show(
            "All: how near to the photo it looks (0 = as the photo), and how often it looks nearer",
            looks_table(results),
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--cases", type=Path, help="folder of NAME.photo.* and NAME.mask.* (white = hole)")
    parser.add_argument("--large", type=Path, help="folder of large photos; holes are drawn, seeded")
    parser.add_argument("--huge", type=Path, metavar="PHOTO", help="100 MP made of a photo, with a 4,000×3,000 hole")
    parser.add_argument("--out", type=Path, required=True, help="folder for sheets, results.csv and fills; kept fills")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N photos of each size of hole")
    add_field_options(parser)
    add_json_option(parser)
    arguments = parser.parse_args()
    if not (arguments.cases or arguments.large or arguments.huge):
        parser.error("nothing to fill: give --cases, --large or --huge")
    return arguments


def _subjects(arguments: argparse.Namespace) -> Iterator[Subject]:
    if arguments.cases:
        yield from case_subjects(arguments.cases, arguments.limit)
    if arguments.large:
        yield from large_subjects(arguments.large, arguments.limit)
    if arguments.huge:
        yield huge_subject(arguments.huge)


def _figures(r: Result) -> str:
    looks = "" if isnan(r.looks) else f"looks {r.looks:.2f}  "
    return f"{looks}l1 {r.l1:.3g}  {r.psnr:.1f} dB  sharp {r.sharpness:.2f} {r.quarter:.2f}  seam {r.seam:.2f}"


def _write(path: Path, results: list[Result]) -> None:
    rows = [{**{k: v for k, v in asdict(r).items() if k != "cost"}, **asdict(r.cost)} for r in results]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    try:
        main()
    except TrainingError as error:
        sys.exit(f"benchmarks.quality: {error}")
