"""Detail from the photo itself: what a fill lacks in its fine bands is copied from kept texture that suits it.

A picture is a coarse base plus one band of detail for each halving. Each part of the hole is given one place to
take from (model.displacements), the same for all bands. From the coarsest band to the finest, that place's detail
is laid over the fill as far as the fill has none of its own.

May know: numpy, OpenCV, model.displacements. Must not know: torch, tiles, the engine.
"""

from __future__ import annotations

import cv2
import numpy as np

from model.displacements import displacement_map

MAP_SIDE = 192  # pixels, the longest side of the map of displacements
COARSER_BANDS = 2  # below the scale of that map
FINE_BANDS = 2
FINE_GAIN = 1.1
COARSE_GAIN = 1.55  # of bands below half the size: what resembles a smooth fill is smoother than what was there
ASSURED = 3.0  # pixels of a band over which detail fades in: at the border the fill knows better
FEATHER = 2  # pixels of a band over which neighbouring places blend
MOST_GAIN = 2.0
WINDOW = 17  # pixels in which energies are compared
JITTER = ((0, 0), (-FEATHER, 0), (FEATHER, 0), (0, -FEATHER), (0, FEATHER))


def add_detail(filled: np.ndarray, hole: np.ndarray, amount: float) -> None:
    """Lay kept texture over the filled pixels, in place.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes.
        hole: (H, W) bool, which pixels were filled; some must be.
        amount: above 0; 1 = as much energy as the surroundings have.
    """
    height, width = hole.shape
    scale = max(0, int(np.ceil(np.log2(max(height, width) / MAP_SIDE))))
    cell = 2 ** (scale + COARSER_BANDS + 1)
    padding = ((0, -height % cell), (0, -width % cell))
    pictures = [np.pad(filled, (*padding, (0, 0)), mode="edge")]
    shares = [np.pad(hole, padding, mode="edge").astype(np.float32)]
    for _ in range(scale + COARSER_BANDS + 1):
        pictures.append(_halve(pictures[-1]))
        shares.append(_halve(shares[-1]))
    displacements = displacement_map(pictures[scale], shares[scale])
    if displacements is None:
        return
    result = pictures.pop()
    for level in reversed(range(len(pictures))):
        coarse, fine, missing = _double(_halve(pictures[level])), pictures[level], shares[level] > 0
        detail = fine - coarse
        gain = FINE_GAIN if level < FINE_BANDS else COARSE_GAIN
        detail[missing] += amount * gain * _texture(detail, missing, displacements, level - scale)
        result = np.where(missing[..., None], (_double(result) + detail).clip(0.0, 1.0), fine)
    filled[:] = result[:height, :width]


def _texture(detail: np.ndarray, missing: np.ndarray, displacements: np.ndarray, halvings: int) -> np.ndarray:
    """What is to be added to a band at the missing pixels, (N, 3), from the places that the map tells.

    Args:
        halvings: from the map's scale to the band's; negative where the band is finer.
    """
    shift = np.rint(displacements / 2.0**halvings).astype(np.int32)
    rows, columns = np.nonzero(missing)
    kept = ~missing
    total = np.zeros((len(rows), 3), np.float32)
    energy, count = np.zeros((2, len(rows)), np.float32)
    for down, right in JITTER:
        cell = tuple(
            np.floor((at + step) * 2.0**halvings).astype(np.int32).clip(0, side - 1)
            for at, step, side in zip((rows, columns), (down, right), shift.shape, strict=False)
        )
        row, column = rows + shift[cell][:, 0], columns + shift[cell][:, 1]
        usable = (row >= 0) & (row < missing.shape[0]) & (column >= 0) & (column < missing.shape[1])
        row, column = row * usable, column * usable
        usable &= kept[row, column]
        taken = detail[row, column] * usable[:, None]
        total += taken
        energy += _energy(taken)
        count += usable
    count = np.maximum(count, 1)
    texture = total / count[:, None]
    wanted, left, own = (_local_mean(e, missing) for e in (energy / count, _energy(texture), _energy(detail[missing])))
    gain = np.sqrt(np.clip(wanted / np.maximum(left, 1e-8), 1.0, MOST_GAIN**2))
    gain *= np.sqrt(np.clip(1.0 - own / np.maximum(wanted, 1e-8), 0.0, 1.0))
    depth = cv2.distanceTransform(missing.astype(np.uint8), cv2.DIST_L2, 5)[missing]
    return texture * (gain * np.minimum(depth / ASSURED, 1.0))[:, None]


def _energy(values: np.ndarray) -> np.ndarray:
    """(N, 3) → (N,)."""
    return np.einsum("nc,nc->n", values, values) / 3


def _local_mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Mean of the values (N,) of the N pixels in `where` in a window around each of them."""
    plane = np.zeros(where.shape, np.float32)
    plane[where] = values
    share = cv2.blur(where.astype(np.float32), (WINDOW, WINDOW))
    return (cv2.blur(plane, (WINDOW, WINDOW)) / np.maximum(share, 1e-3))[where]


def _halve(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _double(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
