"""Any picture, any hole: contexts, scales and compositing around the engine.

Pixels outside the hole come back byte-equal in the caller's dtype. Memory is bounded by the contexts of
the holes. `plan_fill` only plans and composites; whoever drives it runs the engine, so that tiles of many
requests can share a batch.

May know: numpy, model.contexts, model.pyramid, model.finish. Must not know: torch, sockets.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from model.contexts import Box, context_boxes, hole_box, prepare_hole
from model.errors import FillError
from model.finish import finish
from model.options import FillOptions
from model.pyramid import Region, Tiles

TILES_PER_STEP = 8
FULL_SCALE = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0, np.dtype(np.float32): 1.0}


@dataclass(frozen=True)
class Step:
    """Work for one engine run: images (B, S, S, 3) float32 in 0..1, holes (B, S, S) bool.

    `done` of `total` tiles came before.
    """

    images: np.ndarray
    holes: np.ndarray
    done: int
    total: int


class Runner(Protocol):
    """What `fill` needs of an engine."""

    buckets: tuple[int, ...]

    def run(self, images: np.ndarray, holes: np.ndarray) -> np.ndarray: ...


def fill(
    image: np.ndarray,
    hole: np.ndarray,
    engine: Runner,
    options: FillOptions = FillOptions(),  # noqa: B008
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> np.ndarray:
    """Fill the hole of a picture.

    Args:
        image: H×W or H×W×C; C is 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGB, alpha); uint8, uint16 or
            float32 (display-encoded, 0..1, values beyond are kept). Alpha is passed through; fully
            transparent pixels are no context and stay as they are.
        hole: (H, W) bool, or uint8 with 0 = keep, 255 = fill, between = blend.
        engine: an `Engine`.
        progress: called with (tiles done, tiles in all) before each engine run and at the end.
        cancelled: asked before each engine run.

    Returns:
        A new array like `image`.

    Raises:
        FillError: `bad_image`, `bad_hole`, `no_context` (nothing to fill from), `not_finite`, `cancelled`.
    """
    plan = plan_fill(image, hole, options, engine.buckets)
    result: np.ndarray | None = None
    step: Step | None = None
    while True:
        try:
            step = plan.send(result)
        except StopIteration as end:
            if progress and step:
                progress(step.total, step.total)
            return end.value
        if cancelled and cancelled():
            raise FillError("cancelled", "The fill was cancelled.")
        if progress:
            progress(step.done, step.total)
        result = engine.run(step.images, step.holes)


def plan_fill(
    image: np.ndarray, hole: np.ndarray, options: FillOptions, buckets: tuple[int, ...]
) -> Generator[Step, Any, np.ndarray]:
    """Yields engine work, is sent the (B, S, S, 3) float32 results, returns what `fill` returns. Raises as `fill`."""
    colour, opaque = _split(image)
    if hole.shape != image.shape[:2]:
        raise FillError("bad_hole", f"The mask is {hole.shape} and the picture {image.shape[:2]}. Make them one size.")
    alpha = prepare_hole(hole, options)
    missing = (alpha > 0) if opaque is None else (alpha > 0) | ~opaque
    boxes = context_boxes(alpha, options)
    if boxes and missing.all():
        raise FillError("no_context", "The hole covers the whole picture: there is nothing to fill from. Keep a part.")
    result = image.copy()
    scalings, regions = [], []
    for box in boxes:
        part, part_missing = colour[box.slices], missing[box.slices]
        if part_missing.all():
            box = Box(0, 0, *image.shape[:2])
            part, part_missing = colour, missing
        scaling = Scaling.of(part, part_missing)
        scalings.append((box, scaling))
        regions.append(Region(scaling.to_unit(part, part_missing), part_missing, buckets))
    filled = yield from _together(regions)
    for (box, scaling), unit in zip(scalings, filled, strict=True):
        blend = alpha[box.slices]
        finish(unit, missing[box.slices], options.detail)
        if opaque is not None:
            blend = np.where(opaque[box.slices], blend, 0)
        _composite(result[box.slices], unit, blend, scaling)
    return result


@dataclass(frozen=True)
class Scaling:
    """The affine map between a picture's values and the network's 0..1."""

    low: float
    high: float

    @classmethod
    def of(cls, colour: np.ndarray, missing: np.ndarray) -> Scaling:
        """Integers by their type's range; floats by 0..1, widened to what the kept pixels hold.

        Raises:
            FillError: `not_finite`, a kept pixel is NaN or infinite.
        """
        if colour.dtype != np.float32:
            return cls(0.0, FULL_SCALE[colour.dtype])
        kept = colour[~missing]
        if not np.isfinite(kept).all():
            raise FillError("not_finite", "The picture has NaN or infinite values outside the hole. Mend or mask them.")
        return cls(min(0.0, float(kept.min())), max(1.0, float(kept.max())))

    def to_unit(self, colour: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """(H, W, 1 or 3) of any dtype → (H, W, 3) float32 in 0..1, 0 where missing."""
        unit = colour.astype(np.float32)
        unit[missing] = self.low
        unit -= np.float32(self.low)
        unit /= np.float32(self.high - self.low)
        return unit if unit.shape[2] == 3 else np.repeat(unit, 3, axis=2)

    def from_unit(self, unit: np.ndarray) -> np.ndarray:
        return unit * np.float32(self.high - self.low) + np.float32(self.low)


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


def _together(regions: list[Region]) -> Generator[Step, Any, list[np.ndarray]]:
    """Fill regions side by side: what they ask for at the same time shares engine runs."""
    total, done = sum(region.tile_count for region in regions), 0
    fills = [region.fill() for region in regions]
    results: list = [None] * len(fills)
    pending = {index: next(fill) for index, fill in enumerate(fills)}
    while pending:
        answers = {index: np.empty_like(tiles.images) for index, tiles in pending.items()}
        for chunk in _chunks(pending):
            first = pending[chunk[0][0]]
            if len(pending) == 1 and len(chunk) == len(first.images):  # as it is, without copies
                answers[chunk[0][0]] = yield Step(first.images, first.holes, done, total)
                done += len(chunk)
                continue
            images = np.stack([pending[i].images[k] for i, k in chunk])
            holes = np.stack([pending[i].holes[k] for i, k in chunk])
            filled = yield Step(images, holes, done, total)
            done += len(chunk)
            for (i, k), tile in zip(chunk, filled, strict=True):
                answers[i][k] = tile
        pending = {}
        for index, answer in answers.items():
            try:
                pending[index] = fills[index].send(answer)
            except StopIteration as end:
                results[index] = end.value
    return results


def _chunks(pending: dict[int, Tiles]) -> Iterator[list[tuple[int, int]]]:
    """(region, tile) pairs of one side each, at most `TILES_PER_STEP` together."""
    by_side: dict[int, list[tuple[int, int]]] = {}
    for index, tiles in pending.items():
        by_side.setdefault(tiles.images.shape[1], []).extend((index, k) for k in range(len(tiles.images)))
    for pairs in by_side.values():
        for start in range(0, len(pairs), TILES_PER_STEP):
            yield pairs[start : start + TILES_PER_STEP]


def _composite(target: np.ndarray, unit: np.ndarray, blend: np.ndarray, scaling: Scaling) -> None:
    """Write filled (h, w, 3) values of 0..1 into the picture's own pixels where `blend` is above 0, by its alpha."""
    inside = blend > 0
    if not inside.any():
        return
    box = hole_box(inside).slices
    target, unit, blend, inside = target[box], unit[box], blend[box], inside[box]
    colour = target[..., None] if target.ndim == 2 else target
    channels = 1 if colour.shape[2] < 3 else 3
    values = scaling.from_unit(unit[inside])
    if channels == 1:
        values = values.mean(axis=1, keepdims=True)
    mixed, soft = values, blend[inside] < 255
    if soft.any():
        weight = blend[inside][soft, None].astype(np.float32) / 255.0
        old = colour[inside][soft, :channels].astype(np.float32)
        mixed[soft] = old + (values[soft] - old) * weight
    if colour.dtype != np.float32:
        mixed = np.rint(mixed).clip(0, FULL_SCALE[colour.dtype])
    view = colour[..., :channels]
    view[inside] = mixed.astype(colour.dtype)
