"""Methods measured on cases."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from training.evaluation import metrics, report
from training.evaluation.cases import Case
from training.evaluation.inception import INCEPTION, InceptionMeasures, inception_measures
from training.evaluation.looks import UNKNOWN, Looks, looks_metric
from training.evaluation.made_fills import MadeFills
from training.evaluation.methods import Method
from training.evaluation.report import Row
from training.torchvision_import import hub_folder

log = logging.getLogger(__name__)
SHEET_CASES = 12
Similarity = Mapping[str, Callable[[np.ndarray, np.ndarray], float] | None]


def measure(
    case: Case, method: str, fill: np.ndarray, seconds: float, similarity: Similarity, seen: Looks = UNKNOWN
) -> Row:
    """All metrics of one fill; those of `similarity` that are None become NaN."""
    return Row(
        method=method,
        case=case.name,
        bucket=-1 if case.bucket is None else case.bucket,
        border=case.border,
        ratio=case.ratio,
        l1=metrics.l1_percent(fill, case.photo),
        psnr=metrics.psnr(fill, case.photo),
        **{name: measured(fill, case.photo) if measured else math.nan for name, measured in similarity.items()},
        distance=seen.distance,
        gram=seen.gram,
        looks=seen.looks,
        sharpness=metrics.sharpness(fill, case.photo, case.hole),
        sharpness_quarter=metrics.sharpness(fill, case.photo, case.hole, shrink=4),
        seconds=seconds,
    )


@dataclass(frozen=True)
class MeasureWeights:
    """Files of the networks that measures look through; None: where torch's hub or the network's package has it.

    Args:
        alexnet: torchvision's, for LPIPS.
        inception: torch-fidelity's, for FID and inception score.
        lite0: EfficientNet-lite0, for how fills look.
    """

    alexnet: Path | None = None
    inception: Path | None = None
    lite0: Path | None = None


def evaluate(
    cases: Sequence[Case],
    methods: Mapping[str, Method],
    out: Path | None = None,
    made: Sequence[MadeFills] = (),
    weights: MeasureWeights = MeasureWeights(),  # frozen
) -> list[Row]:
    """Measure methods, and fills made before, on cases. With `out`, how they look is measured too, and rows.csv,
    table.md, sheet.jpg and plot.png are written there.

    A method never sees the truth: what stands in the hole is replaced by mid-gray first.

    Raises:
        TrainingError: see training.evaluation.made_fills; "bad_alexnet", "bad_inception", "bad_lite0".
    """
    similarity = {"ssim": metrics.ssim_metric(), "lpips": metrics.lpips_metric(weights.alexnet)}
    if similarity["ssim"] is None:
        log.warning("no SSIM: torchmetrics is not installed (pip install torchmetrics)")
    together = inception_measures(weights.inception) if out is not None else None
    if out is not None:
        _tell_missing(similarity, together)
    see = looks_metric(log.info, weights.lite0) if out is not None else None
    rows, pictures = [], []
    shown = {case.name for case in cases[:: max(1, -(-len(cases) // SHEET_CASES))]}
    for case in tqdm(cases, desc="evaluating", unit="case"):
        blanked = np.where(case.hole[..., None], np.uint8(127), case.photo)
        columns = {"truth": case.photo, "hole": blanked}
        if together:
            together.truth(case.photo)
        for name, fill, seconds in _fills(case, blanked, methods, made):
            seen = see(fill, case.photo, case.hole) if see else UNKNOWN
            rows.append(measure(case, name, fill, seconds, similarity, seen))
            columns[name] = fill
            if together:
                together.fill(name, fill)
        if case.name in shown:
            pictures.append((case.name, columns))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        report.write_csv(out / "rows.csv", rows)
        (out / "table.md").write_text(report.markdown(rows, together.values() if together else {}), encoding="utf-8")
        report.contact_sheet(out / "sheet.jpg", pictures)
        report.plot(out / "plot.png", rows)
    return rows


def _fills(
    case: Case, blanked: np.ndarray, methods: Mapping[str, Method], made: Sequence[MadeFills]
) -> Iterator[tuple[str, np.ndarray, float]]:
    """Name, fill and seconds of each method, then of each folder of fills."""
    for name, method in methods.items():
        started = time.perf_counter()
        fill = method(blanked, case.hole)
        yield name, fill, time.perf_counter() - started
    for fills in made:
        yield fills.name, fills.read(case.name, blanked, case.hole), math.nan


def _tell_missing(similarity: Similarity, together: InceptionMeasures | None) -> None:
    hub = hub_folder()
    if similarity["lpips"] is None:
        log.info("no LPIPS: it needs torchmetrics, and torchvision's AlexNet weights in %s or by --alexnet", hub)
    if together is None:
        log.info(
            "no FID and no inception score: they need torchmetrics, torch-fidelity, and its %s in %s or by --inception",
            INCEPTION,
            hub,
        )


def means(rows: Sequence[Row], method: str) -> dict[str, float]:
    """A method's mean l1 and PSNR over all cases, and l1 of each bucket, for a log."""
    own = [row for row in rows if row.method == method]
    values = {"l1": float(np.mean([r.l1 for r in own])), "psnr": float(np.mean([r.psnr for r in own]))}
    for bucket in sorted({r.bucket for r in own if r.bucket >= 0}):
        values[f"l1_{bucket}"] = report.cell(own, "l1", method, bucket)
        values[f"psnr_{bucket}"] = report.cell(own, "psnr", method, bucket)
    return values
