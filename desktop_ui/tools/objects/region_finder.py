"""Finds what was clicked without a network: a tree of regions says roughly what it is, GrabCut where it ends."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from desktop_ui.document.colour import plain_srgb
from desktop_ui.document.extent import mask_extent
from desktop_ui.tools.objects.edge import at_full_size
from desktop_ui.tools.objects.grab import cut, cut_in_loop, enclosed_by
from desktop_ui.tools.objects.marks import Found, Mark
from desktop_ui.tools.objects.regions import CELL, Regions
from model.geometry.boxes import Box

SIDE = 320  # pixels: the longer side of the reduced picture that the regions are found in
LOCAL_SIDE = 216  # the same, for a small thing looked at by itself
GRAB_SIDE = 256  # and for the cut
_SMALL = 7 * CELL  # things below it are looked at by themselves
_LOCAL_REACH = 4  # times the thing's extent
_LARGEST_SHARE = 0.7  # of the picture, that a thing may take
_USUAL_SHARE = 0.01  # of the picture, below which a thing is less likely
_MUCH_REDUCED = 0.5  # scale, from which on a closer look shows more
_OVERRULED = 0.5  # times as likely, for each earlier click that does not count any more
_PAD = 0.35  # of the thing's size, around it


@dataclass(frozen=True)
class _Level:
    """A part of the picture, reduced, with its regions."""

    box: Box
    scale: float  # reduced pixels for one of the picture's
    regions: Regions

    @classmethod
    def of(cls, image: np.ndarray, box: Box, side: int) -> _Level:
        rgb, scale = reduced(image, box, side)
        return cls(box, scale, Regions(rgb))

    def cell_at(self, mark: Mark) -> int:
        x, y = self.place(mark.x, mark.y)
        height, width = self.regions.cells.shape
        return int(self.regions.cells[min(max(int(y), 0), height - 1), min(max(int(x), 0), width - 1)])

    def place(self, x: float, y: float) -> tuple[float, float]:
        return _place(x, y, self.box, self.scale)

    def holds(self, marks: tuple[Mark, ...]) -> bool:
        return all(
            self.box.left <= x < self.box.right and self.box.top <= y < self.box.bottom
            for mark in marks
            for x, y in (mark.loop or ((mark.x, mark.y),))
        )


class RegionFinder:
    """Made in some tenths of a second, at any size of picture; a search takes one or two."""

    def __init__(self, image: np.ndarray) -> None:
        """Prepare a picture to be searched.

        Args:
            image: H×W×C of uint8, uint16 or float32 0..1, display-encoded.
        """
        self._image = image
        self._whole = _Level.of(image, Box.of(image.shape[:2]), SIDE)
        self._local: tuple[Mark, _Level] | None = None

    def find(self, marks: tuple[Mark, ...]) -> Found:
        """As `Finder` says."""
        level = self._whole
        inside = _searched(self._image, level, marks)
        near = self._near(marks, inside)
        if near is not None:
            level, inside = near, _searched(self._image, near, marks)
        if not inside.any():
            return Found()
        rough = inside[level.regions.cells]
        pad = max(CELL, round(_PAD * np.sqrt(rough.sum())))
        part = mask_extent(rough).grown(pad).clipped(Box.of(rough.shape))
        box = _scaled(part, 1 / level.scale).moved(level.box.top, level.box.left).clipped(level.box)
        rgb, scale = reduced(self._image, box, GRAB_SIDE)
        start = cv2.resize(rough[part.slices].astype(np.float32), rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        counting = [mark for mark in marks if mark.loop or inside[level.cell_at(mark)] == mark.adds]
        local = tuple(_moved(mark, box, scale) for mark in counting)
        coarse = cut(rgb, start > 0.5, local)
        return at_full_size(self._image, box, coarse)

    def _near(self, marks: tuple[Mark, ...], inside: np.ndarray) -> _Level | None:
        """A closer look at a small thing, where the reduced picture shows little of it."""
        level = self._whole
        if level.scale > _MUCH_REDUCED or any(mark.loop for mark in marks):
            return None
        if self._local is not None and self._local[0] == marks[0]:
            return self._local[1] if self._local[1].holds(marks) else None
        extent = max(mask_extent(inside[level.regions.cells]).shape) or CELL
        if extent > _SMALL:
            return None
        reach = max(LOCAL_SIDE // 2, round(_LOCAL_REACH * extent / level.scale / 2))
        x, y = int(marks[0].x), int(marks[0].y)
        box = Box(y - reach, x - reach, y + reach, x + reach).clipped(level.box)
        if not _Level(box, 1, level.regions).holds(marks):
            return None
        self._local = marks[0], _Level.of(self._image, box, LOCAL_SIDE)
        return self._local[1]


def reduced(image: np.ndarray, box: Box, side: int) -> tuple[np.ndarray, float]:
    """A part of a picture with at most `side` pixels along its longer side; → H×W×3 uint8, and its scale."""
    scale = min(1.0, side / max(box.height, box.width))
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    small = cv2.resize(image[box.slices], size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(plain_srgb(small.reshape(size[1], size[0], image.shape[2]))), scale


def _searched(image: np.ndarray, level: _Level, marks: tuple[Mark, ...]) -> np.ndarray:
    """Which cells are the thing's, as far as its marks say; one mark after the other."""
    inside = np.zeros(level.regions.sizes.size, bool)
    for number in range(1, len(marks) + 1):
        if marks[number - 1].loop:
            inside = _looped(image, level, marks[number - 1], inside)
        else:
            inside = _clicked(level, marks[:number], inside)
    return inside


def _looped(image: np.ndarray, level: _Level, mark: Mark, before: np.ndarray) -> np.ndarray:
    """With what a line was drawn around, or without all of it."""
    cells = level.regions.cells
    enclosed = enclosed_by([level.place(x, y) for x, y in mark.loop], cells.shape)
    if not enclosed.any():
        return before
    if mark.adds:
        enclosed = cut_in_loop(reduced(image, level.box, SIDE)[0], enclosed)
    share = np.bincount(cells.ravel(), enclosed.ravel(), minlength=before.size) / level.regions.sizes
    return before | (share > 0.5) if mark.adds else before & (share < 0.5)


def _clicked(level: _Level, marks: tuple[Mark, ...], before: np.ndarray) -> np.ndarray:
    """The most likely of: the thing so far with or without a region around the last click, or another thing."""
    regions, last = level.regions, marks[-1]
    clicks = [mark for mark in marks if not mark.loop]
    wanted = [level.cell_at(mark) for mark in clicks if mark.adds]
    unwanted = [level.cell_at(mark) for mark in clicks if not mark.adds]
    cell, at = level.cell_at(last), level.place(last.x, last.y)
    if not last.adds and not before[cell]:
        return before  # a hint of where its ground is
    candidates: list[tuple[float, np.ndarray]] = []
    for region in regions.around(cell):
        if last.adds and region[unwanted].any():
            break
        after = before | region if last.adds else before & ~region
        if not after[wanted].any():
            break
        if not before.any():
            if region.sum() and _share(regions, region) <= _LARGEST_SHARE:
                candidates.append((_likely(regions, region) * _central(regions, region, at, 0.45), region))
        elif (after != before).any() and after.any():
            more = float(regions.sizes[after != before].sum() / regions.sizes[before].sum())
            fits = _central(regions, after != before, at, 0.5) * min(1.0, more / 0.05) ** 0.35
            fits *= _OVERRULED ** int((~after[wanted]).sum()) * np.exp(-max(0.0, more - 1))
            candidates.append((_likely(regions, after) * fits, after))
    if before.any() and wanted:
        first = level.place(*next((mark.x, mark.y) for mark in clicks if mark.adds))
        for region in regions.around(wanted[0]):
            if region[unwanted].any() or _share(regions, region) > _LARGEST_SHARE:
                break
            if region[wanted].all() and (region != before).any():
                fits = _central(regions, region, first, 0.45) * _central(regions, region != before, at, 1.0)
                candidates.append((_likely(regions, region) * fits, region))
    if candidates:
        return max(candidates, key=lambda one: one[0])[1]
    after = before.copy()
    after[cell] = last.adds
    return after


def _share(regions: Regions, inside: np.ndarray) -> float:
    return float(regions.sizes[inside].sum() / regions.sizes.sum())


def _likely(regions: Regions, inside: np.ndarray) -> float:
    """How much a region looks like a thing: it ends clearly, is compact, and leaves the picture's border alone."""
    mask = inside[regions.cells]
    frame = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean()
    area, border = float(regions.sizes[inside].sum()), max(1.0, regions.border(inside))
    compact = min(1.0, 4 * np.pi * area / border**2 / 0.3) ** 0.3
    large = min(1.0, area / mask.size / _USUAL_SHARE) ** 0.35
    return float(regions.contrast(inside) * np.exp(-frame / 0.25) * compact * large)


def _central(regions: Regions, inside: np.ndarray, at: tuple[float, float], reach: float) -> float:
    """How near a click is to the middle of a region; people click in the middle."""
    rows, columns = inside[regions.cells].nonzero()
    off = np.hypot(columns.mean() - at[0], rows.mean() - at[1]) / np.sqrt(rows.size)
    return float(np.exp(-((off / reach) ** 2)))


def _moved(mark: Mark, box: Box, scale: float) -> Mark:
    return Mark(*_place(mark.x, mark.y, box, scale), mark.adds, tuple(_place(*one, box, scale) for one in mark.loop))


def _place(x: float, y: float, box: Box, scale: float) -> tuple[float, float]:
    return (x - box.left) * scale, (y - box.top) * scale


def _scaled(box: Box, scale: float) -> Box:
    return Box(
        int(np.floor(box.top * scale)),
        int(np.floor(box.left * scale)),
        int(np.ceil(box.bottom * scale)),
        int(np.ceil(box.right * scale)),
    )
