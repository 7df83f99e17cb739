"""A whole run: settings, training, weights, table.

May know: everything in training.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from training.config import load_config, with_minutes, with_photos
from training.loop import Outcome, Trainer


def run(
    config: str | Path,
    out: Path,
    *,
    photos: Sequence[str] = (),
    minutes: float | None = None,
    init: str | None = None,
    cases: Path | None = None,
    settings: Sequence[str] = (),
) -> Outcome:
    """Start the run in `out`, or go on with it.

    Raises:
        TrainingError, ModelError: one sentence on what to do next.
    """
    chosen = load_config(config, list(settings))
    if photos:
        chosen = with_photos(chosen, list(photos))
    if minutes is not None:
        chosen = with_minutes(chosen, minutes)
    if init is not None:
        chosen = msgspec.structs.replace(chosen, init=init)
    return Trainer(chosen, out).run()
