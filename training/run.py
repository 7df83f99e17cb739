"""A whole run: settings, training, weights, table."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from model.network.unet import PConvUNet
from model.network.weights import load_weights, save_weights
from training.config import Config, load_config, with_minutes, with_photos
from training.evaluation import report
from training.evaluation.cases import Case, load_cases
from training.evaluation.evaluate import evaluate, means
from training.evaluation.methods import product, raw
from training.export.weights import Facts, export_weights
from training.loop.ordinary import OrdinaryUNet
from training.loop.trainer import Outcome, Trainer

log = logging.getLogger(__name__)
WEIGHTS = "pconv.safetensors"


def run(
    config: Config | str | Path,
    out: Path,
    *,
    photos: Sequence[str] = (),
    minutes: float | None = None,
    init: str | None = None,
    cases: Path | None = None,
    settings: Sequence[str] = (),
) -> Outcome:
    """Start the run in `out`, or go on with it; when it is done, leave weights, model card and table there.

    Args:
        config: a recipe's name, a file, or settings.
        out: folder of the run.
        photos, minutes, init, settings: replace those of the configuration (see training.config).
        cases: a folder of cases to measure on, during the run (`evaluate_minutes`) and at its end.

    Raises:
        TrainingError, PconvError: one sentence on what to do next.
    """
    chosen = _settings(config, photos, minutes, init, settings)
    held_out = load_cases(cases) if cases else []
    trainer = Trainer(chosen, out, _evaluator(held_out, out, chosen.device) if held_out else None)
    outcome = trainer.run()
    if outcome.finished and trainer.group.leads:
        _finish(outcome, chosen, out, held_out)
    return outcome


def _settings(
    config: Config | str | Path, photos: Sequence[str], minutes: float | None, init: str | None, settings: Sequence[str]
) -> Config:
    chosen = config if isinstance(config, Config) else load_config(config, list(settings))
    if photos:
        chosen = with_photos(chosen, list(photos))
    if minutes is not None:
        chosen = with_minutes(chosen, minutes)
    return chosen if init is None else msgspec.structs.replace(chosen, init=init)


def _evaluator(cases: list[Case], out: Path, device: str):
    def measure(net: PConvUNet) -> dict[str, float]:
        return means(_measure(net, cases, out, device), "raw")

    return measure


def _measure(net: PConvUNet, cases: list[Case], out: Path, device: str, report_to: Path | None = None):
    """Through a weights file in half precision: what is measured is what would be shipped."""
    place = _engine_device(device)
    if isinstance(net, OrdinaryUNet):
        return evaluate(cases, {"raw": raw(net, place)}, report_to)
    path = out / "evaluated.safetensors"
    save_weights(path, net, {"name": "evaluated"})
    try:
        weights = load_weights(path)
    finally:
        path.unlink()
    methods = {"raw": raw(weights, place)}
    if report_to is not None:
        methods["product"] = product(weights, place)
    return evaluate(cases, methods, report_to)


def _finish(outcome: Outcome, config: Config, out: Path, cases: list[Case]) -> None:
    table = ""
    if cases:
        table = report.markdown(_measure(outcome.net, cases, out, config.device, out / "evaluation"))
    if isinstance(outcome.net, OrdinaryUNet):
        log.info("no weights: a network of ordinary convolutions is measured, not shipped")
        return
    digest = export_weights(outcome.net, config, Facts(outcome.progress, table), out / WEIGHTS)
    log.info("weights: %s (SHA-256 %s)", out / WEIGHTS, digest)


def _engine_device(device: str) -> str:
    from model.engine.engine import find_device

    return find_device() if device == "auto" else device
