"""Things that people take out of large photos: holes drawn as polygons and lines, for which there is no truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.quality.sheet import close_window
from benchmarks.quality.subjects import Subject
from model.errors import TrainingError

THIN = 4.0  # pixels that the widest place of a hole must keep when its photo is shrunk; else a native cut is taken


def task_subjects(file: Path, photos: Path | None = None, side: int | None = None) -> Iterator[Subject]:
    """The tasks of a JSON file: a list of {"task", "photo", "what"} with "polygon" or "lines" and "width".

    Points are in parts of width and height, `width` in pixels; `what` says what has to come out.

    Args:
        photos: their folder (default: `large` beside the file's folder).
        side: pixels, the longest side of a cut around the hole, shrunk to it; None gives the whole photo.

    Raises:
        TrainingError: code "bad_tasks".
    """
    folder = photos or file.resolve().parent.parent / "large"
    try:
        tasks = json.loads(file.read_text(encoding="utf-8"))
        for task in tasks:
            with Image.open(folder / task["photo"]) as image:
                photo = np.asarray(image.convert("RGB"))
            subject = Subject(task["task"], task.get("what", ""), photo, draw_task(task, photo.shape[:2]), large=True)
            yield cut(subject, side) if side else subject
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            "bad_tasks", f"{file} with photos in {folder} cannot be used ({error!r}); give a tasks file and --photos"
        ) from error


def draw_task(task: dict, shape: tuple[int, int]) -> np.ndarray:
    """The hole of a task on a photo of H×W pixels."""
    canvas, size = np.zeros(shape, np.uint8), np.array(shape[::-1])
    if "polygon" in task:
        cv2.fillPoly(canvas, [np.rint(np.array(task["polygon"]) * size).astype(np.int32)], 1)
    for line in task.get("lines", ()):
        first, last = np.array(line) * size - 0.5
        canvas |= _near(first, last, task["width"] / 2, shape)
    if not canvas.any():
        raise ValueError(f"task {task['task']} has no hole")
    return canvas.astype(bool)


def _near(first: np.ndarray, last: np.ndarray, reach: float, shape: tuple[int, int]) -> np.ndarray:
    """Pixels nearer than `reach` to the segment between two points (x, y)."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    x, y = columns.astype(np.float32) - first[0], rows.astype(np.float32) - first[1]
    along = last - first
    part = ((x * along[0] + y * along[1]) / max(float(along @ along), 1e-9)).clip(0, 1)
    return np.hypot(x - part * along[0], y - part * along[1]) < reach


def cut(subject: Subject, side: int) -> Subject:
    """The hole's box with half its longer side around it, shrunk to `side`; `side`² native pixels of a thin hole."""
    photo, hole = subject.photo, subject.hole
    window = _surroundings(hole)
    scale = min(1.0, side / max(hole[window].shape))
    widest = 2 * float(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3).max())
    if scale < 1 and widest * scale < THIN:
        window, scale = close_window(hole, side), 1.0
    size = tuple(max(1, round(n * scale)) for n in reversed(hole[window].shape))
    share = cv2.resize(hole[window].astype(np.float32), size, interpolation=cv2.INTER_AREA)
    shrunk = cv2.resize(photo[window], size, interpolation=cv2.INTER_AREA)
    return replace(subject, photo=shrunk, hole=share > 0, large=False)


def _surroundings(hole: np.ndarray) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    margin = max(32, int(max(np.ptp(rows), np.ptp(columns))) // 2)
    top, bottom = max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin
    left, right = max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin
    return slice(top, bottom), slice(left, right)
