"""Weights tuned to photos of one's own: trained on most of them, measured on the rest, written only if they gained."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from model.network.weights import SHIPPED, Weights, load_weights
from training.config import Config, load_config, with_minutes, with_photos
from training.evaluation import report
from training.evaluation.cases import Case, make_cases
from training.evaluation.evaluate import evaluate
from training.evaluation.methods import raw
from training.export.weights import Facts, export_weights
from training.run import WEIGHTS, run

log = logging.getLogger(__name__)
PER_CELL = 3  # held-out cases for each hole ratio, inside and at the border
SIZE = 256  # of the cases, pixels


@dataclass(frozen=True)
class Tuned:
    """What came of it. `weights` is the file that was written, None where they got worse or the run was stopped.

    The table is empty where nothing was measured: the run was stopped, or another process of several measures.
    """

    weights: Path | None
    before: float  # mean l1 of the network alone on the held-out cases, %
    after: float
    table: str
    signal: int = 0


def tune(
    photos: Sequence[str],
    out: Path,
    *,
    init: str = "shipped",
    minutes: float | None = None,
    anyway: bool = False,
    settings: Sequence[str] = (),
) -> Tuned:
    """Train on from `init` by the recipe `tune`, with every tenth photo, chosen by its name, kept out and measured on.

    Leaves `out`/table.md (before and after), the run in `out`/run, and weights with their card in `out` where the mean
    l1 fell, or with `anyway`.

    Raises:
        TrainingError, PconvError: as a run raises them; "no_photos" where none could be held out.
    """
    start = load_weights(SHIPPED if init == "shipped" else init)
    config = _config(start, init, photos, minutes, settings)
    held_out = msgspec.structs.replace(config.data, part="held-out", cache_gib=0.0, most_corrupt=1.0)
    cases = make_cases(held_out, PER_CELL, SIZE)
    outcome = run(config, out / "run")
    if not outcome.finished or not outcome.leads:
        return Tuned(None, float("nan"), float("nan"), "", outcome.signal)
    tuned = load_weights(out / "run" / WEIGHTS)
    before, after, table = _compare(cases, start, tuned, out)
    if not (after < before or anyway):
        return Tuned(None, before, after, table)
    export_weights(outcome.net, config, Facts(outcome.progress, table), out / WEIGHTS)
    return Tuned(out / WEIGHTS, before, after, table)


def _config(start: Weights, init: str, photos: Sequence[str], minutes: float | None, settings: Sequence[str]) -> Config:
    shape = [f"network.width={start.config.width}", f"network.depth={start.config.depth}"]
    config = with_photos(load_config("tune", [*shape, *settings]), list(photos))
    if minutes is not None:
        config = with_minutes(config, minutes)
    data = msgspec.structs.replace(config.data, part="training")
    return msgspec.structs.replace(config, init=init, data=data)


def _compare(cases: list[Case], start: Weights, tuned: Weights, out: Path) -> tuple[float, float, str]:
    rows = evaluate(cases, {"before": raw(start), "after": raw(tuned)}, out / "evaluation")
    before, after = (float(np.mean([row.l1 for row in rows if row.method == name])) for name in ("before", "after"))
    table = f"The network alone on {len(cases)} cases from photos it was not trained on.\n\n{report.markdown(rows)}"
    (out / "table.md").write_text(table, encoding="utf-8")
    return before, after, table
