"""The measures of one fill, and the table of many."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.quality.run import Cost
from benchmarks.quality.seam import seam_energy
from benchmarks.quality.subjects import Subject
from training.evaluation.looks import UNKNOWN, Measure
from training.evaluation.metrics import HIGHEST_PSNR, l1_percent, psnr, sharpness
from training.evaluation.wins import win_share

TILE = 1024  # pixels, side of the pieces of which SSIM is the mean
ALLOWANCE = 1.5e9  # bytes, beside three times the picture: the most that a fill may take


@dataclass(frozen=True)
class Result:
    """One contestant on one subject; l1 in %, PSNR in dB, SSIM over the whole photo; what follows, in the hole."""

    group: str
    subject: str
    contestant: str
    ratio: float
    l1: float
    psnr: float
    ssim: float
    distance: float
    gram: float
    looks: float
    sharpness: float
    quarter: float
    seam: float
    cost: Cost
    memory: float  # the peak over what is allowed for the picture's size


def measure(
    subject: Subject,
    contestant: str,
    filled: np.ndarray,
    cost: Cost,
    ssim: Callable[[np.ndarray, np.ndarray], float] | None,
    see: Measure | None = None,
) -> Result:
    """All measures of a fill that left the kept pixels alone."""
    photo, hole = subject.photo, subject.hole
    ratio = float(hole.mean())
    seen = see(filled, photo, hole) if see else UNKNOWN
    return Result(
        subject.group,
        subject.name,
        contestant,
        ratio,
        l1_percent(filled[hole], photo[hole]) * ratio,
        min(HIGHEST_PSNR, psnr(filled[hole], photo[hole]) - 10 * math.log10(ratio)),
        math.nan if ssim is None else _tiled(ssim, filled, photo, hole),
        seen.distance,
        seen.gram,
        seen.looks,
        sharpness(filled, photo, hole),
        sharpness(filled, photo, hole, shrink=4),
        seam_energy(filled, hole),
        cost,
        cost.peak / (3 * photo.nbytes + ALLOWANCE),
    )


def _tiled(
    ssim: Callable[[np.ndarray, np.ndarray], float], filled: np.ndarray, photo: np.ndarray, hole: np.ndarray
) -> float:
    """SSIM tile by tile, so that memory is bounded; a tile without hole is perfect."""
    total = 0.0
    for top in range(0, hole.shape[0], TILE):
        for left in range(0, hole.shape[1], TILE):
            at = slice(top, top + TILE), slice(left, left + TILE)
            large_enough = min(hole[at].shape) > 11
            total += hole[at].size * (ssim(filled[at], photo[at]) if hole[at].any() and large_enough else 1.0)
    return total / hole.size


def table(results: Sequence[Result]) -> list[dict]:
    """A line per group and contestant: means of l1, PSNR, SSIM, looks, medians of ratios, the worst of costs."""
    lines = []
    for group in dict.fromkeys(r.group for r in results):
        for contestant in dict.fromkeys(r.contestant for r in results if r.group == group):
            own = [r for r in results if (r.group, r.contestant) == (group, contestant)]
            lines.append(
                {
                    "holes": group,
                    "n": len(own),
                    "method": contestant,
                    "l1 %": _of(statistics.mean, [r.l1 for r in own]),
                    "PSNR dB": _of(statistics.mean, [r.psnr for r in own]),
                    "SSIM": _of(statistics.mean, [r.ssim for r in own]),
                    "distance": _of(statistics.mean, [r.distance for r in own]),
                    "Gram": _of(statistics.mean, [r.gram for r in own]),
                    "looks": _of(statistics.mean, [r.looks for r in own]),
                    "sharpness": _of(statistics.median, [r.sharpness for r in own]),
                    "at ¼": _of(statistics.median, [r.quarter for r in own]),
                    "seam": _of(statistics.median, [r.seam for r in own]),
                    "seconds": _of(statistics.median, [r.cost.seconds for r in own]),
                    "× engine": _of(statistics.median, [r.cost.seconds / (r.cost.engine_seconds or 1) for r in own]),
                    "silence s": _of(max, [r.cost.silence for r in own]),
                    "peak MB": _of(max, [r.cost.peak / 1e6 for r in own]),
                    "of allowed": _of(max, [r.memory for r in own]),
                }
            )
    return lines


def looks_table(results: Sequence[Result]) -> list[dict]:
    """A line per contestant: its means over all subjects, and in how many % of them it looks better than each other."""
    by_name = {
        name: [r for r in results if r.contestant == name] for name in dict.fromkeys(r.contestant for r in results)
    }
    looks = {name: {f"{r.group} {r.subject}": r.looks for r in own} for name, own in by_name.items()}
    return [
        {
            "method": name,
            "n": len(own),
            "distance": _of(statistics.mean, [r.distance for r in own]),
            "Gram": _of(statistics.mean, [r.gram for r in own]),
            "looks": _of(statistics.mean, [r.looks for r in own]),
            **{f"beats {o} %": math.nan if o == name else 100 * win_share(looks[name], looks[o]) for o in by_name},
        }
        for name, own in by_name.items()
    ]


def _of(middle: Callable[[list[float]], float], values: list[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(middle(known)) if known else math.nan
