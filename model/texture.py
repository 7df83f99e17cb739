"""Detail from the photo itself: what a fill lacks in its finest band is taken from kept texture that looks alike.

A picture is its base (what survives halving and doubling again) plus its detail. For each patch of the fill's
base the most similar base patch among the kept pixels is sought, and that place's detail is laid over the fill,
as far as the fill has none of its own. Applied at every scale on the way up, this gives back middle scales too.

May know: numpy, OpenCV. Must not know: torch, tiles, the engine.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SCALES = 4
PATCH = 7  # base pixels, at half the scale
HALF = PATCH // 2
STEP = 3  # base pixels between patches of the fill
LEAST_CANDIDATES = 16
MOST_CANDIDATES = 4_000
COMPONENTS = 24
CHUNK = 2_000  # patches compared at once
COHERENCE = 0.25
FLOOR = 3 * PATCH**2 * (2 / 255) ** 2  # differences of two gray levels are never worth a seam
ROUNDS = 4
SIDES = ((-1, 0), (0, -1), (1, 0), (0, 1))
MOST_GAIN = 2.0
WINDOW = 4.0  # pixels, sigma of the windows in which energies are compared


def add_detail(filled: np.ndarray, hole: np.ndarray, amount: float, scales: int = SCALES) -> np.ndarray:
    """Lay kept texture over the filled pixels, the coarsest of `scales` bands first.

    Args:
        filled: (H, W, 3) float32 in 0..1, without holes.
        hole: (H, W) bool, which pixels were filled.
        amount: 0 = nothing, 1 = as much energy as the texture that was found has.

    Returns:
        (H, W, 3) float32; kept pixels as given.
    """
    height, width = hole.shape
    if scales == 0 or amount == 0 or min(height, width) < 4 * PATCH:
        return filled
    padding = ((0, height % 2), (0, width % 2))
    fine = np.pad(filled, (*padding, (0, 0)), mode="edge")
    missing = np.pad(hole, padding, mode="edge")
    small = _halve(fine)
    missing_small = missing.reshape(missing.shape[0] // 2, 2, -1, 2).any(axis=(1, 3))
    detail = fine - _double(small)
    coarse = add_detail(small, missing_small, amount, scales - 1)
    found = _transfer(coarse, missing_small, detail)
    if found is None:
        return filled
    texture, taken = found
    own = _local_mean((detail**2).mean(axis=2, keepdims=True), missing)
    gain = amount * np.sqrt(np.clip(1.0 - own / np.maximum(taken, 1e-8), 0.0, 1.0))
    result = np.where(missing[..., None], _double(coarse) + detail + gain * texture, fine)
    return result[:height, :width].clip(0.0, 1.0)


def _halve(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _double(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def _transfer(base: np.ndarray, missing: np.ndarray, detail: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The detail of the best matches, laid over each other, and the energy that it has at its sources.

    None where nothing can be matched.
    """
    rows, columns = (np.arange(HALF, length - HALF, STEP) for length in missing.shape)
    near = cv2.dilate(missing.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8)) > 0
    wanted = near[np.ix_(rows, columns)]
    usable = ~cv2.dilate(missing.astype(np.uint8), np.ones((PATCH + 2, PATCH + 2), np.uint8)).astype(bool)
    usable[:HALF] = usable[-HALF:] = False
    usable[:, :HALF] = usable[:, -HALF:] = False
    if usable.sum() < LEAST_CANDIDATES or not wanted.any():
        return None
    patches = sliding_window_view(base, (PATCH, PATCH), axis=(0, 1)).transpose(0, 1, 3, 4, 2)
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)
    sources = _coherent(patches, usable, grid, wanted, _nearest(patches, usable, grid[wanted]))
    return _lay(detail, missing.repeat(2, 0).repeat(2, 1), grid[wanted], sources)


def _nearest(patches: np.ndarray, usable: np.ndarray, points: np.ndarray) -> np.ndarray:
    """For each point (N, 2) the centre of the most similar usable patch, compared on their principal components."""
    centres = np.argwhere(usable)
    if len(centres) > MOST_CANDIDATES:
        centres = np.random.default_rng(0).permutation(centres)[:MOST_CANDIDATES]
    candidates = _take(patches, centres)
    axes = np.linalg.eigh(candidates.T @ candidates)[1][:, -COMPONENTS:]
    candidates = candidates @ axes
    norms = 0.5 * (candidates**2).sum(1)
    queries = _take(patches, points) @ axes
    best = [(queries[i : i + CHUNK] @ candidates.T - norms).argmax(1) for i in range(0, len(queries), CHUNK)]
    return centres[np.concatenate(best)]


def _coherent(
    patches: np.ndarray, usable: np.ndarray, grid: np.ndarray, wanted: np.ndarray, sources: np.ndarray
) -> np.ndarray:
    """Let neighbours that agree on a displacement win over slightly better matches from elsewhere.

    Iterated conditional modes of: distance + COHERENCE · (typical distance) · (neighbours of another displacement).
    """
    width = usable.shape[1]
    allowed = usable.reshape(-1)
    place = grid[..., 0] * width + grid[..., 1]
    shift = np.zeros_like(place)
    shift[wanted] = sources[:, 0] * width + sources[:, 1] - place[wanted]
    distance = np.zeros(place.shape, np.float32)
    distance[wanted] = _distances(patches, place[wanted], (place + shift)[wanted])
    price = COHERENCE * max(float(np.median(distance[wanted])), FLOOR)
    known = [_shifted(np.pad(wanted, 1), side) for side in SIDES]
    for side in ROUNDS * SIDES:
        padded = np.pad(shift, 1)
        offered = _shifted(padded, side)
        target = place + offered
        legal = wanted & known[SIDES.index(side)] & (offered != shift) & (target >= 0) & (target < allowed.size)
        legal[legal] = allowed[target[legal]]
        around = [(_shifted(padded, s)[legal], k[legal]) for s, k in zip(SIDES, known, strict=True)]
        relief = sum(k & (s == offered[legal]) for s, k in around) - sum(k & (s == shift[legal]) for s, k in around)
        new = _distances(patches, place[legal], target[legal])
        better = new < distance[legal] + price * relief
        index = tuple(axis[better] for axis in np.nonzero(legal))
        shift[index] = offered[index]
        distance[index] = new[better]
    return np.stack(np.divmod((place + shift)[wanted], width), axis=-1)


def _lay(
    detail: np.ndarray, missing: np.ndarray, points: np.ndarray, sources: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping detail patches, averaged and brought back to the energy that they have at their sources."""
    side = 2 * PATCH
    bump = np.hanning(side + 2)[1:-1].astype(np.float32)
    bump = (bump[:, None] * bump[None, :])[..., None]
    total, energy, weight = (np.zeros((*detail.shape[:2], c), np.float32) for c in (3, 1, 1))
    square = (detail**2).mean(axis=2, keepdims=True)
    for (tr, tc), (sr, sc) in zip(2 * (points - HALF), 2 * (sources - HALF), strict=True):
        target, source = np.s_[tr : tr + side, tc : tc + side], np.s_[sr : sr + side, sc : sc + side]
        total[target] += bump * detail[source]
        energy[target] += bump * square[source]
        weight[target] += bump
    weight = np.maximum(weight, 1e-3)
    texture = total / weight
    taken = _local_mean(energy / weight, missing)
    left = _local_mean((texture**2).mean(axis=2, keepdims=True), missing)
    return texture * np.sqrt(np.clip(taken / np.maximum(left, 1e-8), 1.0, MOST_GAIN**2)), taken


def _take(patches: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return patches[centres[:, 0] - HALF, centres[:, 1] - HALF].reshape(len(centres), 3 * PATCH**2)


def _distances(patches: np.ndarray, places: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Squared distances between the patches at two lists of flat positions."""
    width = patches.shape[1] + 2 * HALF
    a, b = (_take(patches, np.stack(np.divmod(flat, width), axis=-1)) for flat in (places, sources))
    return np.square(a - b).sum(1)


def _shifted(padded: np.ndarray, side: tuple[int, int]) -> np.ndarray:
    """The neighbours on one side of each cell of an array padded by 1."""
    height, width = padded.shape[0] - 2, padded.shape[1] - 2
    return padded[1 + side[0] : 1 + side[0] + height, 1 + side[1] : 1 + side[1] + width]


def _local_mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Mean of (H, W, 1) values in a window around each pixel, of the pixels in `where` alone."""
    share = cv2.GaussianBlur(where.astype(np.float32), (0, 0), WINDOW)
    return (cv2.GaussianBlur(values[..., 0] * where, (0, 0), WINDOW) / np.maximum(share, 1e-3))[..., None]
