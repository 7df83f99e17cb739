"""Contact sheets: crops of fills side by side, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

TILE = 320
HEAD = 30


class Sheet:
    """Rows of crops, written when all are there: for each subject the whole hole shrunk, then true pixels."""

    def __init__(self) -> None:
        self._rows: list[Image.Image] = []

    def add(self, title: str, hole: np.ndarray, pictures: Mapping[str, tuple[np.ndarray, str]]) -> None:
        """`pictures`: by name, a picture of the hole's size and a line of figures."""
        windows = [whole_window(hole)]
        if max(windows[0][0].stop - windows[0][0].start, windows[0][1].stop - windows[0][1].start) > TILE:
            windows.append(close_window(hole))
        for window in windows:
            row = Image.new("RGB", (TILE * len(pictures), TILE + HEAD), "white")
            draw = ImageDraw.Draw(row)
            for column, (name, (picture, figures)) in enumerate(pictures.items()):
                crop = Image.fromarray(np.ascontiguousarray(picture[window]))
                crop.thumbnail((TILE - 2, TILE - 2), Image.Resampling.BOX)
                row.paste(crop, (TILE * column, HEAD))
                draw.text((TILE * column + 2, 2), f"{name}  [{title}]".replace("–", "-")[:52], fill="black")
                draw.text((TILE * column + 2, 15), figures, fill="black")
            self._rows.append(row)

    def save(self, path: Path) -> None:
        sheet = Image.new("RGB", (max(r.width for r in self._rows), sum(r.height for r in self._rows)), "white")
        top = 0
        for row in self._rows:
            sheet.paste(row, (0, top))
            top += row.height
        sheet.save(path, quality=90)


def whole_window(hole: np.ndarray) -> tuple[slice, slice]:
    """The hole's box and a third around it."""
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    margin = max(24, max(int(np.ptp(rows)), int(np.ptp(columns))) // 3)
    return tuple(  # type: ignore[return-value]
        slice(max(0, int(a[0]) - margin), min(side, int(a[-1]) + 1 + margin))
        for a, side in zip((rows, columns), hole.shape, strict=True)
    )


def close_window(hole: np.ndarray, side: int = TILE) -> tuple[slice, slice]:
    """side² pixels of which the hole takes as nearly half as it can."""
    share = cv2.blur(hole.astype(np.float32), (side, side), borderType=cv2.BORDER_REFLECT)
    half = side // 2
    inner = share[half : max(half + 1, hole.shape[0] - half), half : max(half + 1, hole.shape[1] - half)]
    row, column = np.unravel_index(int(np.abs(inner - 0.5).argmin()), inner.shape)
    return slice(int(row), int(row) + side), slice(int(column), int(column) + side)
