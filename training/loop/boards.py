"""Where a run's curves can be looked at: TensorBoard where it is installed, Weights & Biases (offline) where asked."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np

from model.errors import TrainingError
from training.config import Config

log = logging.getLogger(__name__)


class Board(Protocol):
    def scalars(self, images: int, values: dict[str, float]) -> None:
        """Points at so many images seen."""

    def grid(self, images: int, title: str, pixels: np.ndarray) -> None:
        """A picture, H×W×3 uint8."""

    def close(self) -> None: ...


def check_boards(config: Config) -> None:
    """Whether the boards that are asked for can be had.

    Raises:
        TrainingError: code "no_wandb".
    """
    if config.wandb:
        try:
            import wandb  # noqa: F401
        except ImportError as error:
            raise TrainingError("no_wandb", "wandb = true needs: pip install 'pconv[wandb]'") from error


def open_boards(folder: Path, config: Config) -> list[Board]:
    """The boards of a run in `folder`."""
    boards: list[Board] = [WeightsAndBiases(folder, config)] if config.wandb else []
    try:
        return [TensorBoard(folder), *boards]
    except ImportError:
        log.warning("TensorBoard is not installed (pip install tensorboard); log.jsonl and grids/ hold the same")
        return boards


class TensorBoard:
    """In `folder`/tensorboard.

    Raises:
        ImportError: it is not installed.
    """

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(folder / "tensorboard")

    def scalars(self, images: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, images)

    def grid(self, images: int, title: str, pixels: np.ndarray) -> None:
        self._writer.add_image(title, pixels, images, dataformats="HWC")

    def close(self) -> None:
        self._writer.close()


class WeightsAndBiases:
    """In `folder`/wandb, offline: nothing is sent, `wandb sync` does that. Each part of a run is one there."""

    def __init__(self, folder: Path, config: Config) -> None:
        import wandb

        self._picture = wandb.Image
        self._run: Any = wandb.init(
            project="pconv",
            name=config.name,
            group=folder.resolve().name,
            dir=folder,
            mode="offline",
            config=msgspec.to_builtins(config),
            settings=wandb.Settings(silent=True, console="off", save_code=False, disable_git=True),
        )

    def scalars(self, images: int, values: dict[str, float]) -> None:
        self._run.log(values, step=images)

    def grid(self, images: int, title: str, pixels: np.ndarray) -> None:
        self._run.log({title: self._picture(pixels)}, step=images)

    def close(self) -> None:
        self._run.finish()
