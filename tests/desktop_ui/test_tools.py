"""Brush, shapes, wand and morphology without a window."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from desktop_ui.document.document import Document
from desktop_ui.tools import morphology
from desktop_ui.tools.brush import Brush, Dab, capsule, stroke_over
from desktop_ui.tools.painting import PaintTool
from desktop_ui.tools.pointer import Pointer
from desktop_ui.tools.selecting import LassoTool, PolygonTool, WandTool, ellipse_tool, rectangle_tool
from desktop_ui.tools.wand import similar
from model.geometry.boxes import Box
from pconv.images.files import Picture

BOUNDS = Box(0, 0, 120, 160)


def blank(height: int = 120, width: int = 160) -> Document:
    return Document(Picture(np.zeros((height, width, 3), np.uint8)))


def drag(tool, document: Document, *points, **held) -> bool:
    tool.press(document, Pointer(*points[0], **held))
    for point in points[1:]:
        tool.move(Pointer(*point, **held))
    return tool.release(Pointer(*points[-1], **held))


# brush


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20, 41.5, 300])
def test_a_hard_dab_has_the_area_of_its_disc(size: float) -> None:
    rect, coverage = capsule(Brush(size, 1.0), Dab(200.3, 200.7), Dab(200.3, 200.7), Box(0, 0, 400, 400))
    assert coverage.shape == (rect.height, rect.width)
    area = np.pi * max(size, 1) ** 2 / 4
    assert abs(coverage.sum() / 255 - area) <= max(0.35, 0.03 * area)


def test_a_segment_covers_what_lies_within_the_radius_of_it() -> None:
    rect, coverage = capsule(Brush(20, 1.0), Dab(30, 30), Dab(110, 80), BOUNDS)
    whole = np.zeros((120, 160), np.uint8)
    whole[rect.slices] = coverage
    y, x = np.mgrid[0:120, 0:160] + 0.5
    along = np.clip(((x - 30) * 80 + (y - 30) * 50) / (80**2 + 50**2), 0, 1)
    distance = np.hypot(x - 30 - 80 * along, y - 30 - 50 * along)
    assert (whole[distance < 9.4] == 255).all()
    assert (whole[distance > 10.6] == 0).all()


def test_a_soft_brush_falls_off_from_its_hard_core_to_its_rim() -> None:
    rect, coverage = capsule(Brush(80, 0.5), Dab(80, 60), Dab(80, 60), BOUNDS)
    row = coverage[60 - rect.top].astype(int)
    right = row[80 - rect.left :]
    assert (np.diff(right) <= 0).all()
    assert (right[:19] == 255).all() and 90 < right[30] < 165 and right[40:].max() == 0


def test_two_halves_of_a_stroke_are_one_stroke() -> None:
    brush, mask = Brush(30, 0.3), np.zeros((120, 160), np.uint8)
    for start, end in (((20, 20), (60, 50)), ((60, 50), (100, 80))):
        rect, coverage = capsule(brush, Dab(*start), Dab(*end), BOUNDS)
        mask[rect.slices] = stroke_over(mask[rect.slices], coverage, erase=False)
    rect, coverage = capsule(brush, Dab(20, 20), Dab(100, 80), BOUNDS)
    whole = np.zeros_like(mask)
    whole[rect.slices] = coverage
    assert np.abs(mask.astype(int) - whole).max() <= 1


def test_pressure_narrows_the_stroke() -> None:
    _, full = capsule(Brush(40, 1.0), Dab(60, 60), Dab(60, 60), BOUNDS)
    _, half = capsule(Brush(40, 1.0), Dab(60, 60, 0.5), Dab(60, 60, 0.5), BOUNDS)
    assert half.sum() == pytest.approx(full.sum() / 4, rel=0.06)


def test_a_stroke_outside_the_picture_is_empty_and_one_across_its_edge_is_clipped() -> None:
    rect, coverage = capsule(Brush(10), Dab(-50, -50), Dab(-20, -90), BOUNDS)
    assert rect.empty and coverage.size == 0
    rect, _ = capsule(Brush(50), Dab(0, 0), Dab(0, 0), BOUNDS)
    assert rect == Box(0, 0, 26, 26)


@pytest.mark.parametrize("wrong", [{"size": 0}, {"size": 2001}, {"hardness": -0.1}, {"hardness": 1.1}])
def test_a_brush_out_of_range_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="must be"):
        Brush(**wrong)


def test_the_eraser_takes_what_the_brush_gave_and_the_right_button_turns_them_round() -> None:
    document = blank()
    assert drag(PaintTool(brush=Brush(40, 1.0)), document, (40, 60), (120, 60))
    assert drag(PaintTool(erase=True, brush=Brush(20, 1.0)), document, (80, 60))
    assert document.mask[60, 80] == 0 and document.mask[60, 50] == 255
    assert drag(PaintTool(erase=True, brush=Brush(20, 1.0)), document, (80, 60), secondary=True)
    assert document.mask[60, 80] == 255


def test_shift_draws_a_straight_line_from_the_last_stroke() -> None:
    document, tool = blank(), PaintTool(brush=Brush(6, 1.0))
    drag(tool, document, (10, 10))
    drag(tool, document, (110, 90), shift=True)
    assert document.mask[50, 60] == 255
    other = blank()
    drag(tool, other, (30, 110), shift=True)
    assert other.mask[60, 60] == 0, "a line never starts in another document"


def test_a_stroke_after_a_fill_starts_a_new_mask_unless_shift_goes_on() -> None:
    document, tool = blank(), PaintTool(brush=Brush(10, 1.0))
    drag(tool, document, (20, 20))
    tool.fresh_mask = True
    drag(tool, document, (100, 100))
    assert document.mask[20, 20] == 0 and document.mask[100, 100] == 255
    tool.fresh_mask = True
    drag(tool, document, (60, 20), shift=True)
    assert document.mask[100, 100] == 255 and document.mask[20, 60] == 255
    document.undo()
    document.undo()
    assert document.mask[20, 20] == 255, "clearing and stroke are one step"


def test_cancel_in_mid_stroke() -> None:
    document, tool = blank(), PaintTool()
    tool.press(document, Pointer(50, 50))
    tool.move(Pointer(90, 50))
    tool.cancel()
    assert not document.mask.any() and not tool.busy and not tool.release(Pointer(90, 50))


# shapes


def test_a_rectangle_is_exact_whichever_corner_comes_first() -> None:
    for points in (((20.4, 30.2), (59.6, 79.9)), ((59.6, 79.9), (20.4, 30.2))):
        document = blank()
        drag(rectangle_tool(), document, *points)
        expected = np.zeros((120, 160), np.uint8)
        expected[30:80, 20:60] = 255
        assert np.array_equal(document.mask, expected)


def test_an_ellipse_has_its_area_and_shift_makes_it_a_circle() -> None:
    document = blank()
    drag(ellipse_tool(), document, (20, 20), (140, 100))
    assert (document.mask / 255).sum() == pytest.approx(np.pi * 60.5 * 40.5, rel=0.005)
    document, tool = blank(), ellipse_tool()
    tool.press(document, Pointer(20, 20))
    tool.move(Pointer(100, 40, shift=True))
    tool.release(Pointer(100, 40, shift=True))
    assert (document.mask / 255).sum() == pytest.approx(np.pi * 40.5 * 40.5, rel=0.005)


def test_shapes_add_ctrl_erases_and_a_fresh_mask_replaces() -> None:
    document = blank()
    drag(rectangle_tool(), document, (10, 10), (50, 50))
    drag(rectangle_tool(), document, (60, 10), (100, 50))
    assert document.mask[30, 30] and document.mask[30, 80]
    drag(rectangle_tool(), document, (20, 20), (40, 40), ctrl=True)
    assert not document.mask[30, 30] and document.mask[15, 15] and document.mask[30, 80]
    fresh = rectangle_tool()
    fresh.fresh_mask = True
    drag(fresh, document, (110, 60), (150, 100))
    assert not document.mask[15, 15] and document.mask[80, 130]


def test_a_lasso_closes_itself() -> None:
    document = blank()
    drag(LassoTool(), document, (20, 20), (100, 20), (100, 100), (20, 100))
    assert document.mask[60, 60] == 255 and document.mask[10, 10] == 0
    assert (document.mask / 255).sum() == pytest.approx(6400, rel=0.03)


def test_a_polygon_is_closed_by_finish_or_on_its_first_corner_and_cancelled() -> None:
    for close in ("finish", "corner", "cancel"):
        document, tool = blank(), PolygonTool()
        for corner in ((20, 20), (100, 20), (60, 100)):
            drag(tool, document, corner)
        assert tool.busy and not document.mask.any()
        if close == "finish":
            assert tool.finish()
        elif close == "corner":
            assert drag(tool, document, (22, 21))
        else:
            tool.cancel()
        assert not tool.busy
        assert bool(document.mask.any()) == (close != "cancel")


@pytest.mark.parametrize("tool", [LassoTool(), PolygonTool(), rectangle_tool(), ellipse_tool()])
def test_a_mere_click_or_a_shape_outside_marks_nothing(tool) -> None:
    document = blank()
    drag(tool, document, (30, 30))
    tool.finish()
    drag(tool, document, (-90, -90), (-50, -90), (-50, -40))
    tool.finish()
    assert not document.mask.any()


# wand


def test_the_wand_takes_connected_pixels_of_like_colour() -> None:
    image = np.zeros((60, 80, 3), np.uint8)
    image[10:20, 10:20] = (200, 100, 50)
    image[40:50, 60:70] = (205, 95, 55)
    rect, coverage = similar(image, 15, 15, 10, contiguous=True)
    assert rect == Box(10, 10, 20, 20) and (coverage == 255).all()
    rect, coverage = similar(image, 15, 15, 10, contiguous=False)
    assert rect == Box(10, 10, 50, 70) and (coverage == 255).sum() == 200
    rect, _ = similar(image, 15, 15, 3, contiguous=False)
    assert rect == Box(10, 10, 20, 20)


@pytest.mark.parametrize("dtype, white", [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1.0)])
def test_the_wand_reads_every_kind_of_picture(dtype, white) -> None:
    image = np.zeros((40, 50, 1), dtype)
    image[5:15, 5:25] = white
    document = Document(Picture(image))
    assert drag(WandTool(), document, (10, 10))
    assert np.array_equal(document.mask > 0, image[..., 0] > 0)
    assert not drag(WandTool(), document, (-5, 300))


# whole-mask operations


def box_mask() -> np.ndarray:
    mask = np.zeros((100, 120), np.uint8)
    mask[40:60, 50:80] = 255
    return mask


def test_grow_and_shrink_by_pixels() -> None:
    grown = morphology.grow(box_mask(), 5)
    assert grown[50, 45] == 255 and grown[50, 44] == 0 and grown[35, 60] == 255 and grown[34, 60] == 0
    shrunk = morphology.shrink(box_mask(), 5)
    assert shrunk[50, 55] == 255 and shrunk[50, 54] == 0
    assert not morphology.shrink(box_mask(), 20).any()


def test_shrinking_does_not_eat_from_the_pictures_border() -> None:
    mask = np.zeros((50, 50), np.uint8)
    mask[:, :20] = 255
    assert morphology.shrink(mask, 5)[0, 0] == 255


def test_feather_is_smooth_and_keeps_the_middle_of_the_edge() -> None:
    soft = morphology.soften(box_mask(), 6).astype(int)
    row = soft[50]
    assert (np.diff(row[40:65]) >= 0).all() and 100 < row[50] < 160 and row[65] > 250 and row[38] < 5
    assert np.array_equal(morphology.soften(box_mask(), 0), box_mask())


@pytest.mark.parametrize("pixels", [17, 60])
def test_a_wide_feather_is_a_gaussians(pixels: int) -> None:
    mask = np.zeros((331, 417), np.uint8)
    mask[:120, 90:93] = mask[150:260, 100:333] = 255
    exact = cv2.GaussianBlur(mask, (0, 0), pixels / 2, borderType=cv2.BORDER_REFLECT)
    assert np.abs(morphology.soften(mask, pixels).astype(int) - exact).max() <= 4


def test_invert_twice_is_nothing_and_holes_are_filled_only_where_enclosed() -> None:
    assert np.array_equal(morphology.invert(morphology.invert(box_mask())), box_mask())
    ring = np.zeros((100, 100), np.uint8)
    ring[20:80, 20:80] = 255
    ring[40:60, 40:60] = 0
    assert morphology.fill_holes(ring)[50, 50] == 255
    ring[40:100, 45:55] = 0
    assert morphology.fill_holes(ring)[50, 50] == 0


@pytest.mark.parametrize(
    "operation", [lambda m: morphology.grow(m, 3), lambda m: morphology.soften(m, 3), morphology.fill_holes]
)
def test_an_empty_mask_stays_empty(operation) -> None:
    assert not operation(np.zeros((30, 40), np.uint8)).any()
