"""A contact sheet of holes, to see what a configuration draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from training.config import Config
from training.data.holes import RATIO_BUCKETS
from training.data.photos import open_photos
from training.data.samples import make_holes


def preview_masks(config: Config, path: Path, size: int = 256, columns: int = 10, by_cell: bool = False) -> None:
    """A row of holes (white) for each bucket of the configuration, drawn at size×size, saved as an image.

    Args:
        by_cell: two rows for each bucket instead, holes inside and holes that touch the border.

    Raises:
        TrainingError: see training.data.holes; photos are read only where flow holes are made of them.
    """
    needs_photos = config.masks.kinds.get("flow", 0) > 0 and not config.masks.flow_video
    photos = open_photos(config.data) if needs_photos else []
    sampler = make_holes(config.masks, photos, config.seed)
    places = (False, True) if by_cell else (sampler.border,)
    wanted = [(bucket, border) for bucket in sampler.buckets for border in places]
    gap = 4
    sheet = np.full((len(wanted) * (size + gap), columns * (size + gap)), 96, np.uint8)
    for row, (bucket, border) in enumerate(wanted):
        sampler.buckets, sampler.border = (bucket,), border
        for column in range(columns):
            hole = sampler.draw(np.random.default_rng((config.seed, bucket, column)), size)
            top, left = row * (size + gap), column * (size + gap)
            sheet[top : top + size, left : left + size] = 255 * hole
    Image.fromarray(sheet).save(path)
    words = {None: "", False: " inside", True: " at the border"}
    rows = ", ".join(f"{RATIO_BUCKETS[b][0]}–{RATIO_BUCKETS[b][1]}{words[border]}" for b, border in wanted)
    print(f"{path}: rows are hole ratios {rows}")
