"""Training samples: sample k of a run is the same whoever makes it and whenever, so a run resumes by number."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from model.errors import TrainingError
from training.config import Config, Masks
from training.data.flow_masks import raw_masks, video_masks
from training.data.holes import HoleSampler
from training.data.made import made_picture
from training.data.mask_files import MaskFolder
from training.data.photos import Photos
from training.torchvision_import import vision

_PLACES = {"any": None, "border": True, "inside": False}
_REDRAWS = 20
STOPPING = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Fault:
    """A TrainingError on its way from a worker."""

    code: str
    message: str


class TrainingSamples(Dataset):
    """Sample k: a cut of a photo and a hole, from a generator seeded with (seed, k) alone.

    Args:
        photos: the sources; their weights are the shares of samples.
        holes: draws the holes.
        size: side of the cut.
        seed: of the run.
        smallest_crop, flip, made: see config.Data.
    """

    def __init__(
        self,
        photos: list[Photos],
        holes: HoleSampler,
        size: int,
        seed: int,
        smallest_crop: float,
        flip: bool,
        made: float = 0.0,
    ) -> None:
        self.photos, self.holes, self.size, self.seed = photos, holes, size, seed
        self.smallest_crop, self.flip, self.made = smallest_crop, flip, made
        weights = np.array([source.weight for source in photos])
        self._shares = weights / weights.sum()

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, list[str]]:
        """(3, S, S) uint8, (1, S, S) bool hole, names of unreadable photos that were passed over.

        Raises:
            TrainingError: code "too_many_corrupt".
        """
        rng = np.random.default_rng((self.seed, index))
        photo, skipped = self._photo(rng)
        picture = self._cut(photo, rng)
        if rng.random() < self.made:
            drawn = made_picture(rng, picture.permute(1, 2, 0).numpy())
            picture = torch.from_numpy(drawn).permute(2, 0, 1).contiguous()
        return picture, torch.from_numpy(self.holes.draw(rng, self.size))[None], skipped

    def __getitems__(self, indices: list[int]) -> list[tuple[Tensor, Tensor, list[str]]] | Fault:
        """Those samples, or what keeps them from being made: what a worker raises would lose its class on its way."""
        try:
            return [self[index] for index in indices]
        except TrainingError as error:
            return Fault(error.code, error.message)

    def _photo(self, rng: Generator) -> tuple[np.ndarray, list[str]]:
        skipped: list[str] = []
        for _ in range(_REDRAWS):
            source = self.photos[rng.choice(len(self.photos), p=self._shares)]
            index = int(rng.integers(len(source)))
            photo = source.get(index)
            if photo is not None:
                return photo, skipped
            skipped.append(source.entries[index].name)
        found = f"{_REDRAWS} photos in a row cannot be read, the last {skipped[-1]}"
        raise TrainingError("too_many_corrupt", f"{found}; check that they are still there and can be opened")

    def _cut(self, photo: np.ndarray, rng: Generator) -> Tensor:
        height, width = photo.shape[:2]
        side = min(height, width)
        least = min(side, max(self.size * 0.9, side * self.smallest_crop))
        crop = min(side, int(rng.uniform(least, side + 1)))
        top, left = int(rng.integers(height - crop + 1)), int(rng.integers(width - crop + 1))
        piece = torch.from_numpy(photo[top : top + crop, left : left + crop].copy()).permute(2, 0, 1)
        functional = vision("transforms.v2.functional")
        piece = functional.resize(piece, [self.size, self.size], antialias=True)
        return functional.horizontal_flip(piece) if self.flip and rng.random() < 0.5 else piece


class Batches:
    """Index batches of one process: global batch b is samples start + b·batch …; the process takes every world-th."""

    def __init__(self, start: int, batch: int, rank: int = 0, world: int = 1) -> None:
        self.start, self.batch, self.rank, self.world = start, batch, rank, world

    def __iter__(self) -> Iterator[list[int]]:
        first = self.start
        while True:
            yield list(range(first + self.rank, first + self.batch, self.world))
            first += self.batch


def make_holes(masks: Masks, photos: list[Photos], seed: int) -> HoleSampler:
    """The hole sampler of a configuration; raw occlusion maps are made here, once, always the same by the seed.

    Raises:
        TrainingError: see HoleSampler and MaskFolder.
    """
    raws = None
    if masks.kinds.get("flow"):
        try:
            raws = video_masks(masks.flow_video, limit=masks.flow_maps) if masks.flow_video else None
        except ValueError as error:
            raise TrainingError("bad_masks", f"masks.flow_video: {error}; give a video that OpenCV can read") from error
        if raws is None:
            rng = np.random.default_rng((seed, 2**32))
            readable = (s.get(int(rng.integers(len(s)))) for s in _cycle(photos))
            usable = (photo for photo in readable if photo is not None)
            raws = raw_masks((next(usable) for _ in range(masks.flow_maps)), rng)
    folder = MaskFolder(masks.folder, masks.polarity, masks.augment) if masks.folder else None
    return HoleSampler(dict(masks.kinds), tuple(masks.buckets), _PLACES[masks.place], raws, folder)


def make_loader(config: Config, samples: TrainingSamples, batches: Batches, device: torch.device) -> DataLoader:
    """An endless loader of (images uint8 (B, 3, S, S), holes bool (B, 1, S, S), skipped names)."""
    workers = config.data.workers
    if workers < 0:
        cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        workers = max(1, cpus - 2) if device.type == "cuda" else 1
    parallel: dict[str, Any] = {"prefetch_factor": 4, "worker_init_fn": _start_worker} if workers else {}
    if workers and sys.platform == "linux":
        parallel["multiprocessing_context"] = "fork"  # the photos in memory are shared, not copied
    return DataLoader(
        samples,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=_collate,
        pin_memory=device.type == "cuda",
        **parallel,
    )


def _collate(samples: list[tuple[Tensor, Tensor, list[str]]] | Fault) -> tuple[Tensor, Tensor, list[str]] | Fault:
    if isinstance(samples, Fault):
        return samples
    images, holes, skipped = zip(*samples, strict=True)
    return torch.stack(images), torch.stack(holes), [name for names in skipped for name in names]


@contextmanager
def batches_of(loader: DataLoader) -> Iterator[Iterator]:
    """The loader's batches; its workers, which no SIGTERM ends, are gone when the block is left.

    Raises:
        TrainingError: on its next batch, what a worker met.
    """
    before = set(multiprocessing.active_children())
    with _signals_for_the_loop():
        batches = iter(loader)
    workers = set(multiprocessing.active_children()) - before
    try:
        yield map(_made, batches)
    finally:
        getattr(batches, "_shutdown_workers", lambda: None)()  # asks them to leave; kills none that does not
        for worker in workers:
            worker.kill()
            worker.join()


def _made(batch: Any) -> Any:
    if isinstance(batch, Fault):
        raise TrainingError(batch.code, batch.message)
    return batch


@contextmanager
def _signals_for_the_loop() -> Iterator[None]:
    """Start a loader's workers in here: SIGTERM and SIGINT to the whole group (Slurm, systemd, `timeout`, Ctrl+C) then
    reach the training loop alone, which still wants its batch. Workers leave when the loop's process does."""
    block = getattr(signal, "pthread_sigmask", None)
    if block is None:
        yield
        return
    before = block(signal.SIG_BLOCK, STOPPING)  # workers inherit the mask from their first instruction on
    try:
        yield
    finally:
        block(signal.SIG_SETMASK, before)


def _start_worker(_number: int) -> None:
    for number in STOPPING:  # where workers are spawned, they inherit no mask
        signal.signal(number, signal.SIG_IGN)
    torch.set_num_threads(1)
    cv2.setNumThreads(0)


def _cycle(photos: list[Photos]) -> Iterator[Photos]:
    while True:
        yield from photos
