"""The fill in the dialog, by the dialog's own code in a GIMP with a window: when it is made, what it shows, what OK
does with it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from daemon.client.client import Client
from tests.plugin_gimp.daemon_counts import fills, open_requests
from tests.plugin_gimp.gimp_session import GimpSession

pytestmark = [pytest.mark.gimp, pytest.mark.gui]

PATIENCE = 15  # seconds, less than a worker may stand still
BEGIN = """
image, layer = picture()
select(image, 60, 50, 40, 30)
shown, config, board = preview(image, [layer])
shown.begin()
"""


@pytest.fixture
def gimp(window: tuple[GimpSession, str]) -> Iterator[GimpSession]:
    """The one of the window's tests, which use its first image; those that are made here are gone at the end."""
    yield window[0]
    window[0].run("for image in Gimp.get_images():\n    if not image.get_file():\n        image.delete()")


def test_what_is_shown_is_what_is_written_and_nothing_is_filled_again(gimp: GimpSession) -> None:
    gimp.run(BEGIN + "spin(board.has_fill); shown.drop()")  # so that a daemon runs
    before = fills()
    written, seen, first = gimp.run(
        BEGIN
        + """
spin(board.has_fill)
scene = board.scenes[-1]
import pconv_fill as ours
ours.fill(image, [layer], ours.options_of(config), shown)
visible = Gimp.Layer.new_from_visible(image, image, "")
bytes_ = pixels(visible, "R'G'B' u8")
width = image.get_width()
written = [[list(bytes_[(y * width + x) * 3:][:3]) for x in range(60, 100)] for y in range(50, 80)]
seen = opaque(scene.draw((scene.width, scene.height), 1.0, 0, 0, 0))
left, top = scene.corner
return written, [row[60 - left : 100 - left] for row in seen[50 - top : 80 - top]], board.scenes[0].is_pending
"""
    )
    assert first, "the hole was not shown before its fill was there"
    assert seen == written
    assert fills() == before + 1


def test_variants_are_pictures_to_choose_from_and_the_chosen_one_is_written(gimp: GimpSession) -> None:
    count, buttons, differ, chosen, written, second = gimp.run(
        """
        our_code()
        import pconv_dialog, pconv_preview
        import pconv_fill as ours
        image, layer = picture()
        select(image, 60, 50, 40, 30)
        config = Gimp.get_pdb().lookup_procedure("plug-in-pconv-fill").create_config()
        config.set_property("variants", 2)
        board, scenes = pconv_dialog.Board(config), []
        show = board.show
        board.show = lambda scene: (scenes.append(scene), show(scene))
        shown = pconv_preview.Preview(image, [layer], config, board)
        shown.begin()
        spin(lambda: scenes and not scenes[-1].is_pending)
        scene = scenes[-1]
        buttons = board.choices.get_children()
        buttons[1].set_active(True)
        sight = lambda at: opaque(scene.draw((scene.width, scene.height), 1.0, 0, 0, at))
        left, top = scene.corner
        second = [row[60 - left : 100 - left] for row in sight(1)[50 - top : 80 - top]]
        ours.fill(image, [layer], ours.options_of(config), shown)
        data = pixels(image.get_layers()[0], "R'G'B' u8")
        written = [[list(data[(y * 40 + x) * 3:][:3]) for x in range(40)] for y in range(30)]
        return scene.count(), len(buttons), sight(0) != sight(1), config.get_property("variant"), written, second
        """
    )
    assert count == buttons == 2 and differ and chosen == 2
    assert written == second


def test_a_change_fills_anew_once_it_has_settled(gimp: GimpSession) -> None:
    gimp.run(BEGIN + "spin(board.has_fill); shown.drop()")
    before = fills()
    sizes = gimp.run(
        BEGIN
        + """
spin(board.has_fill)
for grow in range(1, 8):
    config.set_property("grow", grow)
    GLib.MainContext.default().iteration(False)
first = board.scenes[-1]
spin(lambda: board.scenes[-1] is not first and board.has_fill())
shown.drop()
return [(scene.is_pending, patch_size(scene)) for scene in board.scenes if not scene.is_pending]
"""
    )
    assert sizes == [[False, [40, 30]], [False, [54, 44]]]
    assert fills() == before + 2


@pytest.fixture
def held_worker() -> Iterator[int]:
    """The process id of the daemon's worker, which stands still until the test's end or a SIGCONT."""
    with Client() as client:
        client.ping()
        worker = client.status()["workers"][0]["pid"]
    os.kill(worker, signal.SIGSTOP)
    yield worker
    go_on(worker)


def comes(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true in good time."""
    end = time.monotonic() + PATIENCE
    while not (came := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return came


def go_on(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # the daemon replaces a worker that stands still too long
        os.kill(process, signal.SIGCONT)


def test_a_change_cancels_the_fill_that_runs(gimp: GimpSession, held_worker: int) -> None:
    before = fills("cancelled")
    change = gimp.share / "change"
    change.unlink(missing_ok=True)
    job = gimp.start(
        BEGIN
        + """
spin(lambda: os.path.exists("/share/change"))
config.set_property("feather", 5)
spin(board.has_fill)
shown.drop()
return patch_size(board.scenes[-1]), board.faults
"""
    )
    assert comes(lambda: open_requests() == 1), "the fill did not begin"
    change.touch()
    # the front counts it at once, though the worker stands
    assert comes(lambda: fills("cancelled") == before + 1), "the fill was not cancelled"
    go_on(held_worker)
    assert gimp.finish(job) == [[50, 40], []]
    assert fills("cancelled") == before + 1


def test_a_refusal_is_said_and_a_change_that_mends_it_shows_the_fill(gimp: GimpSession) -> None:
    said = gimp.run(
        """
        image, layer = picture()
        empty = Gimp.Layer.new(image, "", 200, 160, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(empty, None, 0)
        select(image, 60, 50, 40, 30)
        shown, config, board = preview(image, [empty])
        shown.begin()
        spin(lambda: board.faults)
        config.set_property("sample-visible", True)
        spin(board.has_fill)
        shown.drop()
        return board.faults
        """
    )
    assert [text.split(";")[0] for text in said] == ["The layer is transparent around the selection"]


def test_another_selection_is_noticed_when_the_dialog_is_looked_at_again(gimp: GimpSession) -> None:
    gimp.run(BEGIN + "spin(board.has_fill); shown.drop()")
    before = fills()
    size, written = gimp.run(
        BEGIN
        + """
spin(board.has_fill)
shown.check()
count = len(board.scenes)
spin(lambda: len(board.scenes) > count)  # looked at and shown again, but not filled
assert board.has_fill()
select(image, 60, 50, 20, 30)
shown.check()
count = len(board.scenes)
spin(lambda: len(board.scenes) > count and board.has_fill())
import pconv_fill as ours
ours.fill(image, [layer], ours.options_of(config), shown)
fill = image.get_layers()[0]
return patch_size(board.scenes[-1]), [fill.get_width(), fill.get_height()]
"""
    )
    assert size == written == [20, 30]
    assert fills() == before + 2


def test_sides_tint_and_zoom_of_the_picture(gimp: GimpSession) -> None:
    """The layer is black, the fill white and the tint red; the view shows them eight times as large, its most."""
    seen = gimp.run(
        """
        our_code()
        import pconv_scene, pconv_view, pconv_layers, pconv_pixels
        Rect, Form = pconv_pixels.Rect, pconv_pixels.Form
        image, layer = picture()
        form = pconv_pixels.form_of(layer)
        answer = pconv_layers.Answer(Rect(20, 10, 10, 10), form, bytes([255]) * 300, bytes([255]) * 100)
        read = pconv_layers.Filled(Rect(10, 5, 40, 30), form, bytes(3600), [])
        alpha = bytearray(1200)
        for row in range(5, 15):
            alpha[row * 40 + 10 : row * 40 + 20] = bytes([255]) * 10
        pending, scene = pconv_scene.Scene(read, bytes(alpha)), pconv_scene.Scene(read._replace(answers=[answer]))
        view = pconv_view.CompareView()
        view._size = (400, 300)
        def lit(mode, shown):
            view._mode = mode
            view.show(shown)
            rows = opaque(view._picture.get_pixbuf())
            colours = lambda test: [(x, y) for y, row in enumerate(rows) for x, c in enumerate(row) if test(c)]
            places = colours(lambda c: c[0] > 60 and c not in ((0x66,) * 3, (0x99,) * 3))
            xs, ys = [x for x, y in places], [y for x, y in places]
            return [min(xs), min(ys), max(xs) + 1, max(ys) + 1] if places else None
        return {"before": lit(0, scene), "after": lit(2, scene), "pending": lit(2, pending), "split": lit(1, scene)}
        """
    )
    assert seen["before"] is None
    assert seen["after"] == [120, 70, 200, 150]
    assert seen["pending"] == pytest.approx([120, 70, 200, 150], abs=2)
    assert seen["split"] == [200, 0, 202, 300]  # the hole is on the left, so the line alone is lit


def test_changed_bridge_answers_are_taken_by_a_dialog_whose_bridge_died(
    gimp: GimpSession, reconnect: Callable[[dict], None], profile: object
) -> None:
    """What fails is said; the next change tries again with what is there then."""
    before = (profile / "bridge.json").read_text()
    reconnect({"command": ["/bin/false"]})
    job = gimp.start(
        BEGIN
        + """
spin(lambda: board.faults)
open("/share/said", "w").close()
spin(lambda: not os.path.exists("/share/said"))
config.set_property("grow", 1)
spin(board.has_fill)
shown.drop()
return board.faults
"""
    )
    said = gimp.share / "said"
    assert comes(said.exists), "the plug-in said nothing"
    (profile / "bridge.json").write_text(before)
    said.unlink()
    (fault,) = gimp.finish(job)
    assert fault.startswith("pconv ended early")


def test_another_source_of_texture_fills_anew(gimp: GimpSession) -> None:
    gimp.run(BEGIN + "spin(board.has_fill); shown.drop()")
    before = fills()
    faults, filled = gimp.run(
        BEGIN
        + """
spin(board.has_fill)
config.set_property("texture-from", "channel")
spin(lambda: board.faults)
channel = Gimp.Channel.new(image, "", 200, 160, 50, Gegl.Color.new("white"))
image.insert_channel(channel, None, 0)
count = len(board.scenes)
config.set_property("texture-channel", channel)
spin(lambda: len(board.scenes) > count and board.has_fill())
shown.drop()
return board.faults, board.has_fill()
"""
    )
    assert filled and [fault.split(";")[0] for fault in faults] == ["No channel is chosen to take texture from"]
    assert fills() == before + 2


@pytest.mark.parametrize("place", ["a step", "the thread"])
def test_what_nobody_foresaw_is_said_and_a_change_tries_again(gimp: GimpSession, place: str) -> None:
    said, filled, taken = gimp.run(
        """
        image, layer = picture()
        select(image, 60, 50, 40, 30)
        shown, config, board = preview(image, [layer])
        import pconv_preview, pconv_fill as ours
        name = {"a step": "jobs_for", "the thread": "Scene"}[place]
        real = getattr(pconv_preview, name)
        def fail(*_):
            raise ZeroDivisionError("by chance")
        setattr(pconv_preview, name, fail)
        shown.begin()
        spin(lambda: board.faults, 20)
        setattr(pconv_preview, name, real)
        config.set_property("grow", 1)
        spin(board.has_fill)
        setattr(pconv_preview, name, fail)
        config.set_property("grow", 2)
        try:
            ours.fill(image, [layer], ours.options_of(config), shown)
        except ZeroDivisionError:
            taken = shown.bridge.take_link() is None and len(image.get_layers()) == 1
        finally:
            setattr(pconv_preview, name, real)
        return board.faults, board.has_fill(), taken
        """,
        place=place,
    )
    assert filled and taken, "the link was left open, or the image changed"
    (fault,) = said
    assert "ZeroDivisionError('by chance')" in fault and "pconv doctor" in fault


def test_an_image_that_cannot_be_filled_any_more_is_said(gimp: GimpSession) -> None:
    said = gimp.run(
        BEGIN
        + """
spin(board.has_fill)
Gimp.Selection.none(image)
shown.check()
spin(lambda: board.faults)
select(image, 60, 50, 20, 20)
image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, "")
shown.begin()
spin(lambda: len(board.faults) > 1)
shown.drop()
return board.faults
"""
    )
    assert [text.split(";")[0] for text in said] == ["Nothing is selected", "Indexed images cannot be filled"]


def test_layers_after_the_one_that_is_shown_are_counted_without_it(gimp: GimpSession) -> None:
    counts, layers = gimp.run(
        """
        image, layer = picture()
        other = add_layer(image, Gimp.ImageType.RGB_IMAGE, (0, 0, 200, 160))
        select(image, 60, 50, 40, 30)
        shown, config, board = preview(image, [layer, other])
        shown.begin()
        spin(board.has_fill)
        import pconv_fill as ours
        counts, real = [], ours.Progress
        ours.Progress = lambda count: counts.append(count) or real(count)
        ours.fill(image, [layer, other], ours.options_of(config), shown)
        ours.Progress = real
        return counts, len(image.get_layers())
        """
    )
    assert layers == 4 and counts == [1, 1]
