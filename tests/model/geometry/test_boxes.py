"""The one rectangle: what its methods mean, in pixels of an array."""

from __future__ import annotations

import numpy as np
import pytest

from model.geometry.boxes import EMPTY, Box, union

BOXES = [Box(0, 0, 1, 1), Box(2, 3, 5, 9), Box(1, 7, 8, 8), Box(4, 0, 6, 10)]


def painted(box: Box) -> np.ndarray:
    """A 10×10 map in which the box is True."""
    plane = np.zeros((10, 10), bool)
    plane[box.clipped(Box.of(plane.shape)).slices] = not box.empty
    return plane


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("other", BOXES)
def test_the_part_that_two_share_and_what_lies_around_both(box: Box, other: Box) -> None:
    both = painted(box) & painted(other)
    part = box.clipped(other)
    assert part.empty == (not both.any()) and part.area == both.sum()
    assert part.empty or (painted(part) == both).all()
    around = box.united(other)
    assert around == union([box, other]) == union([EMPTY, other, box])
    rows, columns = np.nonzero(painted(box) | painted(other))
    assert around == (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)


def test_nothing_is_empty() -> None:
    assert EMPTY.empty and EMPTY.shape == (0, 0) and union([]) == EMPTY
    assert Box(5, 5, 3, 9).shape == (0, 4) and Box(5, 5, 3, 9).area == 0


@pytest.mark.parametrize("box", BOXES)
def test_growing_stops_at_a_picture_s_edge_where_one_is_given(box: Box) -> None:
    assert box.grown(2).shape == (box.height + 4, box.width + 4)
    assert (painted(box.grown(2, (10, 10))) == painted(box.grown(2))).all()
    assert box.grown(20, (10, 10)) == Box.of((10, 10, 3))


@pytest.mark.parametrize("side", [1, 2, 3, 20])
@pytest.mark.parametrize("box", BOXES)
def test_pieces_cover_the_box_once(box: Box, side: int) -> None:
    pieces = list(box.pieces(side))
    assert (sum(painted(piece).astype(int) for piece in pieces) == painted(box)).all()
    assert all(max(piece.shape) <= side for piece in pieces)


@pytest.mark.parametrize("box", BOXES)
def test_sizes_of_other_maps(box: Box) -> None:
    assert box.doubled().halved() == box and box.doubled().even() == box.doubled()
    cells = painted(box).reshape(5, 2, 5, 2).any((1, 3))
    assert (painted(box.shrunk(2))[:5, :5] == cells).all() and box.even() == box.shrunk(2).doubled()
