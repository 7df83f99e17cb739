"""Whether lines go on: twelve made pictures with a hole of 100 px, and the contrast in the hole's middle.

1 = as in the truth, 0 = gone, below 0 = dark and light exchanged. The pictures are left in OUT/cases, so that another
version or program can fill them and take part by --fills.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from tqdm import tqdm

from benchmarks.lines.pictures import MIDDLE, contrast, line_subjects, middle
from benchmarks.quality.field import field_of
from benchmarks.quality.made_pictures import measure_made_pictures
from benchmarks.quality.run import Runner
from benchmarks.quality.sheet import Sheet
from benchmarks.quality.subjects import write_case

TITLE = "Contrast in the hole's middle (slope of the fill against the truth)"


def main(arguments: list[str] | None = None) -> int:
    return measure_made_pictures("benchmarks.lines", __doc__, TITLE, _rows, arguments)


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
