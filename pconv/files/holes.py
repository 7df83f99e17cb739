"""Where the hole of a photo is: in its mask, in its transparency, where a colour was painted, where damage is found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from model.errors import InputError
from pconv.images.faults import ImageFileError
from pconv.images.files import Picture
from pconv.images.masks import read_hole, read_mask
from pconv.images.pixels import as_uint8

FAINT_BELOW = 128
LOSSY_NEAR, LOSSY_BESIDE = 48, 2  # levels and pixels by which a painted colour spreads where pictures are compressed
MOST_STRETCHED = 1.02


@dataclass(frozen=True)
class Hole:
    """The hole of a photo, and the photo as it is to be filled.

    Args:
        picture: the photo, made opaque where its transparency was the hole.
        alpha: (H, W) uint8, 255 = fill.
        notes: sentences on what a person should know.
    """

    picture: Picture
    alpha: np.ndarray
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class HoleSource:
    """How holes are found.

    Args:
        invert, any_nonzero, resize: as for `read_hole`.
        from_alpha: what is transparent in the photo is its hole.
        colour: R, G, B of 0..255 that were painted over what is to be filled.
        find, sensitivity: kinds of damage that are filled too, as for `find_damage`; a photo needs no mask then.
    """

    invert: bool = False
    any_nonzero: bool = False
    resize: bool = False
    from_alpha: bool = False
    colour: tuple[int, int, int] | None = None
    find: tuple[str, ...] = ()
    sensitivity: float = 0.5

    @property
    def wants_mask(self) -> bool:
        return not self.from_alpha and self.colour is None

    @property
    def needs_mask(self) -> bool:
        return self.wants_mask and not self.find

    def forbidden(self, mask: Path, shape: tuple[int, int]) -> np.ndarray:
        """Where texture must not be taken from in a photo of `shape` (H, W), (H, W) uint8: what is not black in a mask.

        Raises:
            ImageFileError: as `read_hole`.
        """
        return read_hole(mask, shape, any_nonzero=self.any_nonzero, resize=self.resize)


class Holes:
    """The holes of one photo, or of its pages or frames. A mask that is one for all of them is read once.

    Args:
        photo: names the picture in messages.
        mask: None where none is wanted or needed.
    """

    def __init__(self, source: HoleSource, photo: Path, mask: Path | None) -> None:
        self.mask = mask
        self._source, self._photo = source, photo
        self._in_mask = lru_cache(maxsize=1)(self._read_mask)

    @property
    def are_alike(self) -> bool:
        """True where pictures of one size have the same hole."""
        return self._source.needs_mask

    def of(self, picture: Picture, page: int | None = None) -> Hole:
        """Find the hole of a picture.

        Args:
            page: of the mask.

        Raises:
            PconvError: the mask cannot be read, or nothing is left to fill from.
        """
        if self._source.from_alpha:
            hole = self._transparent(picture)
        elif self._source.colour is not None:
            hole = self._painted(picture, self._source.colour)
        elif self.mask is not None or not self._source.find:
            hole = Hole(picture, *self._in_mask(picture.pixels.shape[:2], page))
        else:
            hole = Hole(picture, np.zeros(picture.pixels.shape[:2], np.uint8))
        if self._source.find:
            hole = self._with_damage(hole)
        self._refuse_nothing_seen(hole)
        return hole

    def _read_mask(self, shape: tuple[int, int], page: int | None) -> tuple[np.ndarray, tuple[str, ...]]:
        """(H, W) uint8 for a picture of this height and width, and notes; raises as `of` does."""
        mask, source = self.mask, self._source
        if mask is None:
            raise InputError("file_not_found", f"{self._photo} has no mask; name one.")
        alpha, own = read_mask(
            mask, shape, invert=source.invert, any_nonzero=source.any_nonzero, resize=source.resize, page=page
        )
        brightest, darkest = int(alpha.max()), int(alpha.min())
        if darkest == 255:
            raise InputError(
                "no_context", f"{mask} is all white, so nothing is left to fill from; paint the rest black."
            )
        notes = []
        if brightest == 0:
            notes.append(f"{mask} has no white, so there is nothing to fill; the photo is written as it is.")
        elif brightest < FAINT_BELOW:
            notes.append(
                f"{mask} is dark gray at its brightest, so the fill hardly shows; "
                "paint the hole white, or use --any-nonzero for labels."
            )
        stretched = own[0] * shape[1] / (own[1] * shape[0])
        if not 1 / MOST_STRETCHED < stretched < MOST_STRETCHED:
            notes.append(f"{mask} has other proportions than the photo, so it was stretched.")
        return alpha, tuple(notes)

    def _transparent(self, picture: Picture) -> Hole:
        opaque, alpha = picture.made_opaque()
        if alpha.min() == 255:
            raise ImageFileError("no_context", f"{self._photo} is fully transparent, so nothing is there to fill from.")
        return Hole(opaque, alpha, self._nothing(alpha, "transparent"))

    def _painted(self, picture: Picture, colour: tuple[int, int, int]) -> Hole:
        lossy = picture.extras.lossy
        away = np.abs(as_uint8(picture.pixels).astype(np.int16) - np.array(colour, np.int16)).max(axis=2)
        alpha = np.where(away <= (LOSSY_NEAR if lossy else 0), 255, 0).astype(np.uint8)
        if lossy:
            alpha[:] = cv2.dilate(alpha, np.ones((2 * LOSSY_BESIDE + 1,) * 2, np.uint8))
        name = "#{:02x}{:02x}{:02x}".format(*colour)
        if alpha.min() == 255:
            raise ImageFileError("no_context", f"{self._photo} is {name} all over, so nothing is there to fill from.")
        return Hole(picture, alpha, self._nothing(alpha, name))

    def _with_damage(self, hole: Hole) -> Hole:
        from pconv.damage.find import find_damage  # numba's import takes a while

        found = find_damage(hole.picture.pixels, self._source.find, self._source.sensitivity)
        if hole.picture.alpha is not None:
            found[hole.picture.alpha == 0] = 0
        if not found.any():
            kinds = " or ".join(self._source.find)
            return replace(hole, notes=(*hole.notes, f"{self._photo}: no {kinds} found."))
        notes = hole.notes if hole.alpha.any() else ()  # which say that there is no hole
        return Hole(hole.picture, np.maximum(hole.alpha, found), notes)

    def _nothing(self, alpha: np.ndarray, what: str) -> tuple[str, ...]:
        return () if alpha.any() else (f"{self._photo} is nowhere {what}, so there is nothing to fill.",)

    def _refuse_nothing_seen(self, hole: Hole) -> None:
        """Where nothing shows, there is nothing to fill from."""
        shown = hole.picture.alpha
        if shown is None or not hole.alpha.any():
            return
        if not shown.any():
            raise ImageFileError("no_context", f"{self._photo} is fully transparent, so nothing is there to fill from.")
        if not shown[hole.alpha < 255].any():
            raise ImageFileError(
                "no_context", f"{self._photo} is transparent wherever there is no hole; make the hole smaller."
            )


class HoleNotes:
    """What is said of the holes of many pictures: each sentence once, and that there is none only where that is so.

    Args:
        word: what the pictures of the photo's file are called.
    """

    def __init__(self, photo: Path, word: str) -> None:
        self.count = 0
        self._photo, self._word = photo, word
        self._empty = 0
        self._of_holes: dict[str, None] = {}
        self._of_none: dict[str, None] = {}

    def add(self, hole: Hole) -> None:
        self.count += 1
        there = bool(hole.alpha.any())
        self._empty += not there
        (self._of_holes if there else self._of_none).update(dict.fromkeys(hole.notes))

    @property
    def any_hole(self) -> bool:
        return self._empty < self.count

    def sentences(self) -> tuple[str, ...]:
        if not self.any_hole:
            return tuple(self._of_none)
        some = f"{self._photo}: {self._empty} of its {self.count} {self._word}s have no hole."
        return (*self._of_holes, *([some] if self._empty else []))
