"""Whether calm places stay calm: thirty holes in skies, walls, papers and gradients, beside OpenCV's Navier–Stokes.

The deviation of a fill is the largest difference from the truth in the hole, in gray levels; where the picture has
grain, a fill with grain of its own pays for both. Its blotch is the same after averaging over a few pixels: what is
seen from afar. The pictures are left in OUT/cases, so that another version or program can take part by --fills.
"""

from __future__ import annotations

import argparse
import statistics
import sys

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.calm.pictures import calm_subjects
from benchmarks.quality.field import field_of
from benchmarks.quality.made_pictures import measure_made_pictures
from benchmarks.quality.run import Runner
from benchmarks.quality.sheet import Sheet
from benchmarks.quality.subjects import Subject, write_case
from training.evaluation.methods import navier_stokes

TITLE = "Largest deviation from the truth, gray levels, and how often as large as Navier–Stokes'"
AVERAGED = 3.0  # pixels, sigma: grain is gone, a blotch is not
SEEN = 1.0  # gray levels: below that two fills are alike


def main(arguments: list[str] | None = None) -> int:
    return measure_made_pictures("benchmarks.calm", __doc__, TITLE, _rows, arguments)


def deviation(fill: np.ndarray, subject: Subject) -> float:
    """The largest difference from the truth in the hole, of any channel, gray levels."""
    return float(np.abs(fill.astype(np.float32) - subject.photo)[subject.hole].max())


def blotch(fill: np.ndarray, subject: Subject) -> float:
    """The same of differences averaged over AVERAGED pixels of the hole."""
    inside = subject.hole.astype(np.float32)
    off = (fill.astype(np.float32) - subject.photo) * inside[..., None]
    weight = cv2.GaussianBlur(inside, (0, 0), AVERAGED)[subject.hole][:, None]
    return float(np.abs(cv2.GaussianBlur(off, (0, 0), AVERAGED)[subject.hole] / weight).max())


def _rows(options: argparse.Namespace) -> list[dict]:
    field, runner, sheet = field_of(options), Runner(options.out), Sheet()
    found: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for subject in tqdm(list(calm_subjects()), desc="filling", unit="picture"):
        write_case(options.out / "cases", subject)
        smooth, shown = navier_stokes(subject.blanked, subject.hole), {"hole": (subject.blanked, "")}
        fills = {"Navier–Stokes": smooth} | {c.name: runner.fill(c, subject)[0] for c in field}
        for name, fill in fills.items():
            values = [(measure(fill, subject), measure(smooth, subject)) for measure in (deviation, blotch)]
            times = [ours / max(theirs, SEEN) for ours, theirs in values]
            for group in (subject.group, "all"):
                found.setdefault((group, name), []).append((values[0][0], times[0], values[1][0], times[1]))
            shown[name] = (fill, f"{values[0][0]:.0f}, blotch {values[1][0]:.1f}")
        sheet.add(subject.name, subject.hole, shown)
    sheet.save(options.out / "sheet.jpg")
    return [_row(*key, values) for key, values in sorted(found.items(), key=lambda item: item[0][0] == "all")]


def _row(group: str, name: str, values: list[tuple[float, ...]]) -> dict:
    deviations, times, blotches, blotch_times = zip(*values, strict=True)
    return {
        "places": group,
        "n": len(values),
        "method": name,
        "deviation": statistics.mean(deviations),
        "× N–S": statistics.mean(times),
        "worst ×": max(times),
        "blotch": statistics.mean(blotches),
        "its × N–S": statistics.mean(blotch_times),
        "its worst ×": max(blotch_times),
    }


if __name__ == "__main__":
    sys.exit(main())
