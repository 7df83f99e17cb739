"""Any picture, any hole: contexts, scales and compositing around the engine.

Pixels outside the hole come back byte-equal in the caller's dtype. Memory is bounded by the contexts of
the holes. `plan_fill` only plans and composites; whoever drives it runs the engine, so that tiles of many
requests can share a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import cv2
import numpy as np

from model.errors import CancelledError, FillError
from model.fill.pyramid import Level, Region
from model.fill.scaling import FULL_SCALE, Scaling
from model.finish.finish import Finish
from model.geometry.boxes import Box
from model.geometry.contexts import check_forbid, context_boxes, holds_any, hole_box, no_context, prepare_hole, put
from model.options import FillOptions

TILES_PER_STEP = 8
FINISHED_PER_UNIT = 2**18  # pixels whose finishing counts as much as a tile
ROWS_AT_ONCE = 2048
COMPOSITED_AT_ONCE = 512  # pixels, side
GRAY = np.full((1, 3), 1 / 3, np.float32)


@dataclass(frozen=True)
class Step:
    """Work for one engine run: images (B, S, S, 3) float32 in 0..1, holes and their wanted part (B, S, S) bool.

    `done` of `total` units of work came before. `meanwhile` does what would follow anyway; it may be called in another
    thread while the engine runs.
    """

    images: np.ndarray
    holes: np.ndarray
    wanted: np.ndarray
    done: int
    total: int
    meanwhile: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Patch:
    """A rectangle of the picture, filled: (N, h, w) or (N, h, w, C) like the picture's own pixels, byte-equal to them
    outside the hole. There are N results to choose from, the best first.
    """

    box: Box
    variants: np.ndarray

    @property
    def pixels(self) -> np.ndarray:
        """The best result."""
        return self.variants[0]


@dataclass(frozen=True)
class Pause:
    """No work for the engine, but a moment to tell progress and to stop."""

    done: int
    total: int


class Runner(Protocol):
    """What `fill` needs of an engine."""

    tile_sides: tuple[int, ...]

    def run(self, images: np.ndarray, holes: np.ndarray, wanted: np.ndarray) -> np.ndarray: ...


def fill(
    image: np.ndarray,
    hole: np.ndarray,
    engine: Runner,
    options: FillOptions = FillOptions(),  # noqa: B008
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    forbid: np.ndarray | None = None,
) -> np.ndarray:
    """Fill the hole of a picture; of several variants the best.

    Args:
        image: H×W or H×W×C; C is 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGB, alpha); uint8, uint16 or
            float32 (display-encoded, 0..1, or light beyond). Alpha is passed through; fully
            transparent pixels are no context and stay as they are.
        hole: (H, W) bool, or uint8 with 0 = keep, 255 = fill, between = blend.
        engine: an `Engine`.
        progress: called with (units of work done, units in all) as work goes on and at the end.
        cancelled: asked as often; the fill ends once it says True.
        forbid: (H, W) bool or uint8, not 0 where no texture may be taken from; the network still looks at it.

    Returns:
        A new array like `image`. Where nothing is left to take texture from, the network's fill alone.

    Raises:
        FillError: `bad_image`, `bad_hole`, `bad_forbid`, `no_context` (nothing to fill from), `not_finite`.
        CancelledError: `cancelled`.
    """
    return fill_variants(image, hole, engine, options, progress, cancelled, forbid)[0]


def fill_variants(
    image: np.ndarray,
    hole: np.ndarray,
    engine: Runner,
    options: FillOptions,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    forbid: np.ndarray | None = None,
) -> np.ndarray:
    """Fill the hole of a picture in as many ways as the options want, or fewer where no more would differ.

    Arguments and errors are those of `fill`.

    Returns:
        (N, H, W) or (N, H, W, C), pictures like `image`, the best first.
    """
    plan = plan_fill(image, hole, options, engine.tile_sides, whole=True, forbid=forbid)
    result: Any = None
    step: Step | Pause | None = None
    while True:
        try:
            step = plan.send(result)
        except StopIteration as end:
            if progress and step:
                progress(step.total, step.total)
            return end.value.variants
        if cancelled and cancelled():
            raise CancelledError("cancelled", "The fill was cancelled.")
        if progress:
            progress(step.done, step.total)
        result = None
        if isinstance(step, Step):
            result = engine.run(step.images, step.holes, step.wanted)


def plan_fill(
    image: np.ndarray,
    hole: np.ndarray,
    options: FillOptions,
    tile_sides: tuple[int, ...],
    whole: bool,
    forbid: np.ndarray | None = None,
) -> Generator[Step | Pause, Any, Patch]:
    """A fill as a generator. After a `Step` it is sent the (B, S, S, 3) float32 results, after a `Pause` None.

    What is returned is the `whole` picture, or else the smallest rectangle that holds all holes. Raises as `fill`.
    """
    colour, opaque = _split(image)
    if hole.shape != image.shape[:2]:
        raise FillError("bad_hole", f"The mask is {hole.shape} and the picture {image.shape[:2]}. Make them one size.")
    if forbid is not None:
        check_forbid(forbid, image.shape[:2])
    alpha = prepare_hole(hole, options)
    missing = (alpha > 0) if opaque is None else (alpha > 0) | ~opaque
    boxes = context_boxes(alpha, options)
    if boxes and missing.all():
        raise no_context()
    if any(missing[box.slices].all() for box in boxes):  # too little context was wanted, or it is transparent
        boxes = [Box(0, 0, *image.shape[:2])]
    parts = []
    for box in boxes:
        scaling = Scaling.of(colour[box.slices], missing[box.slices])
        read = partial(_read, colour[box.slices], missing[box.slices], scaling)
        region = Region(read, missing[box.slices], tile_sides)
        parts.append((box, scaling, region))
    tiles = sum(region.tile_count for _, _, region in parts)
    units = [max(1, box.area // FINISHED_PER_UNIT) * options.variants for box, _, _ in parts]
    total = tiles + sum(units)
    finishes = []
    for box, _, region in parts:
        avoided = None if forbid is None else forbid[box.slices][region.native.box.slices] != 0
        finishes.append(Finish(region.native.pixels, region.native.hole, options, avoided))
    for (_, _, region), finish in zip(parts, finishes, strict=True):
        region.native.meanwhile = finish.prepare
    yield from _run([region for _, _, region in parts], total)
    done = tiles
    for finish, count in zip(finishes, units, strict=True):
        for share in finish.run():
            yield Pause(done + int(share * count), total)
        done += count
    outer = Box(0, 0, *image.shape[:2]) if whole or not parts else hole_box(alpha)
    source = image[outer.slices]
    count = max((finish.variants for finish in finishes), default=1)
    results = np.empty((count, *source.shape), source.dtype)  # late: finishing takes the most memory
    for number, result in enumerate(results):
        for top in range(0, len(source), ROWS_AT_ONCE):
            result[top : top + ROWS_AT_ONCE] = source[top : top + ROWS_AT_ONCE]
            yield Pause(total, total)
        for (box, scaling, region), finish in zip(parts, finishes, strict=True):
            finish.show(number)
            native = region.native.box.moved(box.top, box.left)
            for part in native.clipped(outer).pieces(COMPOSITED_AT_ONCE):
                blend = alpha[part.slices] if opaque is None else np.where(opaque[part.slices], alpha[part.slices], 0)
                if holds_any(blend):
                    unit = region.native.pixels[part.moved(-native.top, -native.left).slices]
                    _composite(result[part.moved(-outer.top, -outer.left).slices], unit, blend, scaling)
            yield Pause(total, total)
    return Patch(outer, results)


def _split(image: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Colour (H, W, 1 or 3) and, where there is an alpha, which pixels are not fully transparent."""
    if image.dtype not in FULL_SCALE:
        raise FillError("bad_image", f"Pictures are uint8, uint16 or float32, got {image.dtype}. Convert it.")
    if image.ndim not in (2, 3) or 0 in image.shape or (image.ndim == 3 and image.shape[2] > 4):
        raise FillError("bad_image", f"Pictures are H×W or H×W×C with C from 1 to 4, got {image.shape}.")
    if image.ndim == 2:
        return image[..., None], None
    channels = image.shape[2]
    if channels in (2, 4):
        return image[..., :-1], image[..., -1] > 0
    return image, None


def _read(colour: np.ndarray, missing: np.ndarray, scaling: Scaling, part: tuple[slice, slice]) -> np.ndarray:
    return scaling.to_unit(colour[part], missing[part])


def _run(regions: list[Region], total: int) -> Generator[Step | Pause, Any, None]:
    """Fill regions side by side, coarse to fine: what they ask for at the same time shares engine runs."""
    done = 0
    fills = [region.fill() for region in regions]
    while fills:
        levels, unfinished = [], []
        for fill in fills:
            for level in fill:
                if level is None:
                    yield Pause(done, total)
                    continue
                levels.append(level)
                unfinished.append(fill)
                break
        fills = unfinished
        for chunk in _chunks(levels):
            images, holes, wanted = zip(*(level.show(tile) for level, tile in chunk), strict=True)
            meanwhile = partial(_do_all, {level.meanwhile for level, _ in chunk})
            filled = yield Step(_stack(images), _stack(holes), _stack(wanted), done, total, meanwhile)
            for (level, tile), pixels in zip(chunk, filled, strict=True):
                level.lay(tile, pixels)
            done += len(chunk)


def _do_all(calls: set[Callable[[], None] | None]) -> None:
    for call in filter(None, calls):
        call()


def _chunks(levels: list[Level]) -> Iterator[list[tuple[Level, Box]]]:
    """Tiles of one side each, at most `TILES_PER_STEP` together."""
    by_side: dict[int, list[tuple[Level, Box]]] = {}
    for level in levels:
        for tile in level.tiles:
            by_side.setdefault(tile.shape[0], []).append((level, tile))
    for tiles in by_side.values():
        for start in range(0, len(tiles), TILES_PER_STEP):
            yield tiles[start : start + TILES_PER_STEP]


def _stack(tiles: tuple[np.ndarray, ...]) -> np.ndarray:
    return tiles[0][None] if len(tiles) == 1 else np.stack(tiles)


def _composite(target: np.ndarray, unit: np.ndarray, blend: np.ndarray, scaling: Scaling) -> None:
    """Write filled (h, w, 3) values of 0..1 into the picture's own pixels where `blend` is above 0, by its alpha."""
    box = hole_box(blend).slices
    unit, blend = unit[box], blend[box]
    pixels = target[box].reshape(*blend.shape, -1)
    channels = 1 if pixels.shape[2] < 3 else 3
    if channels == 1:
        unit = cv2.transform(unit, GRAY)[..., None]
    values, soft = scaling.from_unit(unit), (blend > 0) & (blend < 255)
    if soft.any():
        old, weight = pixels[soft][:, :channels], blend[soft, None] * np.float32(1 / 255)
        values[soft] = old + (values[soft] - old) * weight
    if pixels.dtype != np.float32:
        values = np.rint(values, out=values).clip(0, FULL_SCALE[pixels.dtype], out=values)
    mixed = pixels.copy()
    mixed[..., :channels] = values
    put(pixels, mixed, blend)
