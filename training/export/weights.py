"""From a run's folder to weights that can be shipped: fp16 safetensors and a model card."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import msgspec
import torch

from model.errors import TrainingError
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import save_weights
from training.config import Config, Masks, load_config
from training.data.holes import RATIO_BUCKETS
from training.loop.checkpoint import Checkpoints, Progress
from training.loop.schedule import stage_share

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Facts:
    """What a model card says beside its settings. `credits` is a file that lists the photos' authors."""

    progress: Progress
    table: str = ""
    credits: str = ""


def export_weights(net: PConvUNet, config: Config, facts: Facts, path: Path) -> str:
    """Write `path` (.safetensors) and MODEL_CARD.md beside it; returns the SHA-256 of the tensors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = save_weights(path, net, describe(config, facts))
    card = path.with_name("MODEL_CARD.md")
    card.write_text(model_card(config, facts, digest), encoding="utf-8")
    return digest


def export_run(folder: Path, path: Path, table: str = "", credits: str = "") -> str:
    """Export the newest checkpoint of a run, its average where one was kept.

    Raises:
        TrainingError: code "no_run", "bad_checkpoint", "other_architecture".
    """
    if not (folder / "config.json").is_file():
        raise TrainingError("no_run", f"{folder} has no config.json; give the folder of a run")
    config = load_config(folder / "config.json")
    if config.network.convolution != "partial":
        raise TrainingError("not_partial", f"{folder} trains ordinary convolutions, which are not shipped")
    net = PConvUNet(UNetConfig(width=config.network.width, depth=config.network.depth))
    average = {key: value.clone() for key, value in net.state_dict().items()} if config.ema else {}
    progress = Checkpoints(folder).restore(net, average, torch.optim.Adam(net.parameters()))
    if progress is None:
        raise TrainingError("no_run", f"{folder} has no checkpoint yet; let the run go on a while")
    net.load_state_dict(average or net.state_dict())
    return export_weights(net.eval(), config, Facts(progress, table, credits), path)


def describe(config: Config, facts: Facts) -> Mapping[str, str]:
    """The weights file's metadata."""
    return {
        "name": config.name,
        "training_data": _data(config, facts.progress),
        "data_licence": config.data_licence,
        "images": str(facts.progress.images),
        "steps": str(facts.progress.steps),
        "hours": f"{facts.progress.seconds / 3600:.2f}",
        "loss_features": facts.progress.features,
        "commit": commit(),
        "licence": config.weights_licence,
        "metrics": facts.table,
    }


def model_card(config: Config, facts: Facts, digest: str) -> str:
    """MODEL_CARD.md as text."""
    loss, progress = config.loss, facts.progress
    stages = "\n".join(
        f"- {s.size}², batch {s.batch}, {f'{s.minutes:.1f} min' if s.minutes else f'{s.images} photos'}, "
        f"lr {s.lr:g}{f' to {s.lr_end:g}' if s.lr_end >= 0 else ''}{f', {s.decays} times' if s.decays > 1 else ''}"
        f"{', encoder norms frozen' if s.freeze_encoder_norm else ''}"
        f"{', pixel losses alone' if s.pixels_only else ''}"
        for s in config.stages
    )
    return f"""# {config.name}

Partial-convolution UNet for filling irregular holes in photos (Liu et al. 2018), width {config.network.width},
depth {config.network.depth}. RGB in 0..1; mask 1 = valid, 0 = hole. Licence of the weights: {config.weights_licence}.
SHA-256 of the tensors: `{digest}`.

## Training
{progress.images} samples in {progress.steps} steps, {progress.seconds / 3600:.2f} hours; commit `{commit()}`.
Started from {progress.origin}.
Stages:
{stages}
{_left_undone(config, progress)}

Loss: valid {loss.valid:g}, hole {loss.hole:g}, perceptual {loss.perceptual:g}, style {loss.style:g}, tv {loss.tv:g}.
Features of the loss: {progress.features}. Average of the weights: {config.ema or "none"}.
Adam, betas {config.betas[0]:g} and {config.betas[1]:g}; {progress.precision or config.precision}; seed {config.seed}.
Computed with {progress.environment}.

## Data
{_data(config, progress)}. Licence: {config.data_licence}.
{f"Credits: see {facts.credits}." if facts.credits else ""}
Holes: {_holes(config.masks)}.

## Measured
{facts.table or "Not measured."}

## Limits
Large holes are filled plausibly, not truthfully. Do not use it to falsify evidence.

## All settings
```json
{_settings(config)}
```
"""


def _left_undone(config: Config, progress: Progress) -> str:
    """A sentence on a run that was stopped before its last stage was done; else nothing."""
    if progress.stage >= len(config.stages):
        return ""
    done = min(1.0, stage_share(config.stages[progress.stage], progress))
    return f"\nStopped in stage {progress.stage + 1} of {len(config.stages)}, at {done:.0%} of it.\n"


def commit() -> str:
    """The commit this runs from, or the package's version outside a repository."""
    try:
        call = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
        return call.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        pass
    try:
        return f"pconv {metadata.version('pconv')}"
    except metadata.PackageNotFoundError:
        return "unknown"


def _data(config: Config, progress: Progress) -> str:
    if not config.data.made:
        return progress.data
    return f"{progress.data}; in place of {config.data.made:.0%} of them made pictures of edges, stripes and lettering"


def _holes(masks: Masks) -> str:
    total = sum(masks.kinds.values())
    kinds = ", ".join(f"{kind} {share / total:.0%}" for kind, share in masks.kinds.items() if share)
    ratios = ", ".join(f"{low:g} to {high:g}" for low, high in (RATIO_BUCKETS[bucket] for bucket in masks.buckets))
    return f"{kinds}; shares of the picture {ratios}"


def _settings(config: Config) -> str:
    """All of them as JSON, files without their folders, which are nobody's business."""
    values = msgspec.to_builtins(config)
    for source in values["data"]["sources"]:
        source["paths"] = [Path(path).name for path in source["paths"]]
    for place, key in ((values, "init"), (values["masks"], "folder"), (values["masks"], "flow_video")):
        place[key] = Path(place[key]).name
    kind, colon, file = values["loss"]["features"].partition("lite0:")
    values["loss"]["features"] = Path(kind).name + colon + Path(file).name
    return msgspec.json.format(msgspec.json.encode(values), indent=2).decode()
