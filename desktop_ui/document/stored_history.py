"""What can be undone, as a project's file holds it, so that a crash takes no step back away.

history/steps.json   the steps, the last one last, and the candidates of no present fill
history/N.mask       the mask's patches of step N, one after the other
history/N.forbidden  those of the mask of what is forbidden, where there are any
history/pool/…       the pixels of those candidates
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable

import numpy as np

from desktop_ui.document.archive import Archive
from desktop_ui.document.fills import Candidate, Fill
from desktop_ui.document.frames import Frame, shape_after
from desktop_ui.document.history import Step
from desktop_ui.document.packed import largest_packed, unpacked
from desktop_ui.document.patches import Patch
from desktop_ui.document.stored_candidates import (
    LEAST_PIXELS,
    Room,
    entry_of,
    read_candidate,
    rect_of,
    write_candidate,
)
from desktop_ui.document.stored_frames import entries_of, frames_of
from model.geometry.boxes import Box

_INDEX = "history/steps.json"
_LARGEST_INDEX = 4 << 20
_MOST_STEPS = 300
_MOST_BYTES = 32 << 20  # of the steps' patches
_MOST_PICTURES = 16  # that the patches may cover together


def write_history(
    archive: zipfile.ZipFile, steps: tuple[Step, ...], fills: tuple[Fill, ...], picture_pixels: int
) -> None:
    """Write as many of the last steps as `read_history` takes.

    Args:
        fills: the present ones, which the project holds anyway.
    """
    kept, entries, pool = _last(steps, fills, picture_pixels)
    if not kept:
        return
    archive.writestr(_INDEX, json.dumps({"steps": entries, "pool": [entry_of(one) for one in pool]}))
    for number, step in enumerate(kept):
        archive.writestr(f"history/{number}.mask", b"".join(patch.packed for patch in step.mask))
        if step.forbidden:
            archive.writestr(f"history/{number}.forbidden", b"".join(patch.packed for patch in step.forbidden))
    for number, one in enumerate(pool):
        write_candidate(archive, f"history/pool/{number}", one)


def read_history(
    archive: Archive, fills: tuple[Fill, ...], original: np.ndarray, room: Room, opened: tuple[int, int]
) -> tuple[Step, ...]:
    """→ the steps; () where there are none, or where they are not what they say: the work itself counts more.

    Args:
        fills: the present ones.
        original: the picture in its present frame.
        opened: (H, W) of the picture as it was opened.
    """
    try:
        index = json.loads(archive.read(_INDEX, _LARGEST_INDEX))
        if len(index["steps"]) > _MOST_STEPS:
            raise ValueError("it has more steps than are kept")
        frames, all_bounds = _frames_of(index["steps"], Box.of(original.shape[:2]), opened)
        pool = []
        for number, entry in enumerate(index["pool"]):
            rect = rect_of(entry)
            if not rect.empty and all(rect.clipped(bounds) != rect for bounds in all_bounds):
                raise ValueError("a candidate does not fit the picture")
            pool.append(read_candidate(archive, f"history/pool/{number}", entry, original, room))
        left = _most_covered(all_bounds[-1].area)
        steps = []
        for number, entry in enumerate(index["steps"]):
            bounds = all_bounds[number]
            patches = _read_patches(archive, f"history/{number}.mask", entry["patches"], bounds)
            forbidden: tuple[Patch, ...] = ()
            if entry.get("forbidden"):
                forbidden = _read_patches(archive, f"history/{number}.forbidden", entry["forbidden"], bounds)
            left -= sum(patch.rect.area for patch in (*patches, *forbidden))
            if left < 0:
                raise ValueError("it has more steps than its picture can need")
            before = entry["fills"]
            known = None if before is None else tuple(_fill_of(one, fills, pool) for one in before)
            if any(one.rect.clipped(bounds) != one.rect for fill in known or () for one in fill.candidates):
                raise ValueError("a candidate does not fit the picture")
            if frames[number] is not None and known is None:
                raise ValueError("a frame has no fills")
            steps.append(Step(str(entry["label"]), patches, known, forbidden, frames[number]))
        return tuple(steps)
    except Exception:  # zip and json readers raise anything on damaged files
        return ()


def _frames_of(
    entries: list[dict], bounds: Box, opened: tuple[int, int]
) -> tuple[list[tuple[Frame, ...] | None], list[Box]]:
    """→ the frames before each step that has some, and the picture's bounds before each step and now."""
    frames: list[tuple[Frame, ...] | None] = []
    all_bounds = [bounds]
    for entry in reversed(entries):
        stored = entry.get("frames")
        before = None if stored is None else frames_of(stored, opened)
        if before is not None:
            bounds = Box.of(shape_after(opened, before))
        frames.insert(0, before)
        all_bounds.insert(0, bounds)
    return frames, all_bounds


def _last(
    steps: tuple[Step, ...], fills: tuple[Fill, ...], picture_pixels: int
) -> tuple[list[Step], list[dict], list[Candidate]]:
    """→ the last steps within all bounds, what the index says of them, and their candidates of no present fill."""
    known = {id(one): [n, i] for n, fill in enumerate(fills) for i, one in enumerate(fill.candidates)}
    pool: list[Candidate] = []
    kept: list[Step] = []
    entries: list[dict] = []
    room = Room(picture_pixels)
    if not room.has(used := sum(one.rect.area for fill in fills for one in fill.candidates)):
        return kept, entries, pool
    room.take(used)
    covered, size, index = 0, 0, len('{"steps": [], "pool": []}')
    for step in reversed(steps[-_MOST_STEPS:]):
        fresh = _fresh(step, known)
        names = known | {id(one): [len(pool) + number] for number, one in enumerate(fresh)}
        entry = {
            "label": step.label,
            "patches": _places(step.mask),
            "forbidden": _places(step.forbidden),
            "fills": None if step.fills is None else [_fill_entry(fill, names) for fill in step.fills],
            "frames": None if step.frames is None else entries_of(step.frames),
        }
        covered += sum(patch.rect.area for patch in (*step.mask, *step.forbidden))
        size += step.nbytes
        index += sum(len(json.dumps(one)) + len(", ") for one in (entry, *map(entry_of, fresh)))
        pixels = sum(one.rect.area for one in fresh)
        if covered > _most_covered(picture_pixels) or size > _MOST_BYTES or index > _LARGEST_INDEX:
            break
        if not room.has(pixels):
            break
        room.take(pixels)
        known = names
        pool += fresh
        kept.insert(0, step)
        entries.insert(0, entry)
    return kept, entries, pool


def _places(patches: tuple[Patch, ...]) -> list[list[int]]:
    return [[*patch.rect, len(patch.packed)] for patch in patches]


def _most_covered(picture_pixels: int) -> int:
    return _MOST_PICTURES * max(picture_pixels, LEAST_PIXELS)


def _fresh(step: Step, known: dict[int, list[int]]) -> list[Candidate]:
    """The step's candidates that have no place yet, each once."""
    found = {id(one): one for fill in step.fills or () for one in fill.candidates if id(one) not in known}
    return list(found.values())


def _fill_entry(fill: Fill, known: dict[int, list[int]]) -> dict:
    return {"hole": fill.hole, "chosen": fill.chosen, "candidates": [known[id(one)] for one in fill.candidates]}


def _fill_of(entry: dict, fills: tuple[Fill, ...], pool: list[Candidate]) -> Fill:
    candidates = tuple(
        pool[place[0]] if len(place) == 1 else fills[place[0]].candidates[place[1]] for place in entry["candidates"]
    )
    return Fill(str(entry["hole"]), candidates).choosing(int(entry["chosen"]))


def _read_patches(archive: Archive, name: str, entries: Iterable[list[int]], bounds: Box) -> tuple[Patch, ...]:
    data, at, patches = archive.read(name, _MOST_BYTES), 0, []
    for *sides, length in entries:
        rect = Box(*(int(side) for side in sides))
        packed = data[at : at + int(length)]
        at += len(packed)
        if rect.empty or rect.clipped(bounds) != rect or len(packed) != length or length < 1:
            raise ValueError("a step does not fit the picture")
        if length > 1:
            if length > largest_packed(rect.area):
                raise ValueError("a step is too large")
            for _ in unpacked(packed, rect.area):
                pass  # its length is all that is to be known here
        patches.append(Patch(rect, packed))
    if at != len(data):
        raise ValueError("a step has more than its patches")
    return tuple(patches)
