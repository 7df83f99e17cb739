"""Whether lines go on: twelve made pictures with a hole of 100 px, and the contrast in the hole's middle.

1 = as in the truth, 0 = gone, below 0 = dark and light exchanged. The pictures are left in OUT/cases, so that another
version or program can fill them and take part by --fills.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from tqdm import tqdm

from benchmarks.lines.pictures import MIDDLE, contrast, line_subjects, middle
from benchmarks.quality.field import add_field_options, field_of
from benchmarks.quality.run import Runner
from benchmarks.quality.sheet import Sheet
from benchmarks.quality.subjects import write_case
from benchmarks.report import add_json_option, show
from model.errors import TrainingError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lines", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for sheet.jpg, cases and fills")
    add_field_options(parser)
    add_json_option(parser)
    parser.set_defaults(only=["pconv", "pconv, detail 0", "PyPatchMatch"])
    options = parser.parse_args(arguments)
    try:
        rows = _rows(options)
    except TrainingError as error:
        print(f"benchmarks.lines: {error}", file=sys.stderr)
        return 1
    show("Contrast in the hole's middle (slope of the fill against the truth)", rows, options.json)
    return 0


def _rows(options: argparse.Namespace) -> list[dict]:
    field, runner, sheet, rows = field_of(options), Runner(options.out), Sheet(), []
    for subject in tqdm(list(line_subjects()), desc="filling", unit="picture"):
        write_case(options.out / "cases", subject)
        row, shown = {"picture": subject.name}, {"hole": (subject.blanked, "")}
        for contestant in field:
            filled, _ = runner.fill(contestant, subject)
            row[contestant.name] = contrast(filled, subject.photo, middle(MIDDLE))
            shown[contestant.name] = (filled, f"{row[contestant.name]:.2f}")
        sheet.add(subject.name, subject.hole, shown)
        rows.append(row)
    sheet.save(options.out / "sheet.jpg")
    return [*rows, {"picture": "mean"} | {c.name: statistics.mean(row[c.name] for row in rows) for c in field}]


if __name__ == "__main__":
    sys.exit(main())
