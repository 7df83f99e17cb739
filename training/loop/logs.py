"""What a run says while it goes: progress bar, log.jsonl, before/after grids; the same on its boards."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from training.config import Config
from training.loop.boards import open_boards
from training.loop.distributed import ProcessGroup


class RunLog:
    """One run's record in its folder.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self._folder, self._boards = folder, open_boards(folder, config)
        self._file = open(folder / "log.jsonl", "a", encoding="utf-8")  # noqa: SIM115
        self._bar = tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed}<{remaining} {postfix}", file=sys.stderr)

    def scalars(self, images: int, values: dict[str, float]) -> None:
        """A line of log.jsonl, and points on the boards."""
        self._file.write(json.dumps({"images": images, **values}) + "\n")
        self._file.flush()
        for board in self._boards:
            board.scalars(images, values)

    def progress(self, fraction: float, values: dict[str, float]) -> None:
        """The bar: share of the run that is done, images/s and each loss."""
        self._bar.n = min(1.0, round(fraction, 4))
        self._bar.set_postfix({k: f"{v:.3g}" for k, v in values.items()})

    def grid(self, images: int, truth: Tensor, hole: Tensor, out: Tensor) -> None:
        """Rows of hole, prediction, composite and truth, as grids/<images>.webp and on the boards.

        Args:
            truth, out: (B, 3, S, S) in 0..1; hole: (B, 1, S, S) bool.
        """
        truth, out = truth.float(), out.float().clamp(0, 1)
        rows = [torch.where(hole, 0.5, truth), out, torch.where(hole, out, truth), truth]
        picture = torch.cat([torch.cat(list(row), 2) for row in rows], 1)
        pixels = (picture * 255).round().byte().permute(1, 2, 0).cpu().numpy()
        folder = self._folder / "grids"
        folder.mkdir(exist_ok=True)
        Image.fromarray(np.ascontiguousarray(pixels)).save(folder / f"{images:010d}.webp", quality=85)
        for board in self._boards:
            board.grid(images, "hole, prediction, composite, truth", pixels)

    def close(self) -> None:
        self._bar.close()
        self._file.close()
        for board in self._boards:
            board.close()


class RunningMeans:
    """Means since they were last taken."""

    def __init__(self) -> None:
        self.waited = 0.0
        self._reset()

    def _reset(self) -> None:
        self.waited, self.seconds, self.images, self.steps = 0.0, 0.0, 0, 0
        self.sums: Tensor | None = None

    def add(self, terms: dict[str, Tensor], images: int, seconds: float) -> None:
        values = torch.stack(list(terms.values()))
        self.names = list(terms)
        self.sums = values if self.sums is None else self.sums + values
        self.images += images
        self.seconds += seconds
        self.steps += 1

    def take(self, group: ProcessGroup) -> dict[str, float]:
        assert self.sums is not None
        means = group.mean(self.sums / self.steps).tolist()
        values = {"images_per_second": self.images / self.seconds, "waiting": self.waited / self.seconds}
        values |= dict(zip(self.names, means, strict=True))
        self._reset()
        return values
