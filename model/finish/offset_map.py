"""Where in a picture each part of a hole takes its texture from: a map of few displacements, each over a whole patch.

Large blocks that reach into the surroundings propose displacements to kept places that look alike; each pixel takes
the one that fits best within its window, and neighbours are drawn to agree, so that texture is copied in one piece.
What is much calmer or livelier than the pixel should be does not fit, however alike the colours are: a smooth fill
alone would always take from the smoothest place.

Every processor must choose alike though it rounds otherwise: costs are compared in whole units that are far above
rounding, and of those alike the nearest place wins.
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
LIVELINESS = 1.0  # weight of a squared difference of liveliness against that of values
UNIT = 2.0**-20  # of costs that are compared: a quarter of an 8-bit step, squared
WINDOW = 11  # pixels in which displacements are compared
RING = 3  # pixels of surroundings that have a say
MOST_PROPOSALS = 128
MOST_DISPLACEMENTS = 40
AGREEMENT = 0.5
NEIGHBOURHOOD = 5
ROUNDS = 3
LEAST_SOURCES = 16
AT_ONCE = 2**16  # pixels of windows compared at a time
TARGETS_AT_ONCE = 64  # blocks at the hole, each compared with all others


def displacement_map(picture: np.ndarray, share: np.ndarray, hole: np.ndarray, lively: np.ndarray) -> np.ndarray | None:
    """For each pixel the displacement (rows, columns) to the kept place whose texture suits it.

    Args:
        picture: (H, W, 3) float32 in 0..1 without holes.
        share: (H, W) float32 in 0..1, how much of each pixel must not be copied.
        hole: (H, W) bool, for which pixels a place is sought; some must be.
        lively: (H, W) float32, the deviation of the detail around a kept pixel, and what it should be in the hole.

    Returns:
        (H, W, 2) int; only in the hole it means something. None where there is nothing to take from.
    """
    small, small_share, small_lively = shrink(picture), shrink(share), shrink(lively)
    small_hole = shrink(hole.astype(np.float32)) > 0
    proposals = _nearest_first(_propose(small, small_share, small_hole, small_lively))
    if not len(proposals):
        return None
    box = hole_box(small_hole)
    costs = _costs(small, small_share, small_lively, proposals, box)
    wins = np.bincount(costs.argmin(0)[small_hole[box.slices]], minlength=len(proposals))
    best = np.argsort(-wins, kind="stable")[:MOST_DISPLACEMENTS]
    chosen = 2 * _nearest_first(proposals[best[wins[best] > 0]])
    box = hole_box(hole)
    result = np.zeros((*hole.shape, 2), chosen.dtype)
    result[box.slices] = chosen[_agree(_costs(picture, share, lively, chosen, box), hole[box.slices])]
    return result


def _nearest_first(displacements: np.ndarray) -> np.ndarray:
    return displacements[np.argsort(np.square(displacements).sum(1), kind="stable")]


def _propose(picture: np.ndarray, share: np.ndarray, hole: np.ndarray, lively: np.ndarray) -> np.ndarray:
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

    exact = picture.astype(np.float64)  # a cost is a small difference of large products
    weight = np.where(share > 0, TRUST, 1.0)
    offered, squares = blocks(exact, sources, "reflect"), blocks(np.square(exact).sum(2), sources, "reflect")
    penalty = PENALTY * cv2.blur(bad.astype(np.float64), (BLOCK, BLOCK))[~bad]
    index = np.full((height + 2 * APART, width + 2 * APART), len(sources))
    index[APART : APART + height, APART : APART + width][~bad] = np.arange(len(sources))
    beside = sliding_window_view(index, (2 * APART + 1, 2 * APART + 1))
    found = []
    for start in range(0, len(targets), TARGETS_AT_ONCE):
        some = targets[start : start + TARGETS_AT_ONCE]
        weights = blocks(weight, some, "constant")
        weights /= 3 * weights.sum(1, keepdims=True)
        own = blocks(exact, some, "reflect")
        weighted = weights.repeat(3, axis=1) * own
        unlike = weights @ squares.T
        unlike -= (2 * weighted) @ offered.T
        unlike += (weighted * own).sum(1)[:, None]
        unlike += penalty
        apart = np.subtract.outer(lively[some[:, 0], some[:, 1]], lively[~bad])
        unlike += np.multiply(apart, LIVELINESS * apart, out=apart)
        unlike *= 1 / UNIT
        cost = np.full((len(some), len(sources) + 1), IMPOSSIBLE / UNIT)  # the last stands for what is no source
        np.rint(unlike, out=cost[:, :-1])
        cost[:, :-1] += _squared_distances(some, sources) * (0.5 / (height**2 + width**2))  # less than a unit
        for _ in range(PROPOSALS):
            best = sources[cost.argmin(1)]
            found.append(best - some)
            taken = beside[best[:, 0], best[:, 1]].reshape(len(best), -1)
            cost[np.arange(len(best))[:, None], taken] = IMPOSSIBLE / UNIT
    proposals, votes = np.unique(np.concatenate(found), axis=0, return_counts=True)
    return proposals[np.argsort(-votes, kind="stable")[:MOST_PROPOSALS]]


def _squared_distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Of (N, 2) and (M, 2) places: (N, M)."""
    return np.square(some).sum(1)[:, None] + np.square(others).sum(1) - (2.0 * some) @ others.T.astype(np.float64)


def _costs(
    picture: np.ndarray, share: np.ndarray, lively: np.ndarray, displacements: np.ndarray, box: Box
) -> np.ndarray:
    """(N, h, w) float32, whole numbers of units: how unlike each pixel of the box and the displaced one are.

    That is the mean square difference of the windows around them, and how far the displaced one is from being as
    lively as it should be.
    """
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
    colours = (padded(channel, 0.0) for channel in cv2.split(picture))
    layers = np.stack([*colours, padded(hole, 1.0), padded(lively, 0.0)])
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
        cost += LIVELINESS * np.square(there[4] - layers[4, *here])
        cost = cost[:, margin : margin + box.shape[0], margin : margin + box.shape[1]]
        costs[start : start + at_once] = np.rint(cost * np.float32(1 / UNIT))
    return costs


def _window_means(planes: np.ndarray) -> np.ndarray:
    """(N, h, w) float32, right where the whole window lies within a plane."""
    return cv2.blur(planes.reshape(-1, planes.shape[2]), (WINDOW, WINDOW)).reshape(planes.shape)


def _agree(costs: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The index of the best displacement of each pixel (H, W), where a neighbour's choice makes it cheaper."""
    costs = np.ascontiguousarray(np.moveaxis(costs, 0, 2))
    choice = costs.argmin(2)
    price = np.float32(AGREEMENT * np.median(costs.min(2)[hole]) / NEIGHBOURHOOD**2)
    votes = np.eye(costs.shape[2], dtype=np.float32)
    for _ in range(ROUNDS):
        agreeing = cv2.boxFilter(votes[choice], -1, (NEIGHBOURHOOD, NEIGHBOURHOOD), normalize=False)  # whole numbers
        choice = (costs - price * agreeing.reshape(costs.shape)).argmin(2)
    return choice
