"""Scratches and dust of an old photo or a scan, found without anybody's help."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from model.errors import InputError
from model.fill.scaling import Scaling
from pconv.damage.kinds import KINDS
from pconv.damage.marks import LEAST, LOGITS, halved, marks_of, slopes_of
from pconv.damage.measures import REACH, highest, measures
from pconv.damage.weighing import weighings

SMALLEST = 700  # pixels, shorter side of a picture that is looked at in half its size too
TILE = 512  # pixels; a multiple of 16
BAND = 2**23  # pixels whose marks are put together at a time
OVERLAP = 64  # rows of bands, so that a speck between two is whole in one
NEVER = -20.0  # logit where nothing differs from what is around it
LONG = 6.0  # square of a mark's extent over its area, from which it is a line; a disc's is 2.5
GROUND = 21  # pixels, of the median that says what is beneath a mark
TRIMMED = 0.4  # of a mark's difference from that, from which a pixel belongs to it
ENCLOSED = 500  # pixels of the smallest size looked at: a gap in a mark, as inside of a stain, that is damaged too
EVEN, STEPS = 128, 16  # the level of a mark that is as likely damage as not, and levels of a logit
STRICTEST = 6.0  # logit from which a mark is damage where sensitivity is 0; it falls to 0 at 1


def find_damage(image: np.ndarray, kinds: Iterable[str] = KINDS, sensitivity: float = 0.5) -> np.ndarray:
    """Propose a hole where an old photo or a scan is damaged.

    Args:
        image: (H, W), (H, W, 1) or (H, W, 3), uint8, uint16 or float32, as a `Picture`'s pixels.
        kinds: "scratches": lines, as scratches, hairs and folds; "dust": specks and small stains.
        sensitivity: 0..1; the higher, the more is found, and the more that is no damage.

    Returns:
        (H, W) uint8, 255 = damaged.

    Raises:
        InputError: `bad_image`, `bad_kind`, `bad_sensitivity`.
    """
    wanted = _checked(kinds)
    if not 0 <= sensitivity <= 1:
        raise InputError("bad_sensitivity", f"Sensitivity must be 0..1, got {sensitivity}.")
    picture = _as_rgb8(image)
    levels = np.zeros(picture.shape[:2], np.uint8)
    seen, slopes = picture, slopes_of(picture)
    while True:
        np.maximum(levels, _trimmed(picture, seen, _levels(seen, slopes)), out=levels)
        if min(seen.shape[:2]) < SMALLEST:
            break
        seen = cv2.resize(seen, (seen.shape[1] // 2, seen.shape[0] // 2), interpolation=cv2.INTER_AREA)
        slopes = halved(slopes)
    found = np.where(levels >= EVEN + STEPS * STRICTEST * (1 - sensitivity), 255, 0).astype(np.uint8)
    found[_enclosed(found, ENCLOSED * (len(picture) // len(seen)) ** 2)] = 255
    if len(wanted) < len(KINDS):
        found = _of_kind(found, "scratches" in wanted)
    return cv2.dilate(found, np.ones((3, 3), np.uint8))


def _checked(kinds: Iterable[str]) -> set[str]:
    wanted = set(kinds)
    if not wanted or not wanted <= {*KINDS}:
        raise InputError("bad_kind", f"Damage of the kinds {', '.join(KINDS)} is found, not {sorted(wanted)}.")
    return wanted


def _as_rgb8(image: np.ndarray) -> np.ndarray:
    image = image[..., None] if image.ndim == 2 else image
    if image.ndim != 3 or image.shape[2] not in (1, 3) or not image.size:
        raise InputError("bad_image", f"The picture is {image.shape}; it must be (H, W), (H, W, 1) or (H, W, 3).")
    if image.dtype not in (np.uint8, np.uint16, np.float32):
        raise InputError("bad_image", f"The picture is {image.dtype}; it must be uint8, uint16 or float32.")
    if image.dtype == np.float32:
        odd = ~np.isfinite(image).all(axis=2)
        image = np.rint(Scaling.of(image, odd).to_unit(image, odd) * 255).astype(np.uint8)
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    return np.ascontiguousarray(image if image.shape[2] == 3 else np.repeat(image, 3, axis=2))


def _enclosed(found: np.ndarray, most: int) -> np.ndarray:
    """(H, W) bool: gaps in what is found, of at most so many pixels, that do not reach the picture's border."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(255 - found, connectivity=4)
    left, top, width, height, area = stats.T
    inside = (left > 0) & (top > 0) & (left + width < found.shape[1]) & (top + height < found.shape[0])
    inside[0] = False
    return (inside & (area <= most))[labels]


def _of_kind(found: np.ndarray, long: bool) -> np.ndarray:
    """The lines alone, or all but the lines."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    extents = np.square(stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].astype(np.float64)).sum(axis=1)
    kept = (extents / stats[:, cv2.CC_STAT_AREA] > LONG) == long
    kept[0] = False
    return np.where(kept, 255, 0).astype(np.uint8)[labels]


def _trimmed(picture: np.ndarray, seen: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """The levels of marks that were seen in a smaller picture, at full size, without what looks as the ground does."""
    size, times = picture.shape[1::-1], picture.shape[0] // seen.shape[0]
    ground = cv2.resize(cv2.medianBlur(seen, GROUND), size, interpolation=cv2.INTER_LINEAR)
    levels = cv2.resize(levels, size, interpolation=cv2.INTER_NEAREST)
    away = highest(cv2.absdiff(picture, ground))
    away[levels == 0] = 0
    most = cv2.dilate(away, np.ones((2 * times + 3,) * 2, np.uint8))
    levels[away < TRIMMED * most] = 0
    return levels


def _levels(picture: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """(H, W) uint8: how likely damage the likeliest mark at a place is, by EVEN and STEPS; 0 = no mark."""
    height, width = picture.shape[:2]
    found, rows = np.zeros((height, width), np.uint8), max(TILE, BAND // width)
    for top in range(0, height, rows):
        band = slice(max(0, top - OVERLAP), top + rows + OVERLAP)
        np.maximum(found[band], _in_band(picture[band], slopes[band]), out=found[band])
    return found


def _in_band(picture: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    logits, of_marks = _logits(picture), weighings()[1]
    found = np.zeros(logits.shape, np.uint8)
    for threshold in LOGITS:
        marks = marks_of(picture, slopes, logits, threshold)
        levels = (EVEN + STEPS * of_marks.of(marks.measures)).clip(1, 255)
        levels[marks.areas < LEAST] = 0
        np.maximum(found, np.concatenate([[0], levels]).astype(np.uint8)[marks.labels], out=found)
    return found


def _logits(picture: np.ndarray) -> np.ndarray:
    """(H, W) float32, of each pixel: above 0 where it looks damaged."""
    height, width = picture.shape[:2]
    found = np.empty((height, width), np.float32)

    def look_at(corner: tuple[int, int]) -> None:
        top, left = corner
        above, before = max(0, top - REACH), max(0, left - REACH)
        seen = picture[above : top + TILE + REACH, before : left + TILE + REACH]
        where, measured = measures(seen)
        logits = np.full(where.shape, NEVER, np.float32)
        logits[where] = weighings()[0].of(measured)
        found[top : top + TILE, left : left + TILE] = logits[top - above :, left - before :][:TILE, :TILE]

    corners = [(top, left) for top in range(0, height, TILE) for left in range(0, width, TILE)]
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        list(pool.map(look_at, corners))
    return found
