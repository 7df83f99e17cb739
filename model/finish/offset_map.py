"""Where in a picture each part of a hole takes its texture from: a map of few displacements, each over a whole patch.

Large blocks that reach into the surroundings propose displacements to kept places that look alike; each pixel takes
the one that fits best within its window, and neighbours are drawn to agree, so that texture is copied in one piece.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from model.geometry.boxes import Box
from model.geometry.contexts import hole_box
from model.geometry.resampling import shrink

BLOCK = 9  # pixels of the halved picture
STRIDE = 4
PROPOSALS = 3  # per block
APART = 2  # pixels between two proposals of a block
MOST_HOLE = 0.3  # share of a source pixel that may be hole
TRUST = 0.1  # weight of the fill against that of the surroundings
PENALTY = 0.05  # for a source that is all hole, as a squared difference of values in 0..1
IMPOSSIBLE = 10.0
WINDOW = 11  # pixels in which displacements are compared
RING = 3  # pixels of surroundings that have a say
MOST_PROPOSALS = 128
MOST_DISPLACEMENTS = 40
AGREEMENT = 0.5
NEIGHBOURHOOD = 5
ROUNDS = 3
LEAST_SOURCES = 16
AT_ONCE = 2**16  # pixels of windows compared at a time


def displacement_map(picture: np.ndarray, share: np.ndarray, hole: np.ndarray) -> np.ndarray | None:
    """For each pixel the displacement (rows, columns) to the kept place whose texture suits it.

    Args:
        picture: (H, W, 3) float32 in 0..1 without holes.
        share: (H, W) float32 in 0..1, how much of each pixel must not be copied.
        hole: (H, W) bool, for which pixels a place is sought; some must be.

    Returns:
        (H, W, 2) int; only in the hole it means something. None where there is nothing to take from.
    """
    small, small_share = shrink(picture), shrink(share)
    small_hole = shrink(hole.astype(np.float32)) > 0
    proposals = _propose(small, small_share, small_hole)
    if not len(proposals):
        return None
    box = hole_box(small_hole)
    costs = _costs(small, small_share, proposals, box)
    wins = np.bincount(costs.argmin(0)[small_hole[box.slices]], minlength=len(proposals))
    best = np.argsort(-wins, kind="stable")[:MOST_DISPLACEMENTS]
    chosen = 2 * proposals[best[wins[best] > 0]]
    box = hole_box(hole)
    result = np.zeros((*hole.shape, 2), chosen.dtype)
    result[box.slices] = chosen[_agree(_costs(picture, share, chosen, box), hole[box.slices])]
    return result


def _propose(picture: np.ndarray, share: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Displacements (N, 2) from blocks at the hole to the kept blocks most like them: those on which most agree."""
    height, width = share.shape
    half = BLOCK // 2
    bad = share > MOST_HOLE
    sources = np.argwhere(~bad)
    touched = cv2.dilate(hole.astype(np.uint8), np.ones((STRIDE + 1, STRIDE + 1), np.uint8)).astype(bool)
    rows, columns = (np.arange(STRIDE // 2, side, STRIDE) for side in (height, width))
    targets = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2)
    targets = targets[touched[targets[:, 0], targets[:, 1]]]
    if len(sources) < LEAST_SOURCES or not len(targets):
        return np.empty((0, 2), int)

    def blocks(values: np.ndarray, at: np.ndarray, mode: Literal["constant", "reflect"]) -> np.ndarray:
        channels = values.shape[2] if values.ndim == 3 else 1
        padded = np.pad(values.reshape(height, width, channels), ((half, half), (half, half), (0, 0)), mode)
        rows = padded.reshape(len(padded), -1)  # a block's row is one piece
        windows = sliding_window_view(rows, (BLOCK, BLOCK * channels))[:, ::channels]
        return windows[at[:, 0], at[:, 1]].reshape(len(at), -1)

    weight = np.where(share > 0, np.float32(TRUST), np.float32(1.0))
    weights = blocks(weight, targets, "constant")
    weights /= 3 * weights.sum(1, keepdims=True)
    weighted = weights.repeat(3, axis=1) * blocks(picture, targets, "reflect")
    squares = blocks(np.square(picture).sum(2), sources, "reflect")
    offered = blocks(picture, sources, "reflect")
    cost = np.full((len(targets), len(sources) + 1), np.float32(IMPOSSIBLE))  # the last stands for what is no source
    unlike = weights @ squares.T
    unlike -= (2 * weighted) @ offered.T
    unlike += PENALTY * cv2.blur(bad.astype(np.float32), (BLOCK, BLOCK))[sources[:, 0], sources[:, 1]]
    cost[:, :-1] = unlike
    index = np.full((height + 2 * APART, width + 2 * APART), len(sources))
    index[APART : APART + height, APART : APART + width][~bad] = np.arange(len(sources))
    beside = sliding_window_view(index, (2 * APART + 1, 2 * APART + 1))
    found = []
    for _ in range(PROPOSALS):
        best = sources[cost.argmin(1)]
        found.append(best - targets)
        taken = beside[best[:, 0], best[:, 1]].reshape(len(best), -1)
        cost[np.arange(len(best))[:, None], taken] = IMPOSSIBLE
    proposals, votes = np.unique(np.concatenate(found), axis=0, return_counts=True)
    return proposals[np.sort(np.argsort(-votes, kind="stable")[:MOST_PROPOSALS])]


def _costs(picture: np.ndarray, share: np.ndarray, displacements: np.ndarray, box: Box) -> np.ndarray:
    """(N, h, w): how unlike the window around each pixel of the box and the displaced one are, as a mean square."""
    hole = (share > 0).astype(np.float32)
    ring = cv2.dilate(hole, np.ones((2 * RING + 1, 2 * RING + 1), np.uint8))
    margin = WINDOW // 2
    height, width = (side + 2 * margin for side in box.shape)
    border = max(height, width)  # no displaced window reaches farther

    def padded(plane: np.ndarray, value: float) -> np.ndarray:
        return cv2.copyMakeBorder(plane, border, border, border, border, cv2.BORDER_CONSTANT, value=value)

    top, left = box.top - margin + border, box.left - margin + border
    here = np.s_[top : top + height, left : left + width]
    weight = padded(np.where(hole, np.float32(TRUST), np.float32(1.0)) * ring, 0.0)[here]
    everywhere = np.maximum(_window_means(weight[None]), 1e-6)
    layers = np.stack([*(padded(channel, 0.0) for channel in cv2.split(picture)), padded(hole, 1.0)])
    windows = sliding_window_view(layers, (height, width), axis=(1, 2))
    costs = np.empty((len(displacements), *box.shape), np.float32)
    at_once = max(1, AT_ONCE // (height * width))
    for start in range(0, len(displacements), at_once):
        down, right = displacements[start : start + at_once].T
        there = windows[:, top + down, left + right]
        usable = weight * (1 - there[3])
        apart = there[:3] - layers[:3, None, *here]
        seen = _window_means(usable)
        cost = _window_means(np.einsum("cnhw,cnhw->nhw", apart, apart) / 3 * usable) / np.maximum(seen, 1e-6)
        cost += PENALTY * (1 - seen / everywhere) + IMPOSSIBLE * there[3]
        costs[start : start + at_once] = cost[:, margin : margin + box.shape[0], margin : margin + box.shape[1]]
    return costs


def _window_means(planes: np.ndarray) -> np.ndarray:
    """(N, h, w) float32, right where the whole window lies within a plane."""
    return cv2.blur(planes.reshape(-1, planes.shape[2]), (WINDOW, WINDOW)).reshape(planes.shape)


def _agree(costs: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The index of the best displacement of each pixel (H, W), where a neighbour's choice makes it cheaper."""
    costs = np.ascontiguousarray(np.moveaxis(costs, 0, 2))
    choice = costs.argmin(2)
    price = np.float32(AGREEMENT * np.median(costs.min(2)[hole]))
    votes = np.eye(costs.shape[2], dtype=np.float32)
    for _ in range(ROUNDS):
        agreeing = cv2.blur(votes[choice], (NEIGHBOURHOOD, NEIGHBOURHOOD)).reshape(costs.shape)
        choice = (costs - price * agreeing).argmin(2)
    return choice
