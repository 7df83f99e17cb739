"""Detail from the photo itself: what a fill lacks in its fine bands is copied from kept texture that suits it.

A picture is a coarse base plus one band of detail for each halving. Each part of the hole is given one place to
take from (model.displacements), the same for all bands. From the coarsest band to the finest, that place's detail
is laid over the fill as far as the fill has none of its own.

May know: numpy, OpenCV, model.displacements, model.scales. Must not know: torch, tiles, the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np

from model.contexts import Box, hole_box
from model.displacements import displacement_map
from model.scales import double_part, halve

MAP_SIDE = 192  # pixels, the longest side of the map of displacements
COARSER_BANDS = 2  # below the scale of that map
FINE_BANDS = 2
FINE_GAIN = 1.1
COARSE_GAIN = 1.65  # of bands below half the size: what resembles a smooth fill is smoother than what was there
ASSURED = 3.0  # pixels of a band over which detail fades in: at the border the fill knows better
FEATHER = 2  # pixels of a band over which neighbouring places blend
MOST_GAIN = 2.0
WINDOW = 17  # pixels in which energies are compared
STRIP = 2**18  # pixels that are worked on at a time
BLOCK = 512  # pixels, side of what is enlarged at a time
JITTER = ((0, 0), (-FEATHER, 0), (FEATHER, 0), (0, -FEATHER), (0, FEATHER))


def add_detail(filled: np.ndarray, hole: np.ndarray, missing: np.ndarray, amount: float) -> Iterator[float]:
    """Lay kept texture over the filled pixels, in place, bit by bit; yields the share of the work done, up to 1.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes.
        hole: (H, W) bool, which pixels are to have texture; some must.
        missing: (H, W) bool, which pixels must not be copied: the hole and others.
        amount: above 0; 1 = as much energy as the surroundings have.
    """
    scale = max(0, int(np.ceil(np.log2(max(hole.shape) / MAP_SIDE))))
    pictures, holes, shares = [filled], [hole], [missing]
    for _ in range(scale + COARSER_BANDS + 1):
        for pyramid in (pictures, holes, shares):
            pyramid.append(halve(pyramid[-1].astype(np.float32, copy=False)))
    displacements = displacement_map(pictures[scale], shares[scale].astype(np.float32), holes[scale] > 0)
    if displacements is None:
        return
    details = [_detail(fine, coarse) for fine, coarse in pairwise(pictures)]
    wanted, usable = [plane > 0 for plane in holes], [plane == 0 for plane in shares]
    work = [(level, box) for level in reversed(range(len(details))) for box in _strips(wanted[level])]
    sizes = np.cumsum([box.shape[0] * box.shape[1] for _, box in work])
    for (level, box), size in zip(work, sizes, strict=True):
        gain = amount * (FINE_GAIN if level < FINE_BANDS else COARSE_GAIN)
        texture = _texture(details[level], wanted[level], usable[level], displacements, level - scale, box)
        lively = double_part(pictures[level + 1], box) + details[level][box.slices] + gain * texture
        np.copyto(pictures[level][box.slices], lively.clip(0.0, 1.0), where=wanted[level][box.slices][..., None])
        yield float(size / sizes[-1])


def _detail(fine: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    detail = np.empty_like(fine)
    for block in Box(0, 0, *fine.shape[:2]).cut(BLOCK):
        np.subtract(fine[block.slices], double_part(coarse, block), out=detail[block.slices])
    return detail


def _strips(hole: np.ndarray) -> Iterator[Box]:
    """The bounding box of a hole, cut into pieces of about `STRIP` pixels."""
    box = hole_box(hole)
    rows = max(WINDOW, STRIP // box.shape[1])
    for top in range(box.top, box.bottom, rows):
        yield Box(top, box.left, min(top + rows, box.bottom), box.right)


def _texture(
    detail: np.ndarray, hole: np.ndarray, kept: np.ndarray, displacements: np.ndarray, halvings: int, box: Box
) -> np.ndarray:
    """What is to be added to a band at the hole pixels of a box, (h, w, 3), from the places that the map tells.

    Args:
        halvings: from the map's scale to the band's; negative where the band is finer.
    """
    shift = np.rint(displacements / 2.0**halvings).astype(np.int32)
    outer = box.grown(WINDOW // 2, hole.shape)
    where = hole[outer.slices]
    rows, columns = np.nonzero(where)
    rows, columns = rows + outer.top, columns + outer.left
    height, width = hole.shape
    flat_detail, flat_kept = detail.reshape(-1, 3), kept.ravel()
    total = np.zeros((len(rows), 3), np.float32)
    energy, count = np.zeros((2, len(rows)), np.float32)
    for down, right in JITTER:
        cell = tuple(
            np.floor((at + step) * 2.0**halvings).astype(np.int32).clip(0, side - 1)
            for at, step, side in zip((rows, columns), (down, right), shift.shape, strict=False)
        )
        row, column = rows + shift[cell][:, 0], columns + shift[cell][:, 1]
        usable = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        source = (row * width + column) * usable
        usable &= flat_kept.take(source)
        taken = flat_detail.take(source, axis=0) * usable[:, None]
        total += taken
        energy += _energy(taken)
        count += usable
    count = np.maximum(count, 1)
    texture = total / count[:, None]
    own = _energy(detail[outer.slices][where])
    wanted, left, own = (_local_mean(e, where) for e in (energy / count, _energy(texture), own))
    gain = np.sqrt(np.clip(wanted / np.maximum(left, 1e-8), 1.0, MOST_GAIN**2))
    gain *= np.sqrt(np.clip(1.0 - own / np.maximum(wanted, 1e-8), 0.0, 1.0))
    depth = cv2.distanceTransform(where.astype(np.uint8), cv2.DIST_L2, 5)[where]
    result = np.zeros((*where.shape, 3), np.float32)
    result[where] = texture * (gain * np.minimum(depth / ASSURED, 1.0))[:, None]
    return result[box.moved(-outer.top, -outer.left).slices]


def _energy(values: np.ndarray) -> np.ndarray:
    """(N, 3) → (N,)."""
    return np.einsum("nc,nc->n", values, values) / 3


def _local_mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Mean of the values (N,) of the N pixels in `where` in a window around each of them."""
    plane = np.zeros(where.shape, np.float32)
    plane[where] = values
    share = cv2.blur(where.astype(np.float32), (WINDOW, WINDOW))
    return (cv2.blur(plane, (WINDOW, WINDOW)) / np.maximum(share, 1e-3))[where]
