"""How far a run is, and the learning rate there."""

from __future__ import annotations

import math

from training.config import Config, Stage
from training.loop.checkpoint import Progress


def learning_rate(stage: Stage, done: float, steps: int) -> float:
    """Of the next step: `done` is the share of the stage behind it, `steps` the steps of the stage behind it."""
    rate = stage.lr
    if stage.lr_end >= 0:
        decays = done * stage.decays
        decayed = decays - min(int(decays), stage.decays - 1)
        rate = stage.lr_end + (stage.lr - stage.lr_end) * 0.5 * (1 + math.cos(math.pi * decayed))
    return rate * min(1.0, (steps + 1) / stage.warmup) if stage.warmup else rate


def stage_share(stage: Stage, progress: Progress) -> float:
    """How much of the stage is done, 0..1."""
    if stage.images:
        return progress.stage_images / stage.images
    return progress.stage_seconds / (60 * stage.minutes)


def run_share(config: Config, progress: Progress) -> float:
    """How much of the run is done, 0..1, by the stages' own lengths where all are of one kind."""
    lengths = [stage.minutes or stage.images for stage in config.stages]
    if len({stage.images > 0 for stage in config.stages}) > 1:
        lengths = [1] * len(lengths)
    done = sum(lengths[: progress.stage])
    if progress.stage < len(lengths):
        done += lengths[progress.stage] * min(1.0, stage_share(config.stages[progress.stage], progress))
    return done / sum(lengths)
