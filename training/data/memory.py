"""Decoded photos in memory, which the processes of one machine can share: one fills it, the others look into it."""

from __future__ import annotations

import math
import mmap
import os
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from model.errors import TrainingError

Made = TypeVar("Made")
Shape = tuple[int, ...]


class Processes(Protocol):
    """The processes of a run, as one of them sees them."""

    here: int  # how many run on this machine

    def once(self, make: Callable[[], Made]) -> Made:
        """What `make` gives in the first process of this machine, in all of its processes; so what it raises."""


class Alone:
    """A process without others."""

    here = 1

    def once(self, make: Callable[[], Made]) -> Made:
        return make()


ALONE = Alone()


@dataclass(frozen=True)
class Address:
    """Where a shared memory is found: the process that fills it, the number of its file there, the photos' shapes."""

    process: int
    file: int
    shapes: Sequence[Shape]


class PhotoMemory:
    """Photos, H×W×3 uint8, in the order in which they were added.

    A shared one lies in a file without a name, which takes as much memory as its photos and is free when the last
    process that looks into it is gone, whatever ended it.

    Args:
        budget: bytes of photos that it holds at most.
        shared: whether processes of the same user on this machine may look into it; see `can_share`.
    """

    def __init__(self, budget: int, shared: bool = False) -> None:
        self.budget, self.used, self.full = budget, 0, budget <= 0
        self._photos: list[np.ndarray] = []
        if shared:
            self._file = os.memfd_create("pconv-photos")
            weakref.finalize(self, os.close, self._file)
            os.ftruncate(self._file, max(budget, 1))
            self._room = np.frombuffer(mmap.mmap(self._file, 0), np.uint8)
        self.shared = shared

    def __len__(self) -> int:
        return len(self._photos)

    def __getitem__(self, number: int) -> np.ndarray:
        return self._photos[number]

    def add(self, photo: np.ndarray) -> None:
        """Keep one more, unless that would go beyond the budget; then it is full, for good."""
        self.full = self.full or self.used + photo.nbytes > self.budget
        if self.full:
            return
        if self.shared:
            place = _place(self._room, self.used, photo.shape)
            place[:] = photo
            photo = place
        self._photos.append(photo)
        self.used += photo.nbytes

    @property
    def address(self) -> Address | None:
        """For `at` in another process; None where it is not shared."""
        return Address(os.getpid(), self._file, [p.shape for p in self._photos]) if self.shared else None

    @classmethod
    def at(cls, address: Address) -> PhotoMemory:
        """A shared memory as it was when its address was taken, to be read only.

        Raises:
            TrainingError: code "no_shared_photos".
        """
        memory = cls(0)
        try:
            room = np.memmap(f"/proc/{address.process}/fd/{address.file}", np.uint8, "r")
        except OSError as error:
            raise TrainingError(
                "no_shared_photos",
                f"the photos that process {address.process} holds in memory cannot be shared ({error}); "
                "set data.cache_gib=0",
            ) from error
        for shape in address.shapes:
            memory._photos.append(_place(room, memory.used, shape))
            memory.used += memory._photos[-1].nbytes
        return memory


def can_share() -> bool:
    """Whether processes can share memory without a file here."""
    return hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd")


def _place(room: np.ndarray, start: int, shape: Shape) -> np.ndarray:
    return np.asarray(room[start : start + math.prod(shape)]).reshape(shape)
