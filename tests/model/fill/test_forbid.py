"""Where no texture may be taken from, it is not: whoever draws, and whatever the network expects there."""

from __future__ import annotations

import numpy as np
import pytest

from model.errors import FillError
from model.fill.plan import Step, fill, fill_variants, plan_fill
from model.options import FillOptions
from tests.model.engines import Constant

SIDE = 160
HOLE = np.zeros((SIDE, SIDE), bool)
HOLE[60:100, 50:110] = True
LEFT = np.zeros((SIDE, SIDE), bool)
LEFT[:, : SIDE // 2] = True
RED, BLUE = 0, 2  # channels


def stripes(dtype: type) -> np.ndarray:
    """Red ones on the left, blue ones on the right, (H, W, 3)."""
    light = np.where(np.arange(SIDE) // 6 % 2, 0.9, 0.5)[:, None]
    picture = np.zeros((SIDE, SIDE, 3))
    picture[..., RED], picture[..., BLUE] = light * LEFT, light * ~LEFT
    most = 1 if dtype == np.float32 else np.iinfo(dtype).max
    return (picture * most).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize(("forbid", "unseen"), [(LEFT, RED), (~LEFT, BLUE)])
def test_no_pixel_of_what_is_forbidden(dtype: type, forbid: np.ndarray, unseen: int) -> None:
    image = stripes(dtype)
    results = fill_variants(image, HOLE, Constant(0.5), FillOptions(variants=2), forbid=forbid)
    assert len(results) == 2
    for result in results:
        assert np.array_equal(result[~HOLE], image[~HOLE])
        drawn = result[HOLE].astype(float) / image.max()
        assert drawn[:, unseen].max() < 0.1
        assert drawn[:, RED + BLUE - unseen].min() > 0.3
    free = fill(image, HOLE, Constant(0.5))[HOLE].astype(float) / image.max()
    assert free[:, unseen].max() > 0.4


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_the_network_alone_where_nothing_is_left(dtype: type) -> None:
    image, everything = stripes(dtype), np.ones((SIDE, SIDE), np.uint8)
    result = fill(image, HOLE, Constant(0.5), forbid=everything)
    bare = fill(image, HOLE, Constant(0.5), FillOptions(detail=0), forbid=everything)
    assert np.abs(result.astype(float) - bare).max() <= 0.01 * image.max()


def test_calm_surroundings_go_on_only_from_what_is_allowed() -> None:
    image = np.full((SIDE, SIDE, 3), 200, np.uint8)
    image[:, : SIDE // 2] = (40, 90, 140)
    forbid = LEFT.astype(np.uint8) * 255
    assert (fill(image, HOLE, Constant(0.5), forbid=forbid)[HOLE] > 190).all()
    assert (fill(image, HOLE, Constant(0.5))[HOLE] < 60).any()


def test_the_network_sees_what_is_forbidden() -> None:
    plans = [plan_fill(stripes(np.uint8), HOLE, FillOptions(), (256,), whole=False, forbid=f) for f in (None, LEFT)]
    plain, kept_from = (next(step for step in plan if isinstance(step, Step)) for plan in plans)
    assert np.array_equal(plain.images, kept_from.images) and np.array_equal(plain.holes, kept_from.holes)


@pytest.mark.parametrize("forbid", [np.zeros((SIDE, SIDE + 1), bool), np.zeros((SIDE, SIDE)), np.zeros(3, bool)])
def test_what_is_no_such_mask_is_refused(forbid: np.ndarray) -> None:
    with pytest.raises(FillError) as refused:
        fill(stripes(np.uint8), HOLE, Constant(0.5), forbid=forbid)
    assert refused.value.code == "bad_forbid" and "160×160" in refused.value.message
