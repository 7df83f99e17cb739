"""From what the network filled to what is shown: it meets the picture, is calm where that is calm, and has its texture.

Holes that lie apart are finished apart, each within its own surroundings, so that memory follows the holes.

May know: numpy, model.contexts, model.blending, model.texture. Must not know: torch, tiles, the engine.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from model.blending import Border
from model.contexts import context_boxes, depth_of
from model.options import FillOptions
from model.texture import add_detail

TOGETHER = 24  # pixels around each of two holes that must meet for them to be treated as one
LEAST_SURROUNDINGS = 96  # pixels around a hole to take from; else as many as the hole is deep
MOST_SURROUNDINGS = 512


def surroundings(depth: float) -> int:
    """As many pixels around holes of at most this depth, in pixels, may have a say in how they are finished."""
    return TOGETHER + _around(depth)


def finish(filled: np.ndarray, hole: np.ndarray, detail: float) -> Iterator[float]:
    """Blend the filled pixels in and lay kept texture over them, in place, bit by bit.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes.
        hole: (H, W) bool, which pixels were filled; some must be.
        detail: 0..1 as in `FillOptions`.

    Yields:
        The share of the work done, up to 1.
    """
    groups = context_boxes(hole.astype(np.uint8), FillOptions(context=TOGETHER))
    sizes = np.cumsum([near.shape[0] * near.shape[1] for near in groups])
    for near, size in zip(groups, sizes, strict=True):
        box = near.grown(_around(float(depth_of(hole[near.slices]).max())), hole.shape)
        missing, own = hole[box.slices], np.zeros(box.shape, bool)
        own[near.moved(-box.top, -box.left).slices] = hole[near.slices]
        for share in _finish_group(filled[box.slices], own, missing, detail):
            yield float((size - (1 - share) * near.shape[0] * near.shape[1]) / sizes[-1])


def _finish_group(filled: np.ndarray, hole: np.ndarray, missing: np.ndarray, detail: float) -> Iterator[float]:
    border = Border(hole)
    border.close_seam(filled)
    yield 0.1
    border.calm(filled)
    if detail:
        del border  # as large as what comes
        yield 0.2
        for share in add_detail(filled, hole, missing, detail):
            yield 0.2 + 0.7 * share
        Border(hole).close_seam(filled)
    yield 1.0


def _around(depth: float) -> int:
    return int(np.clip(depth, LEAST_SURROUNDINGS, MOST_SURROUNDINGS))
