"""What patches draw: lines go on, a thing is where the network expects it, forbidden pixels are not copied."""

from __future__ import annotations

import os
import threading
from multiprocessing import get_context

import cv2
import numpy as np
import pytest

from model.patches import threads
from model.patches.draw import draw
from model.patches.patch import BIAS
from model.patches.shifts import dominant_shifts


def drawn(
    picture: np.ndarray, hole: np.ndarray, forbidden: np.ndarray | None = None, **how: float
) -> np.ndarray | None:
    """Of a picture with values of 0..255, as its like."""
    steps = draw(picture.astype(np.float32) / 255, hole, hole if forbidden is None else forbidden, **how)
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            return None if ended.value is None else ended.value * 255


def hole_in(shape: tuple[int, int], top: int, left: int, bottom: int, right: int) -> np.ndarray:
    hole = np.zeros(shape, bool)
    hole[top:bottom, left:right] = True
    return hole


def noise(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-6, 7, shape)


def pattern(name: str, side: int = 160) -> np.ndarray:
    """Dark on a light ground, (side, side, 3) uint8."""
    rows, columns = np.mgrid[:side, :side]
    dark = {
        "stripes": ((rows + columns) // 12) % 3 == 0,
        "checks": (rows // 20 + columns // 20) % 2 == 0,
        "wire": np.abs(rows - columns // 3 - 50) < 2,
    }[name]
    return (np.where(dark, 60, 190)[..., None] + noise((side, side, 3))).astype(np.uint8)


@pytest.mark.parametrize("name", ["stripes", "checks", "wire"])
@pytest.mark.parametrize("guide", [0.0, 1.0])
def test_a_pattern_goes_on_through_a_hole_that_the_network_left_gray(name: str, guide: float) -> None:
    truth = pattern(name)
    hole = hole_in((160, 160), 58, 60, 98, 100)
    result = drawn(np.where(hole[..., None], np.uint8(150), truth), hole, guide=guide)
    assert np.allclose(result[~hole], truth[~hole])
    middle = np.s_[65:95, 65:95]
    assert np.polyfit(truth[middle].ravel().astype(float), result[middle].ravel(), 1)[0] > 0.6


def test_a_guide_has_a_thing_drawn_where_the_network_expects_it() -> None:
    """The hole takes the right half of a red disc, which the free drawing loses in part."""
    rows, columns = np.mgrid[:120, :120]
    disc = (rows - 60) ** 2 + (columns - 60) ** 2 < 28**2
    truth = (np.where(disc[..., None], (200, 40, 40), (40, 40, 200)) + noise((120, 120, 3))).astype(np.uint8)
    hole = hole_in((120, 120), 34, 54, 86, 104)
    picture = np.where(hole[..., None], cv2.GaussianBlur(truth, (0, 0), 6), truth)
    right = []
    for guide in (0.0, 1.0):
        result = drawn(picture, hole, guide=guide)
        right.append(((result[..., 0] > result[..., 2]) == disc)[hole].mean())
    assert right[1] > right[0] + 0.05


def test_light_that_changes_across_a_hole_leaves_no_step() -> None:
    ramp = np.linspace(60, 200, 200)[None, :, None] + np.zeros((120, 1, 3))
    hole = hole_in((120, 200), 40, 60, 80, 140)
    result = drawn(ramp, hole)
    assert np.abs(result - ramp)[hole].max() < 8
    assert np.abs(np.diff(result[60], axis=0)).max() < 4


def test_another_seed_draws_otherwise_and_the_same_alike() -> None:
    picture, hole = noise((100, 100, 3), 1) + 100, hole_in((100, 100), 40, 40, 70, 70)
    first, again, other = (drawn(picture, hole, seed=seed) for seed in (5, 5, 2**32 - 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_what_is_forbidden_is_not_copied_and_stays() -> None:
    picture = (128 + noise((120, 120, 3))).astype(np.uint8)
    picture[:, :40] = (255, 0, 0)
    hole, forbidden = hole_in((120, 120), 40, 44, 80, 84), hole_in((120, 120), 0, 0, 120, 40)
    result = drawn(picture, hole, forbidden | hole)
    assert np.allclose(result[~hole], picture[~hole])
    assert np.abs(result[hole] - 128).max() < 40


def test_values_finer_than_eight_bits_stay_as_fine() -> None:
    picture = np.random.default_rng(0).random((80, 80, 3)) * 100 + 50
    hole = hole_in((80, 80), 30, 30, 50, 50)
    result = drawn(picture, hole)[hole]
    assert np.abs(result - np.rint(result)).max() > 0.4


@pytest.mark.parametrize(
    ("shape", "hole"),
    [
        ((7, 7), hole_in((7, 7), 2, 2, 4, 4)),
        ((40, 40), np.ones((40, 40), bool)),
        ((64, 64), np.indices((64, 64)).sum(0) % 2 == 0),
        ((64, 64), np.indices((64, 64))[0] % 6 == 0),
        ((64, 5), hole_in((64, 5), 10, 0, 20, 5)),
    ],
    ids=["tiny", "all", "checkerboard", "blinds", "narrow"],
)
def test_where_nothing_can_be_copied_nothing_is_drawn(shape: tuple[int, int], hole: np.ndarray) -> None:
    assert drawn(np.zeros((*shape, 3)), hole) is None


@pytest.mark.parametrize(
    "hole",
    [
        hole_in((90, 70), 0, 0, 90, 55),
        hole_in((90, 70), 89, 69, 90, 70),
        hole_in((90, 70), 0, 0, 1, 70),
        hole_in((90, 70), 0, 69, 90, 70),
        np.indices((90, 70)).sum(0) % 30 == 0,
        hole_in((9, 200), 2, 50, 7, 120),
    ],
    ids=["most", "corner", "top", "right", "lines", "flat"],
)
@pytest.mark.parametrize("colour", [0.0, 255.0])
def test_any_hole_is_drawn_whole(hole: np.ndarray, colour: float) -> None:
    picture = np.where(hole[..., None], 128.0, colour) * np.ones(3)
    result = drawn(picture, hole, guide=0.0)
    assert np.abs(result - colour).max() <= BIAS + 1e-3


def test_the_share_done_grows_in_small_steps() -> None:
    picture, hole = pattern("stripes") / np.float32(255), hole_in((160, 160), 40, 40, 120, 120)
    shares = list(draw(picture.astype(np.float32), hole, hole))
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1.0 + 1e-9
    assert max(np.diff(shares)) < 0.3


def test_a_fence_resembles_itself_by_the_distance_of_its_pales() -> None:
    columns = np.arange(140)
    fence = np.where((columns % 17 < 5)[None, :, None], 50.0, 200.0) + noise((100, 140, 3))
    known = ~hole_in((100, 140), 30, 50, 70, 90)
    shifts = dominant_shifts(fence.astype(np.float32), known)
    assert len(shifts) and all(abs(shift) % 17 == 0 for shift in shifts[:4, 1])


def test_threads_change_nothing_but_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = pattern("stripes")
    hole = hole_in((160, 160), 40, 40, 120, 120)
    results = []
    for count in (1, 3):
        monkeypatch.setattr(threads, "threads", lambda count=count: count)
        results.append(drawn(np.where(hole[..., None], np.uint8(150), truth), hole))
    assert np.array_equal(results[0], results[1])


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of Python 3.12 on: that it may hang is what is tried
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_draws_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads do not come along into it."""
    monkeypatch.setattr(threads, "threads", lambda: 2)
    truth = pattern("checks")
    hole = hole_in((160, 160), 40, 40, 120, 120)
    picture = np.where(hole[..., None], np.uint8(150), truth)
    drawn(picture, hole)
    child = get_context("fork").Process(target=drawn, args=(picture, hole))
    child.start()
    child.join(60)
    ended, _ = child.exitcode, child.kill()
    assert ended == 0


def test_no_more_threads_draw_than_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_limit", threads.MOST)
    threads.limit_threads(1)
    assert threads.threads() == 1
    names: set[str] = set()
    threads.work_on_all(lambda _: names.add(threading.current_thread().name), range(40))
    assert names == {threading.current_thread().name}
