"""The photos of a run's sources, read by number, in memory as far as they fit."""

from __future__ import annotations

import glob
import logging
import os
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model.errors import TrainingError
from training.config import Data, Source
from training.data.entries import PhotoEntry, entries
from training.data.images import UNREADABLE, read_rgb
from training.data.memory import ALONE, Address, PhotoMemory, Processes, can_share

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decoded:
    """Of one source's entries: how many lie in memory, which are they that can be used and come first; which cannot."""

    kept: int
    dropped: list[int]


class Photos:
    """The photos of one source.

    Args:
        source: its paths, the folder inside them, its weight.
        data: limits of size.

    Raises:
        TrainingError: code "no_photos" (none found), "bad_photos" (a path that is missing or cannot be read).
    """

    def __init__(self, source: Source, data: Data) -> None:
        self.weight = source.weight
        self._data = data
        self._memory, self._first, self._kept = PhotoMemory(0), 0, 0
        found = [entry for path in _expand(source.paths) for entry in entries(path)]
        if source.under:
            found = [e for e in found if source.under in Path(e.name).parts[:-1]]
        if data.part != "all":
            found = [e for e in found if is_held_out(e.name) == (data.part == "held-out")]
        self.entries = found
        inside = f" ({source.under})" if source.under else ""
        self.label = (", ".join(source.paths) or "no path") + inside
        self.name = ", ".join(Path(path).name for path in source.paths) + inside
        if not found:
            remedy = "give folders, lists or archives of images"
            if source.under:
                remedy = f"the recipe takes those in folders named {source.under}; PATH=1 in place of PATH takes all"
            if data.part == "held-out":
                remedy = "none of so few could be held out to measure on; give some dozens"
            raise TrainingError("no_photos", f"no photo in {self.label}; {remedy}")

    def __len__(self) -> int:
        return len(self.entries)

    def get(self, index: int) -> np.ndarray | None:
        """H×W×3 uint8 RGB; None where the photo cannot be read or is too small."""
        if index < self._kept:
            return self._memory[self._first + index]
        return self._decode(self.entries[index])

    def decode(self, memory: PhotoMemory) -> Decoded:
        """Put photos into memory, in order, until it is full."""
        before, dropped = len(memory), []
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for start in range(0, len(self.entries), 256):
                if memory.full:
                    break
                photos = pool.map(self._decode, self.entries[start : start + 256])
                for number, photo in enumerate(photos, start):
                    if photo is None:
                        dropped.append(number)
                    else:
                        memory.add(photo)
        return Decoded(len(memory) - before, dropped)

    def take(self, memory: PhotoMemory, first: int, decoded: Decoded) -> None:
        """Use what `decode` found, here or in another process, from number `first` of the memory on."""
        dropped = set(decoded.dropped)
        self.entries = [entry for number, entry in enumerate(self.entries) if number not in dropped]
        self._memory, self._first, self._kept = memory, first, decoded.kept

    def _decode(self, entry: PhotoEntry) -> np.ndarray | None:
        try:
            photo = read_rgb(entry.read())
        except UNREADABLE:
            return None
        side = min(photo.shape[:2])
        if side < self._data.smallest_side:
            return None
        limit = self._data.largest_side
        if limit and side > limit:
            height, width = (max(limit, round(s * limit / side)) for s in photo.shape[:2])
            photo = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
        return photo


def is_held_out(name: str) -> bool:
    """Whether a photo is among the tenth that is kept for measuring; the same for a name in every run."""
    return zlib.crc32(name.encode("utf-8", "surrogateescape")) % 10 == 0


def open_photos(data: Data, processes: Processes = ALONE) -> list[Photos]:
    """All sources, decoded into memory as far as `data.cache_gib` goes; photos that fail are named and dropped.

    Where several processes run on this machine, the first of them decodes and the others look into its memory. Where
    that cannot be, each has its part of `data.cache_gib`.

    Raises:
        TrainingError: code "no_photos", "bad_photos", "too_many_corrupt", "no_shared_photos".
    """
    if not data.sources or not all(source.paths for source in data.sources):
        raise TrainingError("no_photos", "no photos given; name folders or tars with --photos or data.sources")
    photos, sharing, budget = _open_sources(data), can_share(), int(data.cache_gib * 2**30)
    memory = PhotoMemory(budget if sharing else budget // processes.here, sharing and processes.here > 1)

    def decode() -> tuple[list[Decoded], Address | None]:
        return _decode_all(photos, memory, data), memory.address

    found, address = processes.once(decode) if sharing else decode()
    if address is not None and address.process != os.getpid():
        memory = PhotoMemory.at(address)
    first = 0
    for source, decoded in zip(photos, found, strict=True):
        source.take(memory, first, decoded)
        first += decoded.kept
    return photos


def _decode_all(photos: list[Photos], memory: PhotoMemory, data: Data) -> list[Decoded]:
    found, failed = [], []
    for source in photos:
        decoded = source.decode(memory)
        if len(decoded.dropped) == len(source):
            raise TrainingError(
                "no_photos",
                f"none of the photos in {source.label} can be used (unreadable or under {data.smallest_side} px)",
            )
        found.append(decoded)
        failed += [source.entries[number].name for number in decoded.dropped]
    report_corrupt(failed, sum(map(len, photos)), data.most_corrupt)
    return found


def _open_sources(data: Data) -> list[Photos]:
    """The sources; of those that may be absent (`if_present`) the ones that have photos, or one of all photos."""
    found, absent = [], []
    for source in data.sources:
        try:
            found.append(Photos(source, data))
        except TrainingError as error:
            if error.code != "no_photos" or not (source.if_present and source.under):
                raise
            absent.append(source)
    if not found:
        paths = list(dict.fromkeys(path for source in absent for path in source.paths))
        found = [Photos(Source(paths=paths), data)]
        log.info("no folders named %s in the photos: all photos are taken alike", ", ".join(s.under for s in absent))
    elif absent:
        log.info("no folder named %s in the photos: left out", " or ".join(s.under for s in absent))
    return found


def description(photos: list[Photos]) -> str:
    """What the photos of a run are, for its record: files without their folders, numbers, shares of the samples."""
    total = sum(source.weight for source in photos)
    return "; ".join(f"{source.name}, {len(source)} photos: {source.weight / total:.0%}" for source in photos)


def report_corrupt(names: list[str], total: int, most: float) -> None:
    """Name the photos that failed; stop when they are too many.

    Raises:
        TrainingError: code "too_many_corrupt".
    """
    if not names:
        return
    log.warning("%d of %d photos skipped (unreadable or too small): %s", len(names), total, ", ".join(names[:10]))
    if len(names) > most * total:
        raise TrainingError(
            "too_many_corrupt",
            f"{len(names)} of {total} photos cannot be used, more than {most:.1%}; the first is {names[0]}. "
            "Remove them, or raise data.most_corrupt or lower data.smallest_side",
        )


def _expand(paths: list[str]) -> list[str]:
    expanded = []
    for path in paths:
        options = _braces(os.path.expanduser(path))
        found = [p for option in options for p in (sorted(glob.glob(option)) if glob.has_magic(option) else [option])]
        missing = [p for p in found if not os.path.exists(p)]
        if missing or not found:
            raise TrainingError("bad_photos", f"no photos at {(missing or [path])[0]}; check the path")
        expanded += found
    return expanded


def _braces(path: str) -> list[str]:
    """The {000..009} of WebDataset shard names."""
    match = re.search(r"\{(\d+)\.\.(\d+)\}", path)
    if not match:
        return [path]
    first, last = match.groups()
    numbers = [str(n).zfill(len(first)) for n in range(int(first), int(last) + 1)]
    return [o for n in numbers for o in _braces(path[: match.start()] + n + path[match.end() :])]
