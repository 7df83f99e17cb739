"""What a fill left behind: the hole, and one candidate for each set of parameters tried on it.

The picture is always `original + the chosen candidates in order` (`compose`): nothing is lost by a fill,
and taking one back costs no copy of the picture.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from desktop_ui.document.extent import mask_extent
from model.geometry.boxes import EMPTY, Box, union
from model.options import FillOptions


@dataclass(frozen=True)
class Candidate:
    """One result: the pixels that differ from the picture before, and only those."""

    options: FillOptions
    rect: Box
    changed: bytes  # zlib of np.packbits, rect.height × rect.width
    values: bytes  # zlib of the changed pixels, N × channels
    dtype: str
    avoids: str = ""  # digest of what no texture was taken from

    @classmethod
    def of(cls, options: FillOptions, box: Box, before: np.ndarray, after: np.ndarray, avoids: str = "") -> Candidate:
        """From the picture in `box` before and after the fill (both box.height × box.width × C)."""
        differs = reduce(np.logical_or, (before[..., one] != after[..., one] for one in range(after.shape[2])))
        inner = mask_extent(differs)
        if inner.empty:
            return cls(options, EMPTY, b"", b"", str(after.dtype), avoids)
        rect = inner.moved(box.top, box.left)
        return cls.packed(options, rect, differs[inner.slices], after[inner.slices], avoids)

    @classmethod
    def packed(
        cls, options: FillOptions, rect: Box, changed: np.ndarray, pixels: np.ndarray, avoids: str = ""
    ) -> Candidate:
        """From the pixels in `rect` and which of them changed (rect.height × rect.width × C, and without C of bool)."""
        return cls(
            options,
            rect,
            zlib.compress(np.packbits(changed).data, 1),
            zlib.compress(np.ascontiguousarray(pixels[changed]).data, 1),
            str(pixels.dtype),
            avoids,
        )

    def changed_pixels(self) -> np.ndarray:
        """→ rect.height × rect.width bool; of a candidate whose rect is not empty."""
        bits = np.frombuffer(zlib.decompress(self.changed), np.uint8)
        return np.unpackbits(bits, count=self.rect.area).view(bool).reshape(self.rect.shape)

    def write(self, image: np.ndarray, box: Box) -> None:
        """Put the pixels into `image`, which holds the part `box` of the picture."""
        part = self.rect.clipped(box)
        if part.empty:
            return
        where = self.changed_pixels()
        values = np.frombuffer(zlib.decompress(self.values), self.dtype).reshape(-1, image.shape[2])
        inside = part.moved(-self.rect.top, -self.rect.left).slices
        if part != self.rect:
            wanted = np.zeros_like(where)
            wanted[inside] = True
            values = values[wanted[where]]
        image[part.moved(-box.top, -box.left).slices][where[inside]] = values


@dataclass(frozen=True)
class Fill:
    """One hole that was filled, with every result tried on it; or a stroke by hand, with one."""

    hole: str  # digest of the mask it was made for: the same mask again is a further candidate; "" of a stroke
    candidates: tuple[Candidate, ...]
    chosen: int = 0

    @classmethod
    def stroke(cls, candidate: Candidate) -> Fill:
        """What a brush made of the picture itself; the candidate's options say nothing."""
        return cls("", (candidate,))

    @property
    def by_hand(self) -> bool:
        """A stroke of a brush."""
        return not self.hole

    @property
    def current(self) -> Candidate:
        return self.candidates[self.chosen]

    @property
    def rect(self) -> Box:
        return union(candidate.rect for candidate in self.candidates)

    def with_candidates(self, candidates: tuple[Candidate, ...]) -> Fill:
        """With more candidates, the first of them chosen; those that were made by the same are replaced."""
        new = {(candidate.options, candidate.avoids) for candidate in candidates}
        others = tuple(one for one in self.candidates if (one.options, one.avoids) not in new)
        return replace(self, candidates=(*others, *candidates), chosen=len(others))

    def without(self, index: int) -> Fill | None:
        """The fill with one candidate less, a neighbour chosen in its place; None when it was the only one.

        Raises:
            IndexError: there is no such candidate.
        """
        if not 0 <= index < len(self.candidates):
            raise IndexError(f"candidate {index} of {len(self.candidates)}")
        left = (*self.candidates[:index], *self.candidates[index + 1 :])
        chosen = self.chosen - (index < self.chosen)
        return replace(self, candidates=left, chosen=min(chosen, len(left) - 1)) if left else None

    def choosing(self, index: int) -> Fill:
        if not 0 <= index < len(self.candidates):
            raise IndexError(f"candidate {index} of {len(self.candidates)}")
        return replace(self, chosen=index)


def compose(original: np.ndarray, fills: Sequence[Fill], box: Box) -> np.ndarray:
    """→ the picture in `box`: the original with the chosen candidates laid over it in order."""
    result = original[box.slices].copy()
    for fill in fills:
        fill.current.write(result, box)
    return result


def changed_rect(before: Sequence[Fill], after: Sequence[Fill]) -> Box:
    """Where pictures with these fills can differ: around all but those that both begin and end with."""
    least = min(len(before), len(after))
    start = next((n for n in range(least) if before[n] != after[n]), least)
    end = next((n for n in range(least - start) if before[-1 - n] != after[-1 - n]), least - start)
    return union(fill.rect for fills in (before, after) for fill in fills[start : len(fills) - end])


def digest_of(mask: np.ndarray, box: Box) -> str:
    """A name for a mask whose pixels above 0 all lie in `box`."""
    digest = hashlib.blake2b(repr(tuple(box)).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(mask[box.slices]).data)
    return digest.hexdigest()
