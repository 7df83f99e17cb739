"""Frames filled one after another without flicker: what stood in the frame before, moved as its surroundings moved.

A frame that was filled is kept as the anchor. Where the next one shows the same scene, the anchor is moved to it by
the motion of what surrounds the hole and takes on its light; what the hole hid and a motion has laid open is then true.
Only where that does not fit, as after a cut, is a frame filled anew.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from model.finish.harmonic import HarmonicFill
from model.geometry.boxes import Box
from model.geometry.contexts import hole_box, prepare_hole
from model.options import FillOptions

LEAST_AROUND, MOST_AROUND = 48, 160  # pixels of picture around the hole that are followed
MOST_POINTS, WORST_POINT, POINTS_APART = 300, 0.01, 5  # followed; as share of the best; pixels
LEAST_FOLLOWED = 8
GRAIN = 1.0  # pixels, sigma: finer detail is not followed
NEAR_HOLE = 5  # pixels in which a still mark would pass for a still scene
THERE_AND_BACK = 0.5  # pixels by which a point that is followed may miss itself
STILL = 0.15  # pixels; less is no motion
RING = 8  # pixels beside the hole in which the candidate must fit
MOST_UNLIKE = 14.0  # levels, median
LOOKED_AT = 7  # pixels, side, in which lines beside the hole are compared
LIVELY, LEAST_LIVELY = 6.0, 0.05  # levels, deviation; share of the ring that must be so to have a say
MOST_MISSED, LEAST_RIGHT = 0.45, 0.6  # of the deviation; share of what is lively
LIGHT = 3.0  # pixels, sigma: differences are of light, not of grain

Fill = Callable[[np.ndarray, np.ndarray], np.ndarray]


class SteadyFiller:
    """Fills frames that come in order.

    Args:
        fill: (H, W, 1..4) uint8 and (H, W) uint8 hole → the filled picture.
        options: by which `fill` grows and feathers the hole.
    """

    def __init__(self, fill: Fill, options: FillOptions = FillOptions()) -> None:  # noqa: B008
        self._fill, self._options = fill, options
        self._anchor: np.ndarray | None = None
        self._invented = self._last_invented = np.zeros((0, 0), bool)  # the hole of the anchor, and of the last frame
        self._last: np.ndarray | None = None
        self._motion, self._step = np.eye(2, 3), np.eye(2, 3)
        self.filled_anew = 0

    def next(self, frame: np.ndarray, hole: np.ndarray) -> np.ndarray:
        """The frame, filled; the frames come in order, and their alpha, if any, passes through."""
        colours = np.ascontiguousarray(frame[..., : 1 if frame.shape[2] < 3 else 3])
        alpha = prepare_hole(hole, self._options)
        if not alpha.any():
            self._last, self._last_invented = colours, alpha > 0
            return frame
        filled = self._moved(colours, alpha)
        if filled is None:
            self.filled_anew += 1
            filled = np.ascontiguousarray(self._fill(frame, hole)[..., : colours.shape[2]])
            self._set_anchor(filled, alpha > 0)
        self._last, self._last_invented = filled, alpha > 0
        return np.dstack([filled, frame[..., colours.shape[2] :]])

    def _set_anchor(self, picture: np.ndarray, invented: np.ndarray) -> None:
        self._anchor, self._invented, self._motion = picture, invented, np.eye(2, 3)

    def _moved(self, frame: np.ndarray, alpha: np.ndarray) -> np.ndarray | None:
        if self._anchor is None or self._last is None or self._last.shape != frame.shape:
            return None
        hole = alpha > 0
        box = hole_box(hole)
        box = box.grown(int(np.clip(max(box.shape), LEAST_AROUND, MOST_AROUND)), hole.shape)
        motion = _motion(self._last, frame, hole, box)
        if motion is None:
            motion = _motion(self._last, frame, hole, Box(0, 0, *hole.shape))
        if motion is None:
            motion = self._step  # it goes on as it did; whether that fits is looked at
        self._step = motion
        if not np.array_equal(motion, np.eye(2, 3)):
            self._motion = _after(motion, self._motion)
        laid = _laid(self._anchor, self._invented, self._motion, frame, alpha, box)
        if laid is None and self._last is not self._anchor:
            self._set_anchor(self._last, self._last_invented)
            laid = _laid(self._last, self._invented, motion, frame, alpha, box)
        if laid is None:
            return None
        filled, self._motion = laid
        return filled


def _motion(before: np.ndarray, now: np.ndarray, hole: np.ndarray, box: Box) -> np.ndarray | None:
    """(2, 3) from places before to places now, followed within the box; None where too little can be."""
    old, new = (cv2.GaussianBlur(_gray(picture[box.slices]), (0, 0), GRAIN) for picture in (before, now))
    beside = np.ones((2 * NEAR_HOLE + 1,) * 2, np.uint8)
    kept = (cv2.dilate(hole[box.slices].astype(np.uint8), beside) == 0).astype(np.uint8)
    new = cv2.convertScaleAbs(new, alpha=(cv2.mean(old, kept)[0] + 1) / (cv2.mean(new, kept)[0] + 1))  # of one light
    points = cv2.goodFeaturesToTrack(old, MOST_POINTS, WORST_POINT, POINTS_APART, mask=kept)
    if points is None or len(points) < LEAST_FOLLOWED:
        return None
    moved, found, _ = cv2.calcOpticalFlowPyrLK(old, new, points, points.copy())
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(new, old, moved, moved.copy())
    missed = np.linalg.norm((back - points)[:, 0], axis=1)
    good = (found[:, 0] > 0) & (found_back[:, 0] > 0) & (missed < THERE_AND_BACK)
    if good.sum() < LEAST_FOLLOWED:
        return None
    corner = np.array([box.left, box.top], np.float32)
    motion, _ = cv2.estimateAffinePartial2D(points[good] + corner, moved[good] + corner, ransacReprojThreshold=1.0)
    if motion is None:
        return None
    corners = np.array([[box.left, box.top], [box.right, box.bottom]], float)
    shift = corners @ motion[:, :2].T + motion[:, 2] - corners
    return np.eye(2, 3) if np.abs(shift).max() < STILL else motion


def _laid(
    anchor: np.ndarray, invented: np.ndarray, motion: np.ndarray, frame: np.ndarray, alpha: np.ndarray, box: Box
) -> tuple[np.ndarray, np.ndarray] | None:
    """The frame with the moved anchor in its hole, and how far it was moved in the end; None where it does not fit."""
    inside = alpha[box.slices] > 0
    motion = _refined(anchor, motion, frame, alpha > 0, box)
    candidate, there = _warped(anchor, motion, box)
    if not there[inside].all():
        return None
    part = frame[box.slices].astype(np.float32)
    ring = cv2.dilate(inside.astype(np.uint8), np.ones((2 * RING + 1,) * 2, np.uint8)).astype(bool) & ~inside & there
    if not ring.any():
        return None
    away = part - candidate
    if np.median(np.abs(away[ring] - np.median(away[ring], axis=0))) > MOST_UNLIKE:
        return None
    light = _light(away, ring, inside)
    if not np.array_equal(motion, np.eye(2, 3)):
        made_up, _ = _warped(invented.astype(np.uint8), motion, box)
        if not _lines_go_on(part, away, ring & (made_up[..., 0] == 0)):
            return None
    candidate = candidate + light
    weight = alpha[box.slices][..., None] * np.float32(1 / 255)
    result = frame.copy()
    result[box.slices] = np.rint(part + (candidate - part) * weight).clip(0, 255).astype(np.uint8)
    return result, motion


def _refined(anchor: np.ndarray, motion: np.ndarray, frame: np.ndarray, hole: np.ndarray, box: Box) -> np.ndarray:
    """Followed from the anchor itself, so that small errors from frame to frame do not add up."""
    if np.array_equal(motion, np.eye(2, 3)):
        return motion
    moved = frame.copy()
    candidate, there = _warped(anchor, motion, box)
    moved[box.slices] = np.where(there[..., None], np.rint(candidate).clip(0, 255), moved[box.slices])
    rest = _motion(moved, frame, hole, box)
    return motion if rest is None else _after(rest, motion)


def _lines_go_on(part: np.ndarray, away: np.ndarray, ring: np.ndarray) -> bool:
    """True where what is lively beside the hole is where it should be."""
    gray = cv2.GaussianBlur(part.mean(axis=2), (0, 0), GRAIN)
    mean, mean_of_squares = (cv2.blur(one, (LOOKED_AT, LOOKED_AT)) for one in (gray, gray * gray))
    lively = np.sqrt(np.maximum(mean_of_squares - mean * mean, 0))
    if not ring.any():
        return True
    off = away.mean(axis=2)
    missed = cv2.blur(np.abs(cv2.GaussianBlur(off, (0, 0), GRAIN) - np.median(off[ring])), (LOOKED_AT, LOOKED_AT))
    looked_at = ring & (lively > LIVELY)
    if np.count_nonzero(looked_at) < LEAST_LIVELY * np.count_nonzero(ring):
        return True
    return bool((missed < MOST_MISSED * lively)[looked_at].mean() > LEAST_RIGHT)


def _warped(anchor: np.ndarray, motion: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """(h, w, C) float32 of the anchor as it lies in the box now, and (h, w) bool where it reaches."""
    if np.array_equal(motion, np.eye(2, 3)):
        part = anchor[box.slices]
        return part.astype(np.float32), np.ones(part.shape[:2], bool)
    into = motion.copy()
    into[:, 2] -= (box.left, box.top)
    size = (box.right - box.left, box.bottom - box.top)
    picture = cv2.warpAffine(anchor, into, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    there = cv2.warpAffine(np.ones(anchor.shape[:2], np.uint8), into, size, flags=cv2.INTER_NEAREST)
    return picture.reshape(*size[::-1], -1).astype(np.float32), there > 0


def _light(away: np.ndarray, ring: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(h, w, C) differences beside the hole, smoothed, and the smoothest surfaces through them within it."""
    weight = ring.astype(np.float32)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), LIGHT), 1e-6)
    edge = ring & (cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    membrane = HarmonicFill(edge, inside | edge)
    smooth = [cv2.GaussianBlur(away[..., i] * weight, (0, 0), LIGHT) / share for i in range(away.shape[2])]
    return np.stack([membrane.through(np.where(edge, one, 0).astype(np.float32)) for one in smooth], axis=2)


def _after(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """(2, 3) of both, one after the other."""
    return np.concatenate([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2:] + second[:, 2:]], axis=1)


def _gray(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.shape[2] == 3 else np.ascontiguousarray(picture[..., 0])
