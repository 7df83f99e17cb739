"""What texture may be taken from: drawn by mouse, kept with the picture, handed to the fill."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from desktop_ui.document.document import Document
from desktop_ui.document.edits import Plane
from desktop_ui.document.project import Snapshot, read_project, write_project
from desktop_ui.jobs.fill import fill
from desktop_ui.tools.object_tool import ObjectTool
from desktop_ui.tools.objects.marks import Found
from desktop_ui.tools.pointer import Pointer
from desktop_ui.tools.selecting import PolygonTool
from model.geometry.boxes import Box
from model.options import FillOptions
from tests.desktop_ui.hands import CTRL, SHIFT, key, open_file, spot, stroke
from tests.desktop_ui.test_document import fill_with, mark, picture
from tests.desktop_ui.test_kept_work import go

pytestmark = pytest.mark.gui
NONE = Qt.KeyboardModifier.NoModifier


def forbid(document: Document, rect: Box) -> None:
    edit = document.edit_mask("forbid", Plane.FORBIDDEN)
    edit.put(rect, np.full(rect.shape, 255, np.uint8))
    edit.commit()


def test_each_tool_marks_what_is_not_copied_and_the_hole_stays(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    stroke(canvas, (250, 200), (260, 200))
    hole = document.mask.copy()
    QTest.mouseClick(opened.mask_panel.spare_button, Qt.MouseButton.LeftButton)
    drags = {
        "B": ((40, 40), (100, 90)),
        "R": ((40, 40), (100, 90)),
        "O": ((40, 40), (100, 90)),
        "L": ((40, 40), (100, 40), (100, 90), (40, 90)),
        "W": ((60, 60),),
    }
    for letter, points in drags.items():
        key(canvas, getattr(Qt.Key, f"Key_{letter}"))
        stroke(canvas, *points)
        assert document.forbidden[60, 60] == 255, letter
        key(canvas, Qt.Key.Key_D, CTRL)
        assert not document.forbidden.any() and np.array_equal(document.mask, hole), letter
    key(canvas, Qt.Key.Key_I, CTRL)
    assert document.forbidden.all() and np.array_equal(document.mask, hole)
    key(canvas, Qt.Key.Key_Z, CTRL)
    assert not document.forbidden.any()
    key(canvas, Qt.Key.Key_X)
    assert opened.mask_panel.hole_button.isChecked()
    key(canvas, Qt.Key.Key_R)
    stroke(canvas, (20, 20), (30, 30))
    assert document.mask[25, 25] == 255 and not document.forbidden.any()


def test_a_found_object_and_a_polygon_are_marked_there_too() -> None:
    document = Document(picture())
    found, corners = ObjectTool(), PolygonTool()
    found.plane = corners.plane = Plane.FORBIDDEN
    found.press(document, Pointer(50, 50))
    found.release(Pointer(50, 50))
    found.propose(found.marks, Found(Box(40, 40, 60, 60), np.full((20, 20), 255, np.uint8)))
    assert found.finish()
    for x, y in ((100, 100), (160, 100), (130, 150)):
        corners.press(document, Pointer(x, y))
        corners.release(Pointer(x, y))
    assert corners.finish()
    assert document.forbidden[50, 50] == 255 == document.forbidden[110, 130] and not document.mask.any()


def test_it_is_shown_green_and_hatched_with_words_and_alone(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    key(canvas, Qt.Key.Key_X)
    forbid(document, Box(150, 100, 220, 200))
    mark(document, Box(150, 100, 160, 200))
    QTest.mouseMove(canvas, spot(canvas, 10, 10))
    shown = canvas.grab().toImage()

    def tinted(row: int, columns: range) -> np.ndarray:
        """How much more of each colour there is than in the photo, mean of a row."""
        seen = [shown.pixelColor(spot(canvas, column + 0.5, row + 0.5)).getRgb()[:3] for column in columns]
        return np.mean(np.array(seen) - document.image[row, columns.start : columns.stop].astype(float), axis=0)

    red, green, _ = tinted(190, range(120, 180))
    assert green > red + 10
    red, green, _ = tinted(155, range(120, 180))
    assert red > green, "the hole is shown over it"
    rows = [  # of one red
        shown.pixelColor(spot(canvas, 140.5, row + 0.5)).green() - int(document.image[row, 140, 1])
        for row in range(170, 200)
    ]
    assert max(rows) - min(rows) > 12, "in stripes"
    key(canvas, Qt.Key.Key_Q)
    alone = canvas.grab().toImage()
    assert alone.pixelColor(spot(canvas, 150, 190)).getRgb()[:3] == (255,) * 3
    assert alone.pixelColor(spot(canvas, 150, 100)).getRgb()[:3] == (0,) * 3


def test_it_is_seen_while_it_is_drawn_over_a_filled_mask(opened) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    mark(document, Box(150, 100, 160, 200))
    fill_with(document, 3)
    assert canvas.overlay.opacity == 0 == canvas.forbidden_overlay.opacity
    key(canvas, Qt.Key.Key_X)
    stroke(canvas, (60, 60), (100, 60))
    assert canvas.overlay.opacity == 0 < canvas.forbidden_overlay.opacity
    assert document.mask.any() and document.filled


@pytest.mark.parametrize("arrow, allowed, refused", [
    ("Up", (80, 110), (140, 110)), ("Down", (140, 110), (80, 110)),
    ("Left", (110, 80), (110, 150)), ("Right", (110, 150), (110, 80)),
])  # fmt: skip
def test_one_side_of_the_hole_is_forbidden_but_for_its_own(opened, qtbot, arrow, allowed, refused) -> None:
    canvas, document = opened.canvas, opened.workspace.document
    mark(document, Box(100, 100, 120, 120))
    depth = document.history.depth
    key(canvas, getattr(Qt.Key, f"Key_{arrow}"), CTRL | SHIFT)
    qtbot.waitUntil(lambda: document.forbidden.any())
    assert document.forbidden[refused] == 255 and document.forbidden[allowed] == 0
    assert document.history.depth == depth + 1
    opened.actions_by_name["mask.from_everywhere"].trigger()
    assert not document.forbidden.any() and document.mask.any()
    key(canvas, Qt.Key.Key_Z, CTRL)
    assert document.forbidden[refused] == 255
    key(canvas, Qt.Key.Key_Z, CTRL)
    assert not document.forbidden.any()


def test_without_a_hole_a_side_is_nothing(opened) -> None:
    opened.actions_by_name["mask.from_above"].trigger()
    assert "Mark first" in opened.banner.text and not opened.workspace.document.forbidden.any()


def test_the_menu_of_the_panel_has_the_sides(opened, qtbot) -> None:
    document = opened.workspace.document
    mark(document, Box(100, 100, 120, 120))
    menu = opened.mask_panel.sides_button.menu()
    menu.popup(opened.mapToGlobal(QPoint(100, 100)))
    action = next(one for one in menu.actions() if "Left" in one.text().replace("&", "") or "left" in one.text())
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    qtbot.waitUntil(lambda: document.forbidden.any())
    assert document.forbidden[110, 110] == 255 and document.forbidden[110, 90] == 0


def test_it_comes_back_with_its_picture_and_is_saved_and_recovered(opened, photo, tmp_path, make_window, qtbot) -> None:
    canvas = opened.canvas
    other = tmp_path / "zebra.png"
    Image.open(photo).rotate(90, expand=True).save(other)
    key(canvas, Qt.Key.Key_X)
    stroke(canvas, (60, 60), (90, 60))
    drawn = opened.workspace.document.forbidden.copy()
    assert drawn.any()
    opened.autosave.save_now()
    recovered = read_project(next(opened.recovery.root.glob("*/work.pconv")))
    assert np.array_equal(recovered.forbidden, drawn) and not recovered.mask.any()
    recovered.undo()
    assert not recovered.forbidden.any()
    go(opened, Qt.Key.Key_PageDown, NONE, other, qtbot)
    assert not opened.workspace.document.forbidden.any() and opened.mask_panel.hole_button.isChecked()
    go(opened, Qt.Key.Key_PageUp, NONE, photo, qtbot)
    assert np.array_equal(opened.workspace.document.forbidden, drawn) and "back" in opened.banner.text
    key(canvas, Qt.Key.Key_W, CTRL)
    opened.close()
    window = make_window()
    open_file(window, photo, qtbot)
    assert np.array_equal(window.workspace.document.forbidden, drawn)
    window.actions_by_name["mask.from_everywhere"].trigger()
    go(window, Qt.Key.Key_PageDown, NONE, other, qtbot)
    go(window, Qt.Key.Key_PageUp, NONE, photo, qtbot)
    assert not window.workspace.document.forbidden.any(), "what was cleared stays cleared"


def test_fill_as_you_brush_does_not_fill_for_what_is_not_copied(opened) -> None:
    canvas = opened.canvas
    stroke(canvas, (250, 200), (260, 200))
    opened.settings["fill/auto"] = True
    asked = []
    opened.fill.run_after_stroke = lambda: asked.append(True)
    key(canvas, Qt.Key.Key_X)
    stroke(canvas, (60, 60), (90, 60))
    assert not asked
    key(canvas, Qt.Key.Key_X)
    stroke(canvas, (60, 60), (90, 60))
    assert asked


def test_a_retouching_brush_is_laid_down_for_one_that_marks(opened) -> None:
    key(opened.canvas, Qt.Key.Key_C)
    key(opened.canvas, Qt.Key.Key_X)
    assert opened.view.tool == "brush" and opened.canvas.plane is Plane.FORBIDDEN


# the fill


class Asked:
    """A client that keeps what it was asked."""

    def fill_variants(self, image, hole, options, **more):
        self.hole, self.forbid = hole, more["forbid"]
        return [image]


def test_the_fill_is_told_what_is_forbidden_and_where_it_is_of_the_context() -> None:
    document, client = Document(picture(400, 500)), Asked()
    mark(document, Box(200, 200, 220, 220))
    request = document.fill_request(FillOptions())
    fill(client, request, None, threading.Event())
    assert client.forbid is None
    forbid(document, Box(0, 0, 400, 210))
    request = document.fill_request(FillOptions())
    fill(client, request, None, threading.Event())
    assert client.forbid.shape == client.hole.shape == request.box.shape
    assert np.array_equal(client.forbid, document.forbidden[request.box.slices]) and client.forbid.any()


def test_the_same_hole_with_another_sampling_area_is_another_result() -> None:
    document = Document(picture(400, 500))
    mark(document, Box(200, 200, 220, 220))
    fill_with(document, 1)
    assert document.candidate_for(document.fill_request(FillOptions())) == (0, 0)
    forbid(document, Box(190, 190, 230, 200))
    assert document.filled and document.candidate_for(document.fill_request(FillOptions())) is None
    fill_with(document, 2)
    assert [len(one.candidates) for one in document.fills] == [2]
    assert document.candidate_for(document.fill_request(FillOptions())) == (0, 1)
    document.undo()
    document.undo()
    assert document.candidate_for(document.fill_request(FillOptions())) == (0, 0)


def test_results_of_other_sampling_areas_are_told_apart_after_reading_a_project(tmp_path) -> None:
    document = Document(picture())
    mark(document, Box(100, 100, 120, 120))
    fill_with(document, 1)
    forbid(document, Box(80, 80, 140, 90))
    fill_with(document, 2)
    write_project(tmp_path / "work.pconv", Snapshot.of(document))
    again = read_project(tmp_path / "work.pconv")
    assert np.array_equal(again.forbidden, document.forbidden)
    assert again.candidate_for(again.fill_request(FillOptions())) == (0, 1)
