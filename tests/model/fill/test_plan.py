from __future__ import annotations

import gc

import numpy as np
import pytest

from model.engine.engine import Engine
from model.errors import CancelledError, FillError
from model.fill.plan import Step, fill, plan_fill
from model.fill.pyramid import Level
from model.finish.finish import Finish
from model.geometry.boxes import Box, union
from model.geometry.contexts import context_boxes, fill_area, hole_box, prepare_hole
from model.options import FillOptions
from tests.model.engines import Constant, Mean


@pytest.fixture(scope="module")
def engine(small_weights):
    return Engine(small_weights, dtype="float32")


def picture(height: int, width: int, channels: int = 3, dtype=np.uint8) -> np.ndarray:
    rng = np.random.default_rng(height * width + channels)
    shape = (height, width, channels) if channels else (height, width)
    if dtype == np.float32:
        return rng.random(shape, np.float32)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def disc(height: int, width: int, radius: float) -> np.ndarray:
    y, x = np.ogrid[:height, :width]
    return (y - height / 2) ** 2 + (x - width / 2) ** 2 < radius**2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
def test_kept_pixels_and_alpha_are_byte_equal_in_every_form(engine, dtype, channels):
    image = picture(180, 220, channels, dtype)
    hole = disc(180, 220, 30)
    before = image.copy()
    out = fill(image, hole, engine)
    assert out.dtype == dtype and out.shape == image.shape
    assert np.array_equal(image, before)
    assert np.array_equal(out[~hole], image[~hole])
    if channels in (2, 4):
        assert np.array_equal(out[..., -1], image[..., -1])
    colour = slice(None) if channels in (0, 1, 3) else slice(-1)
    assert not np.array_equal(
        out[hole][..., colour] if channels else out[hole], image[hole][..., colour] if channels else image[hole]
    )


@pytest.mark.parametrize("shape", [(1, 2), (1, 400), (300, 1), (2, 2), (37, 911), (700, 530)])
def test_any_size(engine, shape):
    image = picture(*shape)
    hole = np.zeros(shape, bool)
    hole[: max(1, shape[0] // 2), : max(1, shape[1] // 2)] = True
    if hole.all():
        hole[-1, -1] = False
    out = fill(image, hole, engine)
    assert np.array_equal(out[~hole], image[~hole])


@pytest.mark.parametrize("name", ["left half", "frame", "one valid pixel", "comb", "wire", "dust", "big disc"])
def test_any_hole_is_filled_whole(name):
    height, width = 620, 700
    hole = np.zeros((height, width), bool)
    if name == "left half":
        hole[:, :350] = True
    elif name == "frame":
        hole[:] = True
        hole[100:500, 100:600] = False
    elif name == "one valid pixel":
        hole[:] = True
        hole[13, 600] = False
    elif name == "comb":
        hole[:, ::4] = hole[:, 1::4] = True
    elif name == "wire":
        hole[300:303, :] = True
    elif name == "dust":
        hole[np.random.default_rng(0).random(hole.shape) > 0.999] = True
    else:
        hole = disc(height, width, 250)
    image = np.full((height, width, 3), 64, np.uint8)
    spoilt = image.copy()
    spoilt[hole] = 255
    out = fill(spoilt, hole, Constant(64 / 255))
    assert np.array_equal(out, image)


@pytest.mark.parametrize("shape", [(10, 22), (12, 24), (30, 60)])
def test_a_picture_too_small_to_choose_its_texture_from_is_filled(shape):
    rows, columns = np.indices(shape)
    hole = (rows // 2 + columns // 2) % 2 == 1
    image = picture(*shape)
    out = fill(image, hole, Constant())
    assert np.array_equal(out[~hole], image[~hole])


@pytest.mark.parametrize("value", [True, np.uint8(1), np.uint8(255)])
def test_a_hole_is_found_wherever_it_is(value):
    rng = np.random.default_rng(0)
    for _ in range(200):
        mask = np.zeros(rng.integers(1, 900, 2), np.asarray(value).dtype)
        rows, columns = rng.integers(0, mask.shape[0], 2), rng.integers(0, mask.shape[1], 2)
        mask[rows, columns] = value
        assert hole_box(mask) == Box(rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
        assert (
            prepare_hole(mask, FillOptions()) == mask.astype(np.uint8) * np.uint8(255 if value is True else 1)
        ).all()


@pytest.mark.parametrize("options", [FillOptions(), FillOptions(grow=9, feather=4), FillOptions(context=30)])
def test_what_lies_farther_than_a_fill_sees_changes_no_context(options: FillOptions):
    rng = np.random.default_rng(1)
    for _ in range(60):
        hole = np.zeros((700, 900), np.uint8)
        for _ in range(rng.integers(1, 4)):
            top, left = rng.integers(0, 690), rng.integers(0, 890)
            hole[top : top + rng.integers(1, 120), left : left + rng.integers(1, 120)] = rng.integers(1, 256)
        alpha, area = prepare_hole(hole, options), fill_area(hole, options)
        assert area.box == union(context_boxes(alpha, options)) and area.inside == hole_box(alpha)
        assert np.array_equal(area.alpha, alpha[area.inside.slices])
        assert np.array_equal(area.hole(), alpha[area.box.slices])


def test_a_picture_without_a_hole_or_with_nothing_else_has_no_area():
    assert fill_area(np.zeros((30, 40), bool), FillOptions()) is None
    almost = np.ones((30, 40), bool)
    almost[0, 0] = False
    assert fill_area(almost, FillOptions()).box == Box(0, 0, 30, 40)
    for hole, options in ((np.ones((30, 40), bool), FillOptions()), (almost, FillOptions(grow=1))):
        with pytest.raises(FillError, match="nothing to fill from"):
            fill_area(hole, options)


def test_a_thin_hole_stays_at_its_native_scale():
    hole = np.zeros((64, 3000), bool)
    hole[30:33, 10:2990] = True
    engine = Constant()
    fill(picture(64, 3000), hole, engine)
    assert engine.pixels <= 9 * 512**2


def test_holes_far_apart_cost_no_more_than_each_alone():
    hole = np.zeros((2000, 3000), bool)
    for top in range(300, 2000, 400):
        for left in range(300, 3000, 400):
            hole[top : top + 100, left : left + 60] = True
    engine = Constant()
    fill(np.zeros((2000, 3000, 3), np.uint8), hole, engine)
    assert engine.pixels <= 5 * 7 * 256**2


def test_a_small_hole_in_a_large_picture_is_cheap():
    hole = np.zeros((4000, 6000), bool)
    hole[2000:2010, 100:110] = True
    engine = Constant()
    fill(np.zeros((4000, 6000, 3), np.uint8), hole, engine)
    assert engine.tiles == 1


def test_holes_without_any_context_of_their_own_share_the_whole_picture():
    hole = np.zeros((300, 300), bool)
    hole[::10, ::10] = True
    engine = Constant()
    fill(picture(300, 300), hole, engine, FillOptions(context=0))
    assert engine.pixels <= 512**2


def test_far_apart_holes_share_engine_runs():
    hole = np.zeros((300, 3000), bool)
    for i in range(6):
        hole[150:160, 200 + 500 * i : 210 + 500 * i] = True
    engine = Constant()
    fill(picture(300, 3000), hole, engine)
    assert (engine.tiles, engine.runs) == (6, 1)


@pytest.mark.parametrize("name", ["small", "large", "two", "at the border", "two without context"])
def test_filling_the_context_alone_gives_the_same_pixels(engine, name):
    """What a client sends is enough: nothing outside the context box is looked at."""
    image = picture(900, 1000)
    hole = np.zeros((900, 1000), bool)
    if name == "small":
        hole[400:420, 500:530] = True
    elif name == "large":
        hole[400:520, 500:690] = True
    elif name.startswith("two"):
        hole[300:310, 300:310] = hole[600:640, 640:700] = True
    else:
        hole[-30:, :50] = True
    options = FillOptions(grow=0, context=0) if name == "two without context" else FillOptions(grow=3, feather=4)
    whole = fill(image, hole, engine, options)
    area = fill_area(hole, options)
    box = area.box
    for asked in ((hole[box.slices], options), (area.hole(), FillOptions(context=options.context))):
        assert np.array_equal(whole[box.slices], fill(image[box.slices], *(asked[0], engine, asked[1])))
    assert (box.shape == hole.shape) == (name == "two without context")
    patch = patch_of(image, hole, engine, options)
    assert patch.box == hole_box(prepare_hole(hole, options))
    assert np.array_equal(whole[patch.box.slices], patch.pixels)


def patch_of(image, hole, engine, options):
    """What a plan returns that is not asked for the whole picture."""
    plan = plan_fill(image, hole, options, engine.tile_sides, whole=False)
    step = next(plan)
    while True:
        try:
            filled = engine.run(step.images, step.holes, step.wanted) if isinstance(step, Step) else None
            step = plan.send(filled)
        except StopIteration as end:
            return end.value


@pytest.fixture
def unbent(monkeypatch):
    """The engine's answer as it is, not bent to meet the kept pixels."""
    monkeypatch.setattr("model.finish.finish.Finish.run", lambda finish: (share for share in ()))


def test_a_fill_leaves_nothing_behind():
    """Its arrays go at once, not only when Python looks for cycles."""
    image = np.full((200, 200, 3), 90, np.uint8)
    hole = np.zeros((200, 200), bool)
    hole[80:120, 80:120] = True
    gc.collect()
    gc.disable()
    try:
        fill(image, hole, Constant(0.3))
        assert not [thing for thing in gc.get_objects() if type(thing) in (Level, Finish)]
    finally:
        gc.enable()


def test_a_hole_that_holds_no_numbers_beside_a_soft_edge_is_filled(unbent):
    image = np.full((120, 130, 3), 0.5, np.float32)
    image[40:60, 40:60] = np.nan
    image[60:80, 40:60] = np.inf
    hole = np.zeros((120, 130), np.uint8)
    hole[40:80, 40:60] = 255
    hole[40:80, 60] = 51
    out = fill(image, hole, Constant(0.25), FillOptions(detail=0.0))
    assert np.allclose(out[40:80, 40:60], 0.25)
    assert np.allclose(out[40:80, 60], 0.45)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_the_order_of_an_array_in_memory_changes_nothing(channels):
    image = np.random.default_rng(0).integers(1, 256, (150, 170, channels), np.uint8)
    hole = np.zeros((150, 170), bool)
    hole[40:90, 50:110] = True
    there = fill(image, hole, Constant(0.3))
    turned = fill(np.asfortranarray(image), np.asfortranarray(hole), Constant(0.3))
    assert np.array_equal(there, turned)
    assert np.array_equal(there[~hole], image[~hole])


def test_soft_alpha_blends_and_hard_pixels_are_replaced(unbent):
    image = np.full((300, 300, 3), 200, np.uint8)
    hole = np.zeros((300, 300), np.uint8)
    hole[100:200, 100:200] = 255
    hole[100:200, 200] = 51
    out = fill(image, hole, Constant(0.0), FillOptions(detail=0.0))
    assert (out[100:200, 100:200] == 0).all()
    assert (out[100:200, 200] == 160).all()
    assert (out[:100] == 200).all()


def test_grow_and_feather_reach_as_far_as_they_say():
    hole = np.zeros((101, 101), np.uint8)
    hole[50, 50] = 255
    assert prepare_hole(hole, FillOptions()) is not None
    grown = prepare_hole(hole, FillOptions(grow=5))
    assert grown[50, 55] == 255 and grown[50, 56] == 0 and set(np.unique(grown)) == {0, 255}
    soft = prepare_hole(hole, FillOptions(grow=5, feather=4))[50, 50:65]
    assert (soft[:6] == 255).all() and (soft[10:] == 0).all()
    assert (np.diff(soft[5:11].astype(int)) < 0).all()


def test_transparent_pixels_are_neither_context_nor_changed(unbent):
    image = np.full((200, 200, 4), 100, np.uint8)
    image[:, :60] = (255, 0, 0, 0)
    hole = np.zeros((200, 200), bool)
    hole[50:150, 30:120] = True

    class Recorder(Constant):
        def run(self, images, holes, wanted):
            assert not (np.isclose(images[..., 0], 1.0) & ~holes).any()
            return super().run(images, holes, wanted)

    out = fill(image, hole, Recorder(0.5), FillOptions(detail=0))
    assert np.array_equal(out[:, :60], image[:, :60])
    assert (out[50:150, 60:120, :3] == 128).all()


def test_float_values_beyond_one_are_kept_and_reachable():
    image = np.full((200, 200, 3), 4.0, np.float32)
    image[0, 0] = -1.0
    hole = disc(200, 200, 20)
    out = fill(image, hole, Constant(1.0), FillOptions(detail=0))
    assert np.allclose(out[hole], 4.0) and out[0, 0, 0] == -1.0


def test_sixteen_bit_fills_are_not_banded(engine):
    image = picture(200, 200, 3, np.uint16)
    hole = disc(200, 200, 40)
    values = fill(image, hole, engine)[hole]
    assert len(np.unique(values)) > 300


def test_no_hole_gives_the_picture_without_a_run():
    engine = Constant()
    image = picture(50, 60)
    out = fill(image, np.zeros((50, 60), bool), engine)
    assert np.array_equal(out, image) and out is not image and engine.runs == 0


def test_the_same_call_gives_the_same_bytes(engine):
    image, hole = picture(700, 600), disc(700, 600, 180)
    assert np.array_equal(fill(image, hole, engine), fill(image, hole, engine))


def test_progress_moves_to_the_end_and_cancel_stops(engine):
    image, hole = picture(700, 600), disc(700, 600, 180)
    seen = []
    fill(image, hole, Constant(), progress=lambda done, total: seen.append((done, total)))
    assert seen[0][0] == 0 and seen[-1][0] == seen[-1][1] == seen[0][1] and len(seen) > 3
    assert seen == sorted(seen)
    counting = Constant()
    with pytest.raises(CancelledError) as caught:
        fill(image, hole, counting, cancelled=lambda: counting.runs == 2)
    assert caught.value.code == "cancelled" and counting.runs == 2


def test_finishing_tells_progress_and_can_be_stopped():
    image, hole = picture(900, 1100), disc(900, 1100, 300)
    after: list[tuple[int, int]] = []
    engine = Constant()
    fill(image, hole, engine)
    counting = Constant()

    def tell(done: int, total: int) -> None:
        if counting.tiles == engine.tiles:
            after.append((done, total))

    with pytest.raises(CancelledError) as caught:
        fill(image, hole, counting, progress=tell, cancelled=lambda: len(after) == 4)
    assert caught.value.code == "cancelled"
    assert len(after) == 4 and after == sorted(after) and engine.tiles <= after[-1][0] < after[-1][1]


@pytest.mark.parametrize(
    ("image", "hole", "code"),
    [
        (np.zeros((9, 9, 3), np.uint8), np.ones((9, 9), bool), "no_context"),
        (np.zeros((1, 1, 3), np.uint8), np.ones((1, 1), bool), "no_context"),
        (np.zeros((9, 9, 4), np.uint8), np.eye(9, dtype=bool), "no_context"),
        (np.zeros((9, 9, 3), np.uint8), np.ones((9, 8), bool), "bad_hole"),
        (np.zeros((9, 9, 3), np.uint8), np.ones((9, 9), np.float32), "bad_hole"),
        (np.zeros((9, 9, 3), np.uint8), np.ones((9, 9, 1), bool), "bad_hole"),
        (np.zeros((9, 9, 5), np.uint8), np.eye(9, dtype=bool), "bad_image"),
        (np.zeros((9, 0, 3), np.uint8), np.zeros((9, 0), bool), "bad_image"),
        (np.zeros((9, 9, 3), np.int32), np.eye(9, dtype=bool), "bad_image"),
        (np.full((9, 9, 3), np.nan, np.float32), np.eye(9, dtype=bool), "not_finite"),
        (np.full((9, 9, 3), np.inf, np.float32), np.eye(9, dtype=bool), "not_finite"),
    ],
)
def test_bad_input_has_a_code(image, hole, code):
    with pytest.raises(FillError) as caught:
        fill(image, hole, Constant())
    assert caught.value.code == code


def test_nan_inside_the_hole_is_fine():
    image = np.full((50, 50, 3), 0.5, np.float32)
    hole = disc(50, 50, 9)
    image[hole] = np.nan
    assert np.allclose(fill(image, hole, Constant(0.5)), 0.5)


def test_options_out_of_range_are_named():
    for bad in ({"grow": -1}, {"feather": 5000}, {"context": -2}, {"detail": 1.5}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            FillOptions(**bad)


def test_a_picture_of_16_bits_goes_on_through_its_hole_as_sharp_as_around_it() -> None:
    """Stripes of 8 pixels: laid-over texture kept a third of their contrast."""
    rows, columns = np.mgrid[:256, :256]
    grain = np.random.default_rng(0).normal(0, 0.02, (256, 256, 3))
    stripes = ((columns // 8 % 2) * 0.6 + 0.2)[..., None] + grain
    image = (stripes.clip(0, 1) * 65535).astype(np.uint16)
    hole = (abs(rows - 130) < 30) & (abs(columns - 130) < 40)
    filled = fill(np.where(hole[..., None], np.uint16(30000), image), hole, Mean(), FillOptions())
    contrast = np.polyfit(image[hole].astype(float).ravel(), filled[hole].astype(float).ravel(), 1)[0]
    assert contrast > 0.9
    assert len(np.unique(filled[hole])) > 1000, "in steps finer than 8 bits"
    assert np.array_equal(filled[~hole], image[~hole])


def test_scratches_across_a_wide_picture_are_drawn_at_its_own_size() -> None:
    """So far apart, they would be drawn smaller if their surroundings counted as much as they do."""
    rows, columns = np.mgrid[:900, :1300]
    image = np.where((rows + columns) % 4 < 2, 60, 190).astype(np.uint8)[..., None].repeat(3, axis=2)
    hole = np.abs(columns - rows - 200) < 6
    hole[:40] = hole[-40:] = False
    filled = fill(image, hole, Constant(0.5))
    assert np.polyfit(image[hole].ravel().astype(float), filled[hole].ravel(), 1)[0] > 0.9
