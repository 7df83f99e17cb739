"""The membrane that heals a stroke: the smoothest surface through what differs along the stroke's edge. Not: Qt.

A long stroke lies in a large box and covers little of it. So a large box is solved small, and at full size only in
pieces that the stroke touches, each with what is around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from model.finish.harmonic import HarmonicFill
from model.geometry.boxes import Box
from model.geometry.resampling import shrink

AT_ONCE = 1 << 20  # pixels
_PIECE = 512  # pixels: sides of what is solved at a time in a larger box
_AROUND = 64  # pixels beside a piece that are solved with it: further no halving reaches, so that neighbours agree
_MOST_HALVINGS = 4

Look = Callable[[Box], tuple[np.ndarray, np.ndarray, np.ndarray]]


def membrane(box: Box, channels: int, look: Look) -> Iterator[tuple[Box, np.ndarray]]:
    """The surface over a stroke.

    Args:
        box: around the stroke.
        channels: C.
        look: gives for a box inside this one where the stroke is, (h, w) bool; its edge, (h, w) bool; and the values
            to go through, (h, w, C) float32, which are 0 but at the edge.

    Yields:
        Boxes that together cover the stroke, with the surface there, (h, w, C) float32, 0 outside the stroke.
    """
    if box.area <= AT_ONCE:
        inside, edge, values = look(box)
        yield box, _surface(HarmonicFill(edge, inside), values)
        return
    halvings = 1
    while box.area > AT_ONCE << 2 * halvings and halvings < _MOST_HALVINGS:
        halvings += 1
    step = 1 << halvings
    small_inside, small = _small(box, channels, look, step)
    for piece in box.pieces(_PIECE):
        if small_inside[_cells(piece, box, step)].any():
            around = piece.grown(_AROUND).clipped(box)
            inside, edge, values = look(around)
            solver = HarmonicFill(edge, inside, halvings)
            surface = _surface(solver, values, small[_cells(around, box, step)])
            yield piece, surface[piece.moved(-around.top, -around.left).slices]


def _surface(solver: HarmonicFill, values: np.ndarray, small: np.ndarray | None = None) -> np.ndarray:
    """(H, W, C) of each channel alone."""
    layers = []
    for channel in range(values.shape[2]):
        start = None if small is None else np.ascontiguousarray(small[..., channel])
        layers.append(solver.through(np.ascontiguousarray(values[..., channel]), start))
    return np.dstack(layers)


def _small(box: Box, channels: int, look: Look, step: int) -> tuple[np.ndarray, np.ndarray]:
    """So many times smaller: where the stroke is, (h, w) bool, and the surface, (h, w, C) float32."""
    shape = -(-box.height // step), -(-box.width // step)
    inside, weight = (np.zeros(shape, np.float32) for _ in range(2))
    values = np.zeros((*shape, channels), np.float32)
    for piece in box.pieces(_PIECE):
        at = _cells(piece, box, step)
        inside[at], weight[at], values[at] = (shrink(one.astype(np.float32), step) for one in look(piece))
    known = weight > 0
    return inside > 0, _surface(HarmonicFill(known, inside > 0), values / np.where(known, weight, 1)[..., None])


def _cells(piece: Box, box: Box, step: int) -> tuple[slice, slice]:
    """Where a piece of a box lies in what is so many times smaller."""
    return piece.moved(-box.top, -box.left).shrunk(step).slices
