"""Sheets to vote on: the photo with its hole painted over, one fill on the left and one on the right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.quality.sheet import close_window, whole_window
from benchmarks.quality.subjects import Subject

MARK = (255, 0, 255)  # of the hole; no photo has it
LEAST, MOST, CLOSE = 512, 900, 720  # pixels: sides of a panel, and of a close view at true size
GAP, HEAD = 12, 22


def sheets(subject: Subject, left: np.ndarray, right: np.ndarray, head: str) -> Iterator[tuple[str, Image.Image]]:
    """Views of a pair: "" is the whole photo, or of a large one the hole and its surroundings, shrunk; then "-close",
    true pixels at the hole's edge, where the first view is shrunk.

    Args:
        left, right: fills, H×W×3 uint8. head: what stands above, which must not tell who filled.
    """
    marked = np.where(subject.hole[..., None], np.array(MARK, np.uint8), subject.photo)
    whole = max(subject.hole.shape) <= MOST
    window = (slice(None), slice(None)) if whole else whole_window(subject.hole)
    yield "", _row([picture[window] for picture in (marked, left, right)], head)
    if max(subject.hole[window].shape) > MOST:
        window = close_window(subject.hole, CLOSE)
        yield "-close", _row([picture[window] for picture in (marked, left, right)], f"{head}, at true size")


def _row(pictures: list[np.ndarray], head: str) -> Image.Image:
    panels = [_panel(picture) for picture in pictures]
    width, height = panels[0].size
    row = Image.new("RGB", (3 * width + 2 * GAP, height + HEAD), "white")
    draw = ImageDraw.Draw(row)
    for column, (panel, title) in enumerate(zip(panels, (head, "left", "right"), strict=True)):
        row.paste(panel, (column * (width + GAP), HEAD))
        draw.text((column * (width + GAP) + 4, 5), title, fill="black")
    return row


def _panel(picture: np.ndarray) -> Image.Image:
    """A picture of LEAST to MOST pixels: enlarged by a whole number, which blurs nothing, or shrunk by area."""
    panel = Image.fromarray(np.ascontiguousarray(picture))
    times = -(-LEAST // max(panel.size))
    if times > 1:
        return panel.resize((panel.width * times, panel.height * times), Image.Resampling.NEAREST)
    panel.thumbnail((MOST, MOST), Image.Resampling.BOX)
    return panel
