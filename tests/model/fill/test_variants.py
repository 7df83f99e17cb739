"""Several results of one fill: they differ on purpose, the first is what a single fill gives, the network runs once."""

from __future__ import annotations

from concurrent.futures import Future

import numpy as np
import pytest

from model.errors import CancelledError
from model.fill.plan import fill, fill_variants
from model.finish.drawing import Drawing
from model.options import FillOptions
from tests.model.engines import Constant


class Patches:
    """Draws noise that depends on the guide and the seed; `fails` of its drawings do not come."""

    is_available = True

    def __init__(self, fails: tuple[int, ...] = ()) -> None:
        self.asked: list[Drawing] = []
        self.cancelled = 0
        self.fails = fails
        self.silent = False

    def submit(self, drawing: Drawing) -> Future:
        self.asked.append(drawing)
        future: Future = Future()
        if self.silent:
            return future
        rng = np.random.default_rng([int(drawing.guide * 1000), drawing.seed])
        noise = rng.integers(0, 256, drawing.picture.shape, np.uint8)
        drawn = np.where(drawing.hole[..., None], noise, drawing.picture)
        future.set_result(None if len(self.asked) - 1 in self.fails else drawn)
        return future

    def cancel(self, future: Future) -> None:
        self.cancelled += 1


def picture(dtype: type = np.uint8) -> np.ndarray:
    most = 1 if dtype == np.float32 else np.iinfo(dtype).max
    return (np.random.default_rng(0).random((150, 160, 3)) * most).astype(dtype)


def hole(*places: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((150, 160), bool)
    for top, left in places or ((50, 60),):
        mask[top : top + 30, left : left + 40] = True
    return mask


@pytest.mark.parametrize(("wanted", "drawings"), [(2, 2), (3, 3), (4, 3)])
def test_as_many_as_wanted_and_all_differ(wanted: int, drawings: int) -> None:
    image, mask, engine, patches = picture(), hole(), Constant(0.5), Patches()
    results = fill_variants(image, mask, engine, FillOptions(variants=wanted), patches=patches)
    assert len(results) == wanted and len(patches.asked) == drawings
    assert len({result.tobytes() for result in results}) == wanted
    assert all(np.array_equal(result[~mask], image[~mask]) for result in results)
    assert np.array_equal(results[0], fill(image, mask, Constant(0.5), patches=Patches()))
    assert np.array_equal(results[0], fill(image, mask, Constant(0.5), FillOptions(variants=wanted), patches=Patches()))
    alone = Constant(0.5)
    assert np.array_equal(results[-1], fill(image, mask, alone, FillOptions(detail=0))) == (wanted == 4)
    assert engine.runs == alone.runs


def test_another_seed_gives_others() -> None:
    first, other = (
        fill_variants(picture(), hole(), Constant(0.5), FillOptions(variants=3, seed=seed), patches=Patches())
        for seed in (0, 1)
    )
    assert len({result.tobytes() for result in (*first, *other)}) == 6


@pytest.mark.parametrize(("dtype", "detail", "count"), [(np.uint8, 0.0, 1), (np.uint16, 1.0, 4), (np.float32, 0.5, 4)])
def test_as_many_as_are_wanted_where_so_many_differ(dtype: type, detail: float, count: int) -> None:
    """With the network alone there is one."""
    image, mask = picture(dtype), hole()
    options = FillOptions(detail=detail, variants=4)
    results = fill_variants(image, mask, Constant(0.5), options, patches=Patches())
    assert len(results) == count
    assert np.array_equal(results[0], fill(image, mask, Constant(0.5), FillOptions(detail=detail), patches=Patches()))


def test_what_cannot_be_drawn_is_left_out() -> None:
    image, mask = picture(), hole()
    results = fill_variants(image, mask, Constant(0.5), FillOptions(variants=4), patches=Patches(fails=(0, 2)))
    assert len(results) == 2  # the guided one, the network alone
    without = fill_variants(image, mask, Constant(0.5), FillOptions(variants=4), patches=Patches(fails=(0, 1, 2)))
    assert np.array_equal(without, fill_variants(image, mask, Constant(0.5), FillOptions(variants=4)))
    assert len(without) == 2  # kept texture laid over, the network alone


def test_a_hole_with_fewer_results_shows_its_best_in_the_others() -> None:
    """Two holes that are finished apart; of the second one a single drawing comes, equal to the network's fill."""
    image, mask = np.zeros((150, 700, 3), np.uint8), np.zeros((150, 700), bool)
    image[:] = np.random.default_rng(1).integers(0, 256, image.shape, np.uint8)
    image[:, 400:] = 128
    mask[50:80, 60:100] = mask[50:80, 600:640] = True
    results = fill_variants(image, mask, Constant(0.5), FillOptions(variants=3), patches=Patches())
    assert len(results) == 3
    assert len({result[:, :350].tobytes() for result in results}) == 3
    assert len({result[:, 400:].tobytes() for result in results}) < 3


def test_progress_grows_over_all_and_ends_full() -> None:
    told: list[tuple[int, int]] = []
    options = FillOptions(variants=4)
    fill_variants(picture(), hole(), Constant(0.5), options, lambda *news: told.append(news), patches=Patches())
    assert len({total for _, total in told}) == 1
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]


def test_a_cancel_stops_all_drawings() -> None:
    patches = Patches()
    patches.silent = True
    with pytest.raises(CancelledError):
        fill_variants(
            picture(),
            hole(),
            Constant(0.5),
            FillOptions(variants=3),
            cancelled=lambda: bool(patches.asked),
            patches=patches,
        )
    assert patches.cancelled == 3


@pytest.mark.parametrize("wrong", [{"variants": 0}, {"variants": 5}, {"seed": -1}, {"seed": 2**32}])
def test_options_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FillOptions(**wrong)
