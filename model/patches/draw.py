"""A hole drawn by the photo's own patches, coarse to fine, where the network's fill tells what belongs where.

At each size, patches on the hole look for the most similar kept ones, and the hole becomes what these make of it, again
and again (Wexler 2007; PatchMatch: Barnes 2009). The last round of a size lays the patches at the next larger one, so
that what is sharp stays so. Nothing here needs torch.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from model.patches.field import Field, empty_field, improve, measure
from model.patches.levels import Level, levels_of
from model.patches.liveliness import expected_liveliness, liveliness
from model.patches.patch import AFTER, BEFORE, PIXELS, View, patches_of, patches_on, view, weights_of
from model.patches.peel import peel
from model.patches.seam import beside, close_seam
from model.patches.shifts import dominant_shifts
from model.patches.strips import Strip, side_by_side, strips_of
from model.patches.votes import steep_weights, vote

GUIDE_SIGMA = 4.0  # pixels of the picture, by which what the network expects is smoothed
TRUSTED = 8.0  # pixels from the border, where the network is trusted half as much as beside it
COHESION, LAST_COHESION = 0.3, 0.5  # of neighbours; at the picture's own size
SHIFTS_SIDE = 150  # pixels, the longest side at which shifts are looked for
MOST_PEELED = 3000  # pixels; a larger hole, of thin lines, needs no first drawing
MOST_PEELED_FROM = 2000  # patches

Drawing = Generator[float, None, "np.ndarray | None"]


def draw(picture: np.ndarray, hole: np.ndarray, forbidden: np.ndarray, guide: float = 1.0, seed: int = 0) -> Drawing:
    """Draw a hole anew, bit by bit; yields the share of the work done, 0..1. Equal input is drawn alike.

    Args:
        picture: (H, W, 3) float32 in 0..1, with the network's fill in the hole.
        hole: (H, W) bool, what is to be drawn; some must be.
        forbidden: (H, W) bool, what must not be copied; the hole may be part of it.
        guide: how much the network's fill counts beside the likeness of patches; 0 draws freely.
        seed: of the search, 0..4294967295; another one draws otherwise.

    Returns:
        (H, W, 3) float32 like the picture, the same outside the hole; None where there is nothing to copy.
    """
    if not patches_of(~(hole | forbidden)).any():
        return None
    levels = levels_of(picture * np.float32(255), hole, forbidden)
    shares, done = _shares(levels), 0.0
    drawing = _Drawing(levels, guide, seed)
    for number in reversed(range(len(levels))):
        for share in drawing.draw(number):
            yield done + share * shares[number]
        done += shares[number]
    return np.where(hole[..., None], drawing.target * np.float32(1 / 255), picture)


def compile_ahead() -> None:
    """Have all that is compiled ready: the first process of a machine takes some seconds for that, others read it."""
    picture, hole = np.zeros((64, 64, 3), np.float32), np.zeros((64, 64), bool)
    picture[::2], hole[20:44, 20:44] = 1, True
    for _ in draw(picture, hole, hole):
        pass


class _Drawing:
    """What is handed on from size to size: the picture so far and where each patch was drawn from."""

    def __init__(self, levels: list[Level], guide: float, seed: int) -> None:
        self._levels = levels
        self._guide = guide
        self._rng = np.random.default_rng(seed)
        self._depth = levels[0].depth.clip(0)
        self._shifts_at = next((n for n, at in enumerate(levels) if max(at.hole.shape) <= SHIFTS_SIDE), len(levels) - 1)
        self._shifts = dominant_shifts(levels[self._shifts_at].colours, levels[self._shifts_at].known)
        self._field: Field | None = None
        self.target = levels[-1].guess

    def draw(self, number: int) -> Iterator[float]:
        """Draw the hole of one level, and that of the next larger one from it; yields the share done, up to 1."""
        level = self._levels[number]
        usable = patches_of(level.known)
        expected = _smooth(level.guess, GUIDE_SIGMA / 2**number)
        trust = self._trust(level)
        lively = liveliness(level.colours, level.known)
        wanted = expected_liveliness(lively, level.known, level.depth.max())
        weights = weights_of(level.hole)
        source = view(level.colours, expected, lively, weights)
        field = self._start(level, usable)
        if number == len(self._levels) - 1 and level.hole.sum() <= MOST_PEELED:
            self._peel(level, expected, trust)
        shifts = np.rint(self._shifts * 2.0 ** (self._shifts_at - number)).astype(np.int32)
        cohesion = COHESION if number else LAST_COHESION
        radius = max(1, min(level.hole.shape) // 2)
        rounds, strips = _rounds(number), strips_of(field)
        chances = self._rng.integers(1, 2**63, len(strips), np.uint64)
        for at in range(rounds):
            target = view(self.target, expected, wanted, weights)
            search = _Search(field, target, source, usable, trust, shifts, cohesion, radius, chances)
            for _ in search.run(strips):
                yield (at + 0.5) / rounds
            is_last = at == rounds - 1
            into, by = (self._levels[number - 1], 2) if is_last and number else (level, 1)
            result = np.where(into.hole[..., None], into.guess, into.colours) if by > 1 else self.target.copy()
            votes = np.ones(len(field.rows), np.float32) if number else steep_weights(field)
            vote(field, votes, target, source, into.colours, into.known, into.hole, by, result)
            if number == 0:
                ring = beside(level.hole, level.known)
                vote(field, votes, target, source, level.colours, level.known, ring, 1, result)
                result = close_seam(result, level.colours, ring, level.depth)
            self.target = result
            yield (at + 1) / rounds
        self._field = field

    def _start(self, level: Level, usable: np.ndarray) -> Field:
        """Where the level before had it from, twice as far; else by chance."""
        field = empty_field(patches_on(level.hole))
        candidates = np.argwhere(usable)
        field.places[:] = candidates[self._rng.integers(0, len(candidates), len(field.rows))]
        if self._field is not None and len(self._field.rows):
            before = self._field
            height, width = before.number.shape
            rows = (field.rows // 2).clip(BEFORE, height - BEFORE - 1)
            columns = (field.columns // 2).clip(BEFORE, width - AFTER - 1)
            number = before.number[rows, columns]
            places = before.places[number] * 2
            places = places.clip(0, np.array(usable.shape) - 1)
            kept = (number >= 0) & usable[places[:, 0], places[:, 1]]
            field.places[kept] = places[kept]
        return field

    def _trust(self, level: Level) -> np.ndarray:
        height, width = level.hole.shape
        depth = cv2.resize(self._depth, (width, height), interpolation=cv2.INTER_AREA)
        return np.float32(self._guide * PIXELS) * (TRUSTED / (TRUSTED + depth)).astype(np.float32)

    def _peel(self, level: Level, expected: np.ndarray, trust: np.ndarray) -> None:
        places = np.argwhere(patches_of(level.known)).astype(np.int32)
        if len(places) > MOST_PEELED_FROM:
            places = places[np.sort(self._rng.permutation(len(places))[:MOST_PEELED_FROM])]
        self.target = level.colours.copy()
        peel(self.target, level.hole.copy(), places, expected, trust)


@dataclass(frozen=True)
class _Search:
    """One round of the search for better places, forwards and backwards; fields as of `improve`."""

    field: Field
    target: View
    source: View
    usable: np.ndarray
    trust: np.ndarray
    shifts: np.ndarray
    cohesion: float
    radius: int
    chances: np.ndarray  # one for each strip

    def run(self, strips: list[Strip]) -> Iterator[None]:
        yield from side_by_side(self._measure, strips)
        yield from side_by_side(self._forwards, strips)
        yield from side_by_side(self._backwards, strips)

    def _measure(self, strip: Strip) -> None:
        measure(self.field, self.target, self.source, self.trust, *strip[1:])

    def _forwards(self, strip: Strip) -> None:
        self._improve(strip[0], strip[1], strip[2])

    def _backwards(self, strip: Strip) -> None:
        self._improve(strip[0], strip[2] - 1, strip[1] - 1)

    def _improve(self, number: int, first: int, last: int) -> None:
        chance = self.chances[number : number + 1]
        improve(
            self.field,
            self.target,
            self.source,
            self.usable,
            self.trust,
            self.shifts,
            self.cohesion,
            self.radius,
            first,
            last,
            chance,
        )


def _rounds(number: int) -> int:
    """More where they cost less: what belongs together is decided while it is small."""
    return 4 + 4 * number if number else 1


def _shares(levels: list[Level]) -> list[float]:
    work = np.array([_rounds(number) * patches_on(level.hole).sum() for number, level in enumerate(levels)], float)
    return list(work / max(work.sum(), 1))


def _smooth(picture: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), sigma) if sigma > 0.4 else picture
