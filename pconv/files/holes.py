"""Where the hole of a photo is: in its mask, in its transparency, where a colour was painted, where damage is found."""

from __future__ import annotations

from dataclasses import dataclass
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
        note: what a person should know, or "".
    """

    picture: Picture
    alpha: np.ndarray
    note: str = ""


@dataclass(frozen=True)
class HoleSource:
    """How holes are found.

    Args:
        invert, any_nonzero, resize: as for `read_hole`.
        from_alpha: what is transparent in the photo is its hole.
        colour: R, G, B of 0..255 that were painted over what is to be filled.
    """

    invert: bool = False
    any_nonzero: bool = False
    resize: bool = False
    from_alpha: bool = False
    colour: tuple[int, int, int] | None = None

    @property
    def wants_mask(self) -> bool:
        return not self.from_alpha and self.colour is None

    def of(self, photo: Path, mask: Path | None, picture: Picture, page: int | None = None) -> Hole:
        """Find the hole of a photo.

        Args:
            photo: names the picture in messages.
            mask: None where none is wanted.
            page: of the mask.

        Raises:
            PconvError: the mask cannot be read, or nothing is left to fill from.
        """
        if self.from_alpha:
            hole = self._transparent(photo, picture)
        elif self.colour is not None:
            hole = self._painted(photo, picture, self.colour)
        elif mask is None:
            raise InputError("file_not_found", f"{photo} has no mask; name one.")
        else:
            hole = self._masked(mask, picture, page)
        _refuse_nothing_seen(photo, hole)
        return hole

    def forbidden(self, mask: Path, shape: tuple[int, int]) -> np.ndarray:
        """Where texture must not be taken from in a photo of `shape` (H, W), (H, W) uint8: what is not black in a mask.

        Raises:
            ImageFileError: as `read_hole`.
        """
        return read_hole(mask, shape, any_nonzero=self.any_nonzero, resize=self.resize)

    def _masked(self, mask: Path, picture: Picture, page: int | None) -> Hole:
        shape = picture.pixels.shape[:2]
        alpha, own = read_mask(
            mask, shape, invert=self.invert, any_nonzero=self.any_nonzero, resize=self.resize, page=page
        )
        brightest, darkest = int(alpha.max()), int(alpha.min())
        if darkest == 255:
            raise InputError(
                "no_context", f"{mask} is all white, so nothing is left to fill from; paint the rest black."
            )
        note = ""
        if brightest == 0:
            note = f"{mask} has no white, so there is nothing to fill; the photo is written as it is."
        elif brightest < FAINT_BELOW:
            note = (
                f"{mask} is {brightest} of 255 at its brightest, so the fill hardly shows; "
                "paint the hole white, or use --any-nonzero for labels."
            )
        stretched = own[0] * shape[1] / (own[1] * shape[0])
        if not 1 / MOST_STRETCHED < stretched < MOST_STRETCHED:
            note = f"{note} {mask} has other proportions than the photo, so it was stretched.".strip()
        return Hole(picture, alpha, note)

    def _transparent(self, photo: Path, picture: Picture) -> Hole:
        opaque, alpha = picture.made_opaque()
        if alpha.min() == 255:
            raise ImageFileError("no_context", f"{photo} is fully transparent, so nothing is there to fill from.")
        note = "" if alpha.any() else f"{photo} is nowhere transparent, so there is nothing to fill."
        return Hole(opaque, alpha, note)

    def _painted(self, photo: Path, picture: Picture, colour: tuple[int, int, int]) -> Hole:
        lossy = picture.extras.lossy
        away = np.abs(as_uint8(picture.pixels).astype(np.int16) - np.array(colour, np.int16)).max(axis=2)
        alpha = np.where(away <= (LOSSY_NEAR if lossy else 0), 255, 0).astype(np.uint8)
        if lossy:
            alpha[:] = cv2.dilate(alpha, np.ones((2 * LOSSY_BESIDE + 1,) * 2, np.uint8))
        name = "#{:02x}{:02x}{:02x}".format(*colour)
        if alpha.min() == 255:
            raise ImageFileError("no_context", f"{photo} is {name} all over, so nothing is there to fill from.")
        return Hole(picture, alpha, "" if alpha.any() else f"{photo} is nowhere {name}, so there is nothing to fill.")


def _refuse_nothing_seen(photo: Path, hole: Hole) -> None:
    """Where nothing shows, there is nothing to fill from."""
    shown = hole.picture.alpha
    if shown is None or not hole.alpha.any():
        return
    if not shown.any():
        raise ImageFileError("no_context", f"{photo} is fully transparent, so nothing is there to fill from.")
    if not shown[hole.alpha < 255].any():
        raise ImageFileError("no_context", f"{photo} is transparent wherever there is no hole; make the hole smaller.")
