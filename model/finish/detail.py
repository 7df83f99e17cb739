"""Detail from the photo itself: what a fill lacks in its fine bands is copied from kept texture that suits it.

A picture is a coarse base plus one band of detail for each halving. Each part of the hole is given one place to
take from (model.finish.offset_map), the same for all bands. From the coarsest band to the finest, that place's detail
is laid over the fill as far as the fill has none of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np

from model.finish.detail_energy import LEAST_ENERGY, Surroundings, energy_of, part_of
from model.finish.offset_map import displacement_map
from model.geometry.boxes import Box
from model.geometry.contexts import hole_box, put
from model.geometry.resampling import enlarge_part, shrink

MAP_SIDE = 192  # pixels, the longest side of the map of displacements
COARSER_BANDS = 1  # below the scale of that map
FINE_BANDS = 2
LIVELY_ON_MAP = 2.0  # times the energy beside the hole at the map's scale: what resembles a smooth fill is smoother
FINE_GAIN = 1.2  # times by which copied detail may be raised in fine bands,
COARSE_GAIN = 2.8  # and below half the size; where the surroundings are calmer it is lowered as far as they are
ASSURED = 3.0  # pixels of a band over which detail fades in: at the border the fill knows better
FEATHER = 2  # pixels of a band over which neighbouring places blend
MOST_GAIN = 2.0
WINDOW = 17  # pixels in which energies are compared
BLOCK = 512  # pixels, side of what is worked on at a time
FARTHEST = 2**13  # pixels of a band from which texture is taken
NO_FRACTION = np.empty(0, np.uint16)  # of the places, which are whole pixels
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
            pyramid.append(shrink(pyramid[-1].astype(np.float32, copy=False)))
    details = [_detail(fine, coarse) for fine, coarse in pairwise(pictures)]
    wanted, usable = [plane > 0 for plane in holes[:-1]], [plane == 0 for plane in shares[:-1]]
    around = Surroundings(wanted[scale], usable[scale])
    deviation = around.deviation(details[scale], usable[scale])
    displacements = displacement_map(pictures[scale], shares[scale].astype(np.float32), wanted[scale], deviation)
    if displacements is None:
        return
    lively = [
        around.energy(details[level], usable[level], level - scale, LIVELY_ON_MAP if level == scale else 1.0)
        for level in range(len(details))
    ]
    work = [
        (level, box)
        for level in reversed(range(len(details)))
        for box in hole_box(wanted[level]).pieces(BLOCK)
        if wanted[level][box.slices].any()
    ]
    sizes = np.cumsum([box.shape[0] * box.shape[1] for _, box in work])
    for (level, box), size in zip(work, sizes, strict=True):
        texture, energy = _texture(details[level], wanted[level], usable[level], displacements, level - scale, box)
        most = FINE_GAIN if level < FINE_BANDS else COARSE_GAIN
        wished = part_of(lively[level], level - scale, box)
        lift = np.sqrt(np.clip(wished / np.maximum(energy, LEAST_ENERGY), 0.0, most**2))
        result = _times(texture, amount * lift)
        result += details[level][box.slices]
        result += enlarge_part(pictures[level + 1], box)
        put(pictures[level][box.slices], result.clip(0.0, 1.0, out=result), wanted[level][box.slices])
        yield float(size / sizes[-1])


def _detail(fine: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    detail = np.empty_like(fine)
    for block in Box(0, 0, *fine.shape[:2]).pieces(BLOCK):
        np.subtract(fine[block.slices], enlarge_part(coarse, block), out=detail[block.slices])
    return detail


def _texture(
    detail: np.ndarray, hole: np.ndarray, kept: np.ndarray, displacements: np.ndarray, halvings: int, box: Box
) -> tuple[np.ndarray, np.ndarray]:
    """What a band lacks at the hole pixels of a box, (h, w, 3), from the places that the map tells; their energy.

    Args:
        halvings: from the map's scale to the band's; negative where the band is finer.
    """
    outer = box.grown(WINDOW // 2, hole.shape)
    where = hole[outer.slices]
    reach = outer.grown(FARTHEST, hole.shape)
    offered, usable = detail[reach.slices], kept[reach.slices].view(np.uint8)
    shifts = _shifts(displacements, halvings, outer)
    height, width = where.shape
    here = np.empty((height, width, 2), np.int16)
    here[..., 0] = np.arange(width) + (outer.left - reach.left)
    here[..., 1] = np.arange(height)[:, None] + (outer.top - reach.top)
    total = np.zeros((height, width, 3), np.float32)
    energy, count = np.zeros((2, height, width), np.float32)
    for down, right in JITTER:
        place = here + shifts[FEATHER + down :, FEATHER + right :][:height, :width]
        there, taken = (
            cv2.remap(plane, place, NO_FRACTION, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
            for plane in (usable, offered)
        )
        taken = cv2.copyTo(taken, there)
        total += taken
        energy += energy_of(taken)
        count += there
    count = np.maximum(count, 1)
    texture = _times(total, 1 / count)
    share = np.maximum(_mean(where.astype(np.float32)), 1e-3)
    wanted, left, own = (
        _mean(e * where) / share for e in (energy / count, energy_of(texture), energy_of(detail[outer.slices]))
    )
    gain = np.sqrt(np.clip(wanted / np.maximum(left, LEAST_ENERGY), 1.0, MOST_GAIN**2))
    gain *= np.sqrt(np.clip(1.0 - own / np.maximum(wanted, LEAST_ENERGY), 0.0, 1.0))
    depth = cv2.distanceTransform(where.astype(np.uint8), cv2.DIST_L2, 5)
    inner = box.moved(-outer.top, -outer.left).slices
    return _times(texture, gain * np.minimum(depth / ASSURED, 1.0))[inner], wanted[inner]


def _shifts(displacements: np.ndarray, halvings: int, box: Box) -> np.ndarray:
    """How far away the pixels of a box and of `FEATHER` around it take from: (columns, rows), int16."""
    rows, columns = (
        np.floor(np.arange(begin - FEATHER, end + FEATHER) * 2.0**halvings).astype(np.intp).clip(0, side - 1)
        for begin, end, side in zip((box.top, box.left), (box.bottom, box.right), displacements.shape, strict=False)
    )
    part = Box(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
    shifts = displacements[part.slices][..., ::-1].astype(np.float32) * np.float32(2.0**-halvings)
    whole = np.rint(shifts, out=shifts).clip(-2 * FARTHEST, 2 * FARTHEST, out=shifts).astype(np.int16)
    pairs = whole.view(np.int32)[np.ix_(rows - part.top, columns - part.left)]
    return pairs.view(np.int16).reshape(len(rows), len(columns), 2)


def _times(values: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """(H, W, 3) and (H, W) float32 → (H, W, 3)."""
    return cv2.multiply(values, cv2.merge([factor] * 3))


def _mean(plane: np.ndarray) -> np.ndarray:
    return cv2.blur(plane, (WINDOW, WINDOW))
