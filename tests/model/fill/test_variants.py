"""Several results of one fill: they differ on purpose, the first is what a single fill gives, the network runs once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from model.errors import CancelledError
from model.fill.plan import fill, fill_variants
from model.options import FillOptions
from model.synthesis.draw import draw


class Engine:
    """Answers with one gray, counts its runs."""

    tile_sides = (256, 512)

    def __init__(self) -> None:
        self.runs = 0

    def run(self, images: np.ndarray, holes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        self.runs += 1
        return np.where(holes[..., None], np.float32(0.5), images)


def picture(dtype: type = np.uint8) -> np.ndarray:
    full = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[dtype]
    return (np.random.default_rng(0).random((150, 160, 3)) * full).astype(dtype)


def hole(*places: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((150, 160), bool)
    for top, left in places or ((50, 60),):
        mask[top : top + 30, left : left + 40] = True
    return mask


@pytest.mark.parametrize("wanted", [2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_as_many_as_wanted_and_all_differ(wanted: int, dtype: type) -> None:
    image, mask, engine = picture(dtype), hole(), Engine()
    results = fill_variants(image, mask, engine, FillOptions(variants=wanted))
    assert len(results) == wanted
    assert len({result.tobytes() for result in results}) == wanted
    assert all(np.array_equal(result[~mask], image[~mask]) for result in results)
    assert np.array_equal(results[0], fill(image, mask, Engine()))
    assert np.array_equal(results[0], fill(image, mask, Engine(), FillOptions(variants=wanted)))
    alone = Engine()
    assert np.array_equal(results[-1], fill(image, mask, alone, FillOptions(detail=0))) == (wanted == 4)
    assert engine.runs == alone.runs


def test_another_seed_gives_others() -> None:
    first, other = (fill_variants(picture(), hole(), Engine(), FillOptions(variants=3, seed=seed)) for seed in (0, 1))
    assert len({result.tobytes() for result in (*first, *other)}) == 6


def test_where_no_more_differ_there_are_fewer() -> None:
    image, mask = picture(), hole()
    assert len(fill_variants(image, mask, Engine(), FillOptions(detail=0, variants=4))) == 1
    image[:] = 90
    assert len(fill_variants(image, mask, Engine(), FillOptions(variants=4))) < 4  # all draw the one colour


def test_where_nothing_can_be_copied_texture_is_laid_over() -> None:
    """A net of holes leaves no whole patch."""
    image, mask = picture(), np.indices((150, 160)).sum(0) % 5 == 0
    results = fill_variants(image, mask, Engine(), FillOptions(variants=4))
    assert len(results) == 2  # with texture, the network alone
    assert np.array_equal(results[1], fill(image, mask, Engine(), FillOptions(detail=0)))


def test_a_hole_with_fewer_results_shows_its_best_in_the_others() -> None:
    """Two holes that are finished apart; all around the second one is of one colour."""
    image, mask = np.zeros((150, 700, 3), np.uint8), np.zeros((150, 700), bool)
    image[:] = np.random.default_rng(1).integers(0, 256, image.shape, np.uint8)
    image[:, 400:] = 128
    mask[50:80, 60:100] = mask[50:80, 600:640] = True
    results = fill_variants(image, mask, Engine(), FillOptions(variants=3))
    assert len(results) == 3
    assert len({result[:, :350].tobytes() for result in results}) == 3
    assert len({result[:, 400:].tobytes() for result in results}) < 3


def test_progress_grows_over_all_and_ends_full() -> None:
    told: list[tuple[int, int]] = []
    options = FillOptions(variants=4)
    fill_variants(picture(), hole(), Engine(), options, lambda *news: told.append(news))
    assert len({total for _, total in told}) == 1
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]


def test_a_cancel_stops_in_the_midst_of_a_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[float] = []

    def noting(*given: object) -> Iterator[float]:
        for share in draw(*given):
            begun.append(share)
            yield share

    monkeypatch.setattr("model.finish.finish.draw", noting)
    with pytest.raises(CancelledError):
        fill_variants(picture(), hole(), Engine(), FillOptions(variants=3), cancelled=lambda: len(begun) > 2)
    assert len(begun) == 3


@pytest.mark.parametrize("wrong", [{"variants": 0}, {"variants": 5}, {"seed": -1}, {"seed": 2**32}])
def test_options_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FillOptions(**wrong)
