"""The table of an evaluation as CSV, Markdown, contact sheet and plot."""

from __future__ import annotations

import csv
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from training.data.holes import RATIO_BUCKETS
from training.evaluation.inception import Together, parts_of
from training.evaluation.wins import win_share

log = logging.getLogger(__name__)
METRICS = {  # field: title, decimals
    "l1": ("l1 %", 2),
    "psnr": ("PSNR dB", 2),
    "ssim": ("SSIM", 3),
    "lpips": ("LPIPS (AlexNet)", 3),
    "distance": ("feature distance in the hole", 3),
    "gram": ("Gram distance in the hole", 3),
    "looks": ("looks in the hole = distance^.8 × Gram^.2", 3),
    "sharpness": ("sharpness", 2),
    "sharpness_quarter": ("sharpness at ¼", 2),
    "seconds": ("seconds", 2),
}
THUMB = 224


@dataclass(frozen=True)
class Row:
    """One method on one case; NaN where a metric could not be had."""

    method: str
    case: str
    bucket: int
    border: bool
    ratio: float
    l1: float
    psnr: float
    ssim: float
    lpips: float
    distance: float
    gram: float
    looks: float
    sharpness: float
    sharpness_quarter: float
    seconds: float


def cell(rows: Iterable[Row], metric: str, method: str, bucket: int, border: bool | None = None) -> float:
    """Mean of a metric over a method's cases of a bucket; NaN where there are none."""
    values = [
        getattr(r, metric)
        for r in rows
        if r.method == method and r.bucket == bucket and (border is None or r.border == border)
    ]
    values = [v for v in values if not math.isnan(v)]
    return float(np.mean(values)) if values else float("nan")


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def markdown(rows: Sequence[Row], together: Mapping[str, Together] | None = None) -> str:
    """The paper's table: a block per metric, a line per method, a column per bucket as inside / border.

    Then who looks better how often. What is known of each method's fills `together` comes last.
    """
    methods = list(dict.fromkeys(row.method for row in rows))
    heads = [f"≤ {high}" for _, high in RATIO_BUCKETS]
    lines = ["Mean over the cases of a hole-ratio bucket: holes inside / holes that touch the border.", ""]
    if any(method.split()[0] in ("raw", "product") for method in methods):
        lines += ["`raw` is the network alone, as the paper measures it; `product` is the fill that users get.", ""]
    for metric, (title, decimals) in METRICS.items():
        if all(math.isnan(getattr(row, metric)) for row in rows):
            continue
        lines += [f"| {title} | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
        for method in methods:
            cells = []
            for bucket in range(len(RATIO_BUCKETS)):
                pair = [cell(rows, metric, method, bucket, border) for border in (False, True)]
                cells.append(" / ".join("–" if math.isnan(v) else f"{v:.{decimals}f}" for v in pair))
            lines.append(f"| {method} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += _wins(rows, methods)
    if together:
        cases = len({row.case for row in rows})
        lines += [f"| {cases} cases together | FID | inception score, {_mean_of(parts_of(cases))} |", "|---" * 3 + "|"]
        for method, seen in together.items():
            lines.append(f"| {method} | {'–' if seen.fid is None else f'{seen.fid:.1f}'} | {seen.score:.2f} |")
        lines.append("")
    return "\n".join(lines)


def _mean_of(parts: int) -> str:
    return f"mean of {parts} parts" if parts > 1 else "undivided"


def _wins(rows: Sequence[Row], methods: Sequence[str]) -> list[str]:
    """Mean looks of each method, and in how many cases it looks better than each other; nothing where unknown."""
    seen = {method: {row.case: row.looks for row in rows if row.method == method} for method in methods}
    if all(math.isnan(row.looks) for row in rows):
        return []
    lines = ["| looks, all cases | mean | " + " | ".join(f"better than {m}" for m in methods) + " |"]
    lines.append("|---" * (len(methods) + 2) + "|")
    for method in methods:
        shares = [win_share(seen[method], seen[other]) if other != method else math.nan for other in methods]
        cells = ["–" if math.isnan(share) else f"{share:.0%}" for share in shares]
        lines.append(f"| {method} | {np.nanmean(list(seen[method].values())):.3f} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def contact_sheet(path: Path, pictures: Sequence[tuple[str, dict[str, np.ndarray]]]) -> None:
    """A row per case, a column per picture (truth, hole, each method), named."""
    names = list(pictures[0][1])
    head = 16
    sheet = Image.new("RGB", (THUMB * len(names), (THUMB + head) * len(pictures)), "white")
    draw = ImageDraw.Draw(sheet)
    for line, (case, columns) in enumerate(pictures):
        for column, name in enumerate(names):
            left, top = column * THUMB, line * (THUMB + head)
            thumb = cv2.resize(columns[name], (THUMB, THUMB), interpolation=cv2.INTER_AREA)
            sheet.paste(Image.fromarray(thumb), (left, top + head))
            draw.text((left + 2, top + 2), f"{case} {name}", fill="black")
    sheet.save(path, quality=90)


def plot(path: Path, rows: Sequence[Row]) -> bool:
    """l1, PSNR and SSIM over the hole ratio; False (and a word in the log) where matplotlib is missing."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        log.warning("no plot: matplotlib is not installed (pip install matplotlib)")
        return False
    shown = [m for m in ("l1", "psnr", "ssim") if not all(math.isnan(getattr(r, m)) for r in rows)]
    figure = Figure(figsize=(4.5 * len(shown), 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    centres = [100 * (low + high) / 2 for low, high in RATIO_BUCKETS]
    for index, metric in enumerate(shown):
        axes = figure.add_subplot(1, len(shown), index + 1)
        for method in dict.fromkeys(row.method for row in rows):
            axes.plot(centres, [cell(rows, metric, method, b) for b in range(len(RATIO_BUCKETS))], "o-", label=method)
        axes.set_xlabel("hole ratio, %")
        axes.set_title(METRICS[metric][0])
        axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)
    return True
