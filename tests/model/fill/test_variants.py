"""Several results of one fill: they differ on purpose, the first is what a single fill gives, the network runs once."""

from __future__ import annotations

import numpy as np
import pytest

from model.errors import CancelledError
from model.fill.plan import fill, fill_variants
from model.options import FillOptions
from tests.model.engines import Constant


def picture(dtype: type = np.uint8) -> np.ndarray:
    most = 1 if dtype == np.float32 else np.iinfo(dtype).max
    return (np.random.default_rng(0).random((150, 160, 3)) * most).astype(dtype)


def hole(*places: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((150, 160), bool)
    for top, left in places or ((50, 60),):
        mask[top : top + 30, left : left + 40] = True
    return mask


@pytest.mark.parametrize("wanted", [2, 3, 4])
def test_as_many_as_wanted_and_all_differ(wanted: int) -> None:
    image, mask, engine = picture(), hole(), Constant(0.5)
    results = fill_variants(image, mask, engine, FillOptions(variants=wanted))
    assert len(results) == wanted
    assert len({result.tobytes() for result in results}) == wanted
    assert all(np.array_equal(result[~mask], image[~mask]) for result in results)
    assert np.array_equal(results[0], fill(image, mask, Constant(0.5)))
    assert np.array_equal(results[0], fill(image, mask, Constant(0.5), FillOptions(variants=wanted)))
    alone = Constant(0.5)
    assert np.array_equal(results[-1], fill(image, mask, alone, FillOptions(detail=0))) == (wanted == 4)
    assert engine.runs == alone.runs


def test_another_seed_gives_others() -> None:
    first, other = (
        fill_variants(picture(), hole(), Constant(0.5), FillOptions(variants=3, seed=seed)) for seed in (0, 1)
    )
    assert len({result.tobytes() for result in (*first, *other)}) == 6


@pytest.mark.parametrize(("dtype", "detail", "count"), [(np.uint8, 0.0, 1), (np.uint16, 1.0, 4), (np.float32, 0.5, 4)])
def test_as_many_as_are_wanted_where_so_many_differ(dtype: type, detail: float, count: int) -> None:
    """With the network alone there is one."""
    image, mask = picture(dtype), hole()
    results = fill_variants(image, mask, Constant(0.5), FillOptions(detail=detail, variants=4))
    assert len(results) == count
    assert np.array_equal(results[0], fill(image, mask, Constant(0.5), FillOptions(detail=detail)))


def test_where_there_is_nothing_to_copy_kept_texture_is_laid_over() -> None:
    """Bars too narrow for a patch: kept texture, then the network alone."""
    image, mask = picture(), np.ones((150, 160), bool)
    mask[:, ::6] = False
    results = fill_variants(image, mask, Constant(0.5), FillOptions(variants=4))
    assert len(results) == 2
    assert np.array_equal(results[1], fill(image, mask, Constant(0.5), FillOptions(detail=0)))


def test_a_hole_with_fewer_results_shows_its_best_in_the_others() -> None:
    """Two holes that are finished apart; around the second one all is gray, so that every drawing is the same."""
    image, mask = np.zeros((150, 700, 3), np.uint8), np.zeros((150, 700), bool)
    image[:] = np.random.default_rng(1).integers(0, 256, image.shape, np.uint8)
    image[:, 400:] = 128
    mask[50:80, 60:100] = mask[50:80, 600:640] = True
    results = fill_variants(image, mask, Constant(0.5), FillOptions(variants=3))
    assert len(results) == 3
    assert len({result[:, :350].tobytes() for result in results}) == 3
    assert len({result[:, 400:].tobytes() for result in results}) < 3


def test_progress_grows_over_all_and_ends_full() -> None:
    told: list[tuple[int, int]] = []
    fill_variants(picture(), hole(), Constant(0.5), FillOptions(variants=4), lambda *news: told.append(news))
    assert len({total for _, total in told}) == 1
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]


def test_a_cancel_ends_it_while_it_is_drawn() -> None:
    """At the latest once the network is done: what comes then is drawn."""
    engine, asked = Constant(0.5), []
    network = Constant(0.5)
    fill(picture(), hole(), network, FillOptions(detail=0))

    def is_cancelled() -> bool:
        asked.append(engine.runs)
        return asked.count(network.runs) > 3

    with pytest.raises(CancelledError):
        fill_variants(picture(), hole(), engine, FillOptions(variants=3), cancelled=is_cancelled)


@pytest.mark.parametrize("wrong", [{"variants": 0}, {"variants": 5}, {"seed": -1}, {"seed": 2**32}])
def test_options_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FillOptions(**wrong)
