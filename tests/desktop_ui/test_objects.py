"""Objects by a click: proposed as an outline, made mask by Enter, found without and with a model."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import Qt, QThreadPool
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QLineEdit, QPushButton

from desktop_ui.jobs import files
from desktop_ui.tools.objects.marks import Found, Mark
from desktop_ui.tools.objects.model_finder import ModelFinder, ObjectModel, ObjectModelError
from desktop_ui.tools.objects.region_finder import RegionFinder
from desktop_ui.ui.dialogs.settings import SettingsDialog
from model.geometry.boxes import Box
from tests.desktop_ui.hands import ALT, CTRL, key, open_file, spot, stroke
from tests.desktop_ui.test_document import fill_with, mark

pytestmark = pytest.mark.gui
HEIGHT, WIDTH = 300, 400
BALL, CUBE = (120, 140, 45), (230, 90, 320, 180)  # middle and radius; left, top, right, bottom


def truth(*names: str) -> np.ndarray:
    inside = np.zeros((HEIGHT, WIDTH), np.uint8)
    if "ball" in names:
        cv2.circle(inside, BALL[:2], BALL[2], 1, -1)
    if "cube" in names:
        inside[CUBE[1] : CUBE[3], CUBE[0] : CUBE[2]] = 1
    return inside > 0


def things() -> np.ndarray:
    """A ball and a cube on rough ground, each lit from one side."""
    rng = np.random.default_rng(5)
    across = np.linspace(0.8, 1.2, WIDTH)[None, :, None]
    pixels = np.full((HEIGHT, WIDTH, 3), (96.0, 120.0, 84.0))
    pixels[truth("ball")] = (190, 70, 50)
    pixels[truth("cube")] = (60, 80, 170)
    return (pixels * across + rng.normal(0, 9, pixels.shape)).clip(0, 255).astype(np.uint8)


def likeness(mask: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union."""
    return float((mask & other).sum() / (mask | other).sum())


def whole(found: Found, shape: tuple[int, ...] = (HEIGHT, WIDTH)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[found.box.slices] = found.coverage > 127
    return mask


@pytest.fixture
def window_of_things(window, tmp_path, qtbot):
    path = tmp_path / "things.png"
    Image.fromarray(things()).save(path)
    Image.fromarray(things()[::-1].copy()).save(tmp_path / "upside.png")
    open_file(window, path, qtbot)
    key(window.canvas, Qt.Key.Key_A)
    return window


def click(window, qtbot, x: float, y: float, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """And wait for what is found."""
    tool = window.canvas.tool
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, modifier, spot(window.canvas, x, y))
    qtbot.waitUntil(lambda: not tool.waiting, timeout=30_000)


# the search


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "gray"])
def test_one_click_finds_a_thing_in_every_kind_of_picture(dtype) -> None:
    pixels = things()
    if dtype == "gray":
        pixels = pixels[..., :1]
    elif dtype != "uint8":
        pixels = (pixels.astype(np.uint16) * 257) if dtype == "uint16" else (pixels / np.float32(255))
    finder = RegionFinder(pixels)
    assert likeness(whole(finder.find((Mark(120, 140),))), truth("ball")) > 0.9
    assert likeness(whole(finder.find((Mark(275, 135),))), truth("cube")) > 0.9


def test_more_clicks_add_and_take_away() -> None:
    finder = RegionFinder(things())
    both = finder.find((Mark(120, 140), Mark(275, 135)))
    assert likeness(whole(both), truth("ball", "cube")) > 0.9
    one = finder.find((Mark(120, 140), Mark(275, 135), Mark(280, 145, adds=False)))
    assert likeness(whole(one), truth("ball")) > 0.9


def test_a_rough_line_around_a_thing_finds_it() -> None:
    loop = ((60, 80), (185, 75), (190, 205), (55, 200))
    assert likeness(whole(RegionFinder(things()).find((Mark(60, 80, True, loop),))), truth("ball")) > 0.9


def test_the_edge_is_found_at_full_size() -> None:
    """Far closer to the truth than the reduced picture's pixels are large."""
    times = 8
    large = cv2.resize(things(), None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    x, y, radius = (times * one for one in BALL)
    found = whole(RegionFinder(large).find((Mark(x, y),)), large.shape[:2])
    rows, columns = np.mgrid[0 : large.shape[0], 0 : large.shape[1]]
    off = np.abs(np.hypot(columns - x, rows - y) - radius)
    edge = found != cv2.erode(found.astype(np.uint8), None).astype(bool)
    assert np.median(off[edge]) < times / 2


def test_a_picture_of_one_pixel_and_a_click_beside_everything_are_no_matter() -> None:
    assert RegionFinder(np.zeros((1, 1, 3), np.uint8)).find((Mark(0, 0),)).coverage.shape in ((0, 0), (1, 1))
    RegionFinder(np.zeros((40, 9, 3), np.uint8)).find((Mark(4, 20),))


# by hand


def test_a_click_proposes_and_enter_marks(window_of_things, qtbot) -> None:
    window, document = window_of_things, window_of_things.workspace.document
    bar = window.objects._bar
    click(window, qtbot, 120, 140)
    assert window.canvas.proposal is not None and bar.isVisible() and not document.mask.any()
    key(window.canvas, Qt.Key.Key_Return)
    assert likeness(document.mask > 127, truth("ball")) > 0.9
    assert window.canvas.proposal is None and not bar.isVisible() and document.history.depth == 1
    click(window, qtbot, 275, 135)
    QTest.mouseClick(bar.keep_button, Qt.MouseButton.LeftButton)
    assert likeness(document.mask > 127, truth("ball", "cube")) > 0.9, "a second thing adds to the mask"
    key(window.canvas, Qt.Key.Key_Z, CTRL)
    assert likeness(document.mask > 127, truth("ball")) > 0.9


def test_the_outline_is_seen(window_of_things, qtbot) -> None:
    canvas = window_of_things.canvas
    before = canvas.grab().toImage()
    click(window_of_things, qtbot, 120, 140)
    after = canvas.grab().toImage()
    changed = [
        (x, y)
        for x in range(0, WIDTH, 4)
        for y in range(40, HEIGHT, 4)
        if before.pixel(spot(canvas, x, y)) != after.pixel(spot(canvas, x, y))
    ]
    inside = truth("ball")
    assert len(changed) > 100 and np.mean([inside[y, x] for x, y in changed]) > 0.8


def test_alt_takes_away_undo_goes_back_a_click_and_escape_drops(window_of_things, qtbot) -> None:
    window, document, tool = window_of_things, window_of_things.workspace.document, window_of_things.canvas.tool
    click(window, qtbot, 120, 140)
    click(window, qtbot, 275, 135)
    assert likeness(whole(tool.found), truth("ball", "cube")) > 0.9
    click(window, qtbot, 280, 145, ALT)
    assert likeness(whole(tool.found), truth("ball")) > 0.9
    key(window.canvas, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: not tool.waiting, timeout=30_000)
    assert likeness(whole(tool.found), truth("ball", "cube")) > 0.9 and document.history.depth == 0
    key(window.canvas, Qt.Key.Key_Escape)
    assert window.canvas.proposal is None and not tool.marks and not document.mask.any()


def test_a_line_drawn_around_it_finds_it(window_of_things, qtbot) -> None:
    window, tool = window_of_things, window_of_things.canvas.tool
    stroke(window.canvas, (220, 80), (330, 80), (330, 190), (220, 190), (218, 85))
    qtbot.waitUntil(lambda: not tool.waiting, timeout=30_000)
    assert likeness(whole(tool.found), truth("cube")) > 0.9


def test_fill_takes_a_thing_that_is_still_being_looked_for(window_of_things, qtbot, monkeypatch) -> None:
    window, requests = window_of_things, []
    monkeypatch.setattr(window.worker, "fill", requests.append)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window.canvas, 120, 140))
    key(window.canvas, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: bool(requests), timeout=30_000)
    hole = np.zeros((HEIGHT, WIDTH), bool)
    hole[requests[0].box.slices] = requests[0].hole > 127
    assert likeness(hole, truth("ball")) > 0.9


@pytest.mark.parametrize("leave", [Qt.Key.Key_B, Qt.Key.Key_PageDown])
def test_what_is_proposed_is_kept_when_another_tool_or_picture_comes(window_of_things, qtbot, leave) -> None:
    window, document = window_of_things, window_of_things.workspace.document
    click(window, qtbot, 120, 140)
    key(window.canvas, leave)
    qtbot.waitUntil(lambda: document.mask.any(), timeout=30_000)
    assert likeness(document.mask > 127, truth("ball")) > 0.9
    assert window.canvas.proposal is None and not window.objects._bar.isVisible()


def test_without_a_mouse(window_of_things, qtbot) -> None:
    window, tool = window_of_things, window_of_things.canvas.tool
    middle = window.canvas.rect().center()
    there = spot(window.canvas, 275, 135)
    for name, steps in ((Qt.Key.Key_Right, there.x() - middle.x()), (Qt.Key.Key_Up, middle.y() - there.y())):
        for _ in range(round(steps / 8)):
            key(window.canvas, name)
    key(window.canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not tool.waiting and tool.found is not None, timeout=30_000)
    key(window.canvas, Qt.Key.Key_Return)
    assert likeness(window.workspace.document.mask > 127, truth("cube")) > 0.9


class HeldBack(threading.Event):
    """Searches wait for it."""

    def __init__(self, monkeypatch) -> None:
        super().__init__()
        self.asked = threading.Event()
        find = RegionFinder.find

        def held(finder, marks):
            self.asked.set()
            self.wait(20)
            return find(finder, marks)

        monkeypatch.setattr(RegionFinder, "find", held)


def test_the_window_answers_while_a_thing_is_looked_for(window_of_things, qtbot, monkeypatch) -> None:
    window, go_on = window_of_things, HeldBack(monkeypatch)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window.canvas, 120, 140))
    try:
        assert window.canvas.tool.waiting
        window.canvas.zoom_step(1)
        QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window.canvas, 200, 150))
        assert len(window.canvas.tool.marks) == 2 and window.objects._bar.isVisible()
    finally:
        go_on.set()
    qtbot.waitUntil(lambda: not window.canvas.tool.waiting, timeout=30_000)


def test_a_question_survives_that_the_picture_is_changed_by_a_fill(window_of_things, qtbot, monkeypatch) -> None:
    window, tool, document = window_of_things, window_of_things.canvas.tool, window_of_things.workspace.document
    go_on = HeldBack(monkeypatch)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window.canvas, 120, 140))
    qtbot.waitUntil(go_on.asked.is_set, timeout=30_000)
    document.mask[280:290, 10:20] = 255
    fill_with(document, 90)
    go_on.set()
    qtbot.waitUntil(lambda: not tool.waiting, timeout=30_000)
    assert likeness(whole(tool.found), truth("ball")) > 0.9


def test_a_search_that_fails_is_said_and_the_next_one_works(window_of_things, qtbot, monkeypatch) -> None:
    window, find, broken = window_of_things, RegionFinder.find, [True]

    def fails(self, marks):
        if broken:
            raise RuntimeError("no memory")
        return find(self, marks)

    monkeypatch.setattr(RegionFinder, "find", fails)
    click(window, qtbot, 120, 140)
    assert "no memory" in window.banner.text and window.banner.isVisible()
    assert window.objects._bar.text.text().startswith("Nothing was found")
    broken.clear()
    click(window, qtbot, 121, 141)
    assert likeness(whole(window.canvas.tool.found), truth("ball")) > 0.9


def test_where_nothing_is_found_nothing_else_is_filled(window_of_things, qtbot, monkeypatch) -> None:
    window, requests = window_of_things, []
    monkeypatch.setattr(window.worker, "fill", requests.append)
    monkeypatch.setattr(RegionFinder, "find", lambda *_: 1 / 0)
    mark(window.workspace.document, Box(280, 10, 290, 20))
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window.canvas, 120, 140))
    key(window.canvas, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: not window.canvas.tool.waiting, timeout=30_000)
    assert requests == [] and "division by zero" in window.banner.text
    assert window.objects._bar.text.text().startswith("Nothing was found")


def test_enter_does_not_start_the_fill_that_an_earlier_f_asked_for(window_of_things, qtbot, monkeypatch) -> None:
    window, requests, go_on = window_of_things, [], HeldBack(monkeypatch)
    monkeypatch.setattr(window.worker, "fill", requests.append)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window.canvas, 120, 140))
    key(window.canvas, Qt.Key.Key_F)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window.canvas, 125, 140))
    key(window.canvas, Qt.Key.Key_Return)
    go_on.set()
    qtbot.waitUntil(lambda: window.workspace.document.mask.any(), timeout=30_000)
    assert requests == []


def test_a_proposal_outlives_the_first_look_at_a_large_jpeg(window_of_things, tmp_path, qtbot, monkeypatch) -> None:
    window, document, looked = window_of_things, window_of_things.workspace.document, []
    Image.new("RGB", (4000, 3000)).save(tmp_path / "large.jpg")
    begun = (threading.Event(), threading.Event())
    preview, load = files.preview, files.load
    monkeypatch.setattr(files, "preview", lambda *of: begun[0].wait(20) and preview(*of))
    monkeypatch.setattr(files, "load", lambda path: begun[1].wait(20) and load(path))
    window.file.previewed.connect(looked.append)
    pool = QThreadPool.globalInstance()
    threads = pool.maxThreadCount()
    pool.setMaxThreadCount(threads + 2)
    try:
        window.file.open(tmp_path / "large.jpg")
        click(window, qtbot, 120, 140)  # while it is being read
        begun[0].set()
        qtbot.waitUntil(lambda: bool(looked), timeout=30_000)
        assert likeness(document.mask > 127, truth("ball")) > 0.9
    finally:
        for one in begun:
            one.set()
        pool.setMaxThreadCount(threads)
    qtbot.waitUntil(lambda: window.workspace.document is not document, timeout=30_000)
    open_file(window, document.path, qtbot)
    assert likeness(window.workspace.document.mask > 127, truth("ball")) > 0.9


def test_a_proposal_is_kept_when_the_window_is_closed(window_of_things, make_window, qtbot) -> None:
    path = window_of_things.workspace.document.path
    click(window_of_things, qtbot, 120, 140)
    assert window_of_things.close()
    again = make_window()
    open_file(again, path, qtbot)
    assert likeness(again.workspace.document.mask > 127, truth("ball")) > 0.9


def test_what_was_not_yet_found_is_dropped_with_a_word(window_of_things, qtbot, monkeypatch) -> None:
    window, go_on = window_of_things, HeldBack(monkeypatch)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=spot(window.canvas, 120, 140))
    key(window.canvas, Qt.Key.Key_B)
    assert "Nothing was found yet" in window.banner.text and window.canvas.proposal is None
    go_on.set()


# a model of the SAM family

SIDE = 64  # of the made encoder's input


def save_model(folder: Path, *, points: str = "point_coords", radius: float = 9.0) -> None:
    """Two files with SAM's names and shapes: the mask is a disc around the first point."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper, numpy_helper

    def save(name: str, nodes, inputs, outputs, constants) -> None:
        graph = helper.make_graph(
            nodes,
            name,
            [helper.make_tensor_value_info(one, TensorProto.FLOAT, shape) for one, shape in inputs],
            [helper.make_tensor_value_info(one, TensorProto.FLOAT, shape) for one, shape in outputs],
            [numpy_helper.from_array(np.asarray(value), one) for one, value in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.save(model, folder / f"{name}.onnx")

    folder.mkdir(exist_ok=True)
    save(
        "small.encoder",
        [helper.make_node("AveragePool", ["image"], ["image_embeddings"], kernel_shape=[4, 4], strides=[4, 4])],
        [("image", [1, 3, SIDE, SIDE])],
        [("image_embeddings", [1, 3, SIDE // 4, SIDE // 4])],
        {},
    )
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    save(
        "small.decoder",
        [
            helper.make_node("Gather", [points, "first"], ["point"], axis=1),  # 1×1×2
            helper.make_node("Sub", ["grid", "point"], ["away"]),  # S×S×2
            helper.make_node("Mul", ["away", "away"], ["squares"]),
            helper.make_node("ReduceSum", ["squares", "last"], ["distance"], keepdims=0),  # S×S
            helper.make_node("ReduceMean", ["image_embeddings"], ["mean"], keepdims=0),
            helper.make_node("Mul", ["mean", "nothing"], ["none"]),
            helper.make_node("ReduceSum", ["point_labels"], ["adding"], keepdims=0),
            helper.make_node("Mul", ["adding", "area"], ["reach"]),
            helper.make_node("Sub", ["reach", "distance"], ["near"]),
            helper.make_node("Add", ["near", "none"], ["plane"]),
            helper.make_node("Unsqueeze", ["plane", "axes"], ["masks"]),  # 1×1×S×S
            helper.make_node("ReduceMax", ["point_labels"], ["iou_predictions"], keepdims=1),
        ],
        [
            ("image_embeddings", [1, 3, SIDE // 4, SIDE // 4]),
            (points, [1, None, 2]),
            ("point_labels", [1, None]),
        ],
        [("masks", [1, 1, SIDE, SIDE]), ("iou_predictions", [1, 1])],
        {
            "first": np.array([0]),
            "last": np.array([-1]),
            "axes": np.array([0, 1]),
            "nothing": np.float32(0),
            "area": np.float32(radius**2),
            "grid": np.stack([columns, rows], axis=2),
        },
    )


def test_a_model_finds_what_it_is_asked_for(tmp_path) -> None:
    save_model(tmp_path / "sam", radius=BALL[2] * SIDE / WIDTH)
    finder = ModelFinder(things(), ObjectModel(tmp_path / "sam"))
    # two clicks and SAM's filling point: labels 1 + 1 - 1
    assert likeness(whole(finder.find((Mark(120, 140), Mark(121, 140)))), truth("ball")) > 0.9


def test_the_tool_uses_the_model_of_the_settings_and_says_what_is_wrong_with_one(
    window_of_things, tmp_path, qtbot
) -> None:
    window, document = window_of_things, window_of_things.workspace.document
    save_model(tmp_path / "sam", radius=7.0)
    dialog = SettingsDialog(window, window.settings)
    dialog.show()
    field = dialog.fields["editing/object_model"].findChild(QLineEdit)
    assert dialog.fields["editing/object_model"].findChild(QPushButton).text() == "Choose…"
    qtbot.waitExposed(dialog)
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    QTest.keyClicks(field, str(tmp_path / "sam"))
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.settings["editing/object_model"] == str(tmp_path / "sam")
    assert QApplication.activeModalWidget() is None, "Enter opens no other dialog"
    dialog.close()
    click(window, qtbot, 60, 40)
    click(window, qtbot, 61, 40)
    found = whole(window.canvas.tool.found)
    assert found[40, 60] and found[40, 60 + 30] and not found[40, 60 + 60], "the disc, though no thing is there"
    assert window.banner.isHidden()
    key(window.canvas, Qt.Key.Key_Escape)
    window.settings["editing/object_model"] = str(tmp_path / "nowhere")
    click(window, qtbot, 120, 140)
    assert "no object model" in window.banner.text
    key(window.canvas, Qt.Key.Key_Return)
    assert likeness(document.mask > 127, truth("ball")) > 0.9, "and is found without it"


def test_a_model_chosen_anew_while_the_old_one_is_being_loaded_is_loaded_again(
    window_of_things, tmp_path, qtbot, monkeypatch
) -> None:
    from desktop_ui.jobs import objects

    window, loading, go_on, loaded = window_of_things, threading.Event(), threading.Event(), []

    def slow(folder):
        loading.set()
        go_on.wait(20)
        loaded.append(folder)
        raise ObjectModelError("no_object_model", f"There is none in {folder}.")

    monkeypatch.setattr(objects, "ObjectModel", slow)
    window.settings["editing/object_model"] = str(tmp_path / "old")
    qtbot.waitUntil(loading.is_set, timeout=20_000)
    window.settings["editing/object_model"] = str(tmp_path / "new")
    window.settings["editing/object_model"] = str(tmp_path / "old")
    go_on.set()
    click(window, qtbot, 120, 140)
    assert loaded == [tmp_path / "old"] * 2 and "There is none" in window.banner.text
    assert likeness(whole(window.canvas.tool.found), truth("ball")) > 0.9


def test_an_unusable_model_is_refused_in_one_sentence(tmp_path, monkeypatch) -> None:
    save_model(tmp_path / "other", points="clicks")
    with pytest.raises(ObjectModelError, match="lacks the input point_coords"):
        ObjectModel(tmp_path / "other")
    (tmp_path / "other" / "small.decoder.onnx").write_bytes(b"no model")
    with pytest.raises(ObjectModelError, match="cannot be loaded"):
        ObjectModel(tmp_path / "other")
    (tmp_path / "other" / "small.decoder.onnx").unlink()
    with pytest.raises(ObjectModelError, match=r"\*decoder\*\.onnx"):
        ObjectModel(tmp_path / "other")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ObjectModelError, match="pip install"):
        ObjectModel(tmp_path / "other")
