"""What is laid over a picture, put into another frame along with it: mask, fills and all their results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from desktop_ui.document.extent import mask_extent
from desktop_ui.document.fills import Candidate, Fill, compose, digest_of
from desktop_ui.document.frames import REACH, Frame, turned_array
from model.geometry.boxes import EMPTY, Box
from pconv.images.files import Picture
from pconv.images.metadata import Extras, stored, upright
from pconv.images.reshaped import reshaped

_BAND = 512  # rows that are resampled with their transparency at a time


@dataclass(frozen=True)
class Reframed:
    """A picture with all that is laid over it, in another frame.

    Args:
        picture: as it was opened, in that frame.
        fills: laid over it as they were over the picture before; those that are cut away altogether are gone.
        mask: H×W uint8, with what the frame has and the picture has not.
        forbidden: H×W uint8, without it.
        extended: there is such a part.
    """

    picture: Picture
    fills: tuple[Fill, ...]
    mask: np.ndarray
    forbidden: np.ndarray
    extended: bool


def reframed(
    picture: Picture, fills: Sequence[Fill], mask: np.ndarray, forbidden: np.ndarray, filled: bool, frame: Frame
) -> Reframed:
    """Put a picture and all that is laid over it into a frame.

    Args:
        picture: without its fills.
        filled: the mask is the one that the last fill was made for. It is left out where there is more to be filled.
    """
    beside = surroundings(picture.pixels)
    whole, empty = framed(picture, frame), frame.uncovered(mask.shape)
    new_mask = empty if filled and empty is not None else carried(mask, frame)
    if empty is not None:
        new_mask = np.maximum(new_mask, empty)
    old, new = (digest_of(one, mask_extent(one)) for one in (mask, new_mask))
    moved = []
    for number, fill in enumerate(fills):
        candidates = tuple(_moved(one, picture.pixels, fills[:number], frame, beside) for one in fill.candidates)
        hole = fill.hole
        if hole:  # no mask that is drawn later is the same one
            hole = new if filled and hole == old and empty is None else f"{hole[:32]}, moved"
        if any(not one.rect.empty for one in candidates):
            moved.append(replace(fill, candidates=candidates, hole=hole))
    return Reframed(whole, tuple(moved), new_mask, carried(forbidden, frame), empty is not None)


def carried(mask: np.ndarray, frame: Frame) -> np.ndarray:
    """An H×W uint8 mask in a frame."""
    shape = mask.shape[0], mask.shape[1]
    result, extent = np.zeros(frame.shape(shape), np.uint8), mask_extent(mask)
    target = EMPTY if extent.empty else frame.place(extent, shape)
    if not target.empty:
        at = frame.needs(target, shape)
        result[target.slices] = frame.seen(mask[at.slices], at, shape, target)
    return result


def seen_through(picture: Picture, frames: Iterable[Frame]) -> Picture:
    """A picture in the last of its frames."""
    for frame in frames:
        picture = framed(picture, frame)
    return picture


def framed(picture: Picture, frame: Frame) -> Picture:
    """A picture in a frame, with what its file says of its size and of other channels."""
    pixels, alpha, extras = picture.pixels, picture.alpha, picture.extras
    beside = surroundings(pixels)
    samples = tuple(stored(frame.whole(upright(one, extras.orientation)), extras.orientation) for one in extras.samples)
    if alpha is None:
        whole, clear = frame.whole(pixels, beside), None
    elif frame.is_exact or extras.associated_alpha:
        whole, clear = frame.whole(pixels, beside), frame.whole(alpha, _full(alpha))
    else:
        whole, clear = _blended(pixels, alpha, frame, beside)
    return Picture(whole, clear, _extras(replace(extras, samples=samples), frame, whole.shape[:2]))


def surroundings(pixels: np.ndarray) -> np.ndarray:
    """The mean colour along the edge of H×W×C pixels, C float64: what stands in for what is not there yet."""
    edge = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    return np.nan_to_num(np.concatenate(edge).astype(np.float64)).mean(axis=0)


def _extras(extras: Extras, frame: Frame, shape: tuple[int, int]) -> Extras:
    corners = np.zeros((1, 2), np.uint8)
    sideways = turned_array(corners, frame.turn).shape != corners.shape
    return reshaped(extras, shape, sideways)


def _blended(pixels: np.ndarray, alpha: np.ndarray, frame: Frame, beside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Resampled so that what cannot be seen colours nothing that can be seen."""
    shape, result = (alpha.shape[0], alpha.shape[1]), Box.of(frame.shape((alpha.shape[0], alpha.shape[1])))
    whole, clear = np.empty((*result.shape, pixels.shape[2]), pixels.dtype), np.empty(result.shape, alpha.dtype)
    full = _full(alpha)
    for top in range(0, result.bottom, _BAND):
        band = result._replace(top=top, bottom=min(top + _BAND, result.bottom))
        at = frame.needs(band, shape)
        weight = alpha[at.slices].astype(np.float32) / full
        seen = frame.seen(weight, at, shape, band, 1.0)
        lit = frame.seen(pixels[at.slices].astype(np.float32) * weight[..., None], at, shape, band, beside)
        plain = frame.seen(pixels[at.slices], at, shape, band, beside)
        colours = np.where(seen[..., None] > 1e-3, lit / np.maximum(seen, 1e-3)[..., None], plain)
        whole[band.slices] = _as_type(colours, pixels.dtype)
        clear[band.slices] = _as_type(seen * full, alpha.dtype)
    return whole, clear


def _moved(
    candidate: Candidate, original: np.ndarray, before: Sequence[Fill], frame: Frame, beside: np.ndarray
) -> Candidate:
    """A result in the frame. Resampled it differs where the picture with it differs from the one before it."""
    shape = original.shape[0], original.shape[1]
    target = EMPTY if candidate.rect.empty else frame.place(candidate.rect, shape)
    if target.empty:
        return replace(candidate, rect=EMPTY, changed=b"", values=b"")
    if frame.is_exact:
        at = candidate.rect
        pixels = np.zeros((*at.shape, original.shape[2]), original.dtype)
        candidate.write(pixels, at)
        after = frame.seen(pixels, at, shape, target)
        differs = frame.seen(candidate.changed_pixels().view(np.uint8), at, shape, target) > 0
    else:
        target = target.grown(REACH, frame.shape(shape))
        at = frame.needs(target, shape)
        was = compose(original, before, at)
        now = was.copy()
        candidate.write(now, at)
        after = frame.seen(now, at, shape, target, beside)
        differs = (after != frame.seen(was, at, shape, target, beside)).any(axis=2)
    inner = mask_extent(differs)
    if inner.empty:
        return replace(candidate, rect=EMPTY, changed=b"", values=b"")
    place = inner.moved(target.top, target.left)
    moved = Candidate.packed(candidate.options, place, differs[inner.slices], after[inner.slices])
    return replace(candidate, rect=moved.rect, changed=moved.changed, values=moved.values)


def _full(alpha: np.ndarray) -> float:
    return 1.0 if alpha.dtype.kind == "f" else float(np.iinfo(alpha.dtype).max)


def _as_type(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if dtype.kind == "f":
        return values.astype(dtype)
    return np.rint(np.clip(values, 0, np.iinfo(dtype).max)).astype(dtype)
