"""What a user does with GIMP's window: menu, dialog, fill, one Ctrl+Z, repeat, cancel, a refusal."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.client.client import Client
from tests.plugin_gimp.daemon_counts import fills, open_requests
from tests.plugin_gimp.gimp_session import GimpSession, plug_in_processes
from tests.plugin_gimp.screen import Screen

pytestmark = [pytest.mark.gimp, pytest.mark.gui]

CANCEL = (988, 763)  # the button beside the progress bar
STATE = """
image = Gimp.get_images()[0]
import hashlib
digest = hashlib.sha256(b"".join(pixels(layer) for layer in image.get_layers()) + selection(image)).hexdigest()
return {"layers": len(image.get_layers()), "digest": digest, "channels": len(image.get_channels())}
"""
CHOSEN = "return [layer.get_name() for layer in Gimp.get_images()[0].get_selected_layers()]"
LAYERS = "return [[layer.get_id() for layer in image.get_layers()] for image in Gimp.get_images()]"


def choose(screen: Screen, main: str) -> str:
    """Open our dialog by the Filters menu, where it is the last entry."""
    screen.keys(main, "alt+r", "Up", "Return")
    return screen.wait(lambda: screen.window("^Partial-Conv Fill$"), "the dialog")


def wait_for_layers(screen: Screen, session: GimpSession, count: int) -> dict:
    screen.wait(lambda: session.run(STATE)["layers"] == count and not plug_in_processes(session), f"{count} layers")
    return session.run(STATE)


def test_menu_dialog_fill_undo_and_repeat(photo: tuple[GimpSession, str], screen: Screen) -> None:
    session, main = photo
    Client().stop()  # so that the dialog's preview and the progress show a start
    before = session.run(STATE)
    dialog = choose(screen, main)
    screen.shot("1-dialog")
    screen.pause(2.5)
    screen.shot("2-preview")
    screen.keys(dialog, "alt+o")
    screen.shot("3-progress")
    wait_for_layers(screen, session, 2)
    screen.shot("4-filled")
    outside = session.run(
        """
        image = Gimp.get_images()[0]
        visible = Gimp.Layer.new_from_visible(image, image, "")
        shown = pixels(visible, "R'G'B' u8")
        original = pixels(image.get_layers()[-1], "R'G'B' u8")
        visible.delete()
        chosen = selection(image)
        return sum(
            shown[at * 3 : at * 3 + 3] != original[at * 3 : at * 3 + 3]
            for at, value in enumerate(chosen) if value == 0
        )
        """
    )
    assert outside == 0
    screen.keys(main, "ctrl+z")
    assert wait_for_layers(screen, session, 1) == before
    screen.shot("5-undone")
    screen.keys(main, "ctrl+y")
    wait_for_layers(screen, session, 2)
    assert session.run(CHOSEN) == ["Background"], "redo chose another layer"
    screen.keys(main, "ctrl+z")
    wait_for_layers(screen, session, 1)
    assert session.run(CHOSEN) == ["Background"]
    screen.keys(main, "ctrl+f")
    wait_for_layers(screen, session, 2)
    first = session.run(LAYERS)
    screen.keys(main, "ctrl+f")  # the photo is still the chosen layer, and its fill is replaced
    screen.wait(lambda: session.run(LAYERS) != first and not plug_in_processes(session), "the second fill")
    assert session.run(STATE)["layers"] == 2
    screen.keys(main, "ctrl+z")
    screen.wait(lambda: session.run(LAYERS) == first, "the first fill again")
    screen.keys(main, "ctrl+z")
    assert wait_for_layers(screen, session, 1) == before


def test_ok_takes_what_the_dialog_shows(photo: tuple[GimpSession, str], screen: Screen) -> None:
    session, main = photo
    before = fills()
    dialog = choose(screen, main)
    screen.wait(lambda: fills() == before + 1, "the fill of the preview")
    screen.pause(1)
    screen.shot("14-shown")
    screen.keys(dialog, "alt+t")
    screen.shot("15-split")
    screen.keys(dialog, "alt+1")
    screen.shot("16-pixels")
    screen.keys(dialog, "alt+o")
    wait_for_layers(screen, session, 2)
    assert fills() == before + 1


def test_refusal_is_shown_and_leaves_no_undo_step(photo: tuple[GimpSession, str], screen: Screen) -> None:
    session, main = photo
    session.run("Gimp.Selection.none(Gimp.get_images()[0]); Gimp.displays_flush()")
    before = session.run(STATE)
    screen.keys(main, "alt+r", "Up", "Return")
    message = screen.wait(lambda: screen.window("GIMP Message"), "the sentence")
    screen.shot("6-refusal")
    screen.keys(message, "Escape")
    assert session.run(STATE) == before


def test_cancel_by_the_status_bar_is_quick_and_clean(photo: tuple[GimpSession, str], screen: Screen) -> None:
    session, main = photo
    before = session.run(STATE)
    with Client() as client:
        worker = client.status()["workers"][0]["pid"]
    os.kill(worker, signal.SIGSTOP)
    try:
        dialog = choose(screen, main)
        screen.keys(dialog, "alt+o")
        screen.wait(lambda: open_requests() > 0, "the request")
        screen.shot("7-waiting")
        screen.click(*CANCEL)
        screen.wait(lambda: not plug_in_processes(session), "the plug-in's end", 5)
        screen.wait(lambda: open_requests() == 0, "the daemon's rest", 5)
    finally:
        os.kill(worker, signal.SIGCONT)
    screen.shot("8-cancelled")
    assert screen.window("GIMP Message") is None
    assert session.run(STATE) == before
    screen.keys(main, "ctrl+f")
    wait_for_layers(screen, session, 2)
    screen.keys(main, "ctrl+z")
    assert wait_for_layers(screen, session, 1) == before


def test_fill_lies_right_on_an_offset_layer(photo: tuple[GimpSession, str], screen: Screen) -> None:
    session, main = photo
    session.run(
        """
        image = Gimp.get_images()[0]
        layer = image.get_layers()[-1].copy()
        image.insert_layer(layer, None, 0)
        layer.resize(300, 260, -180, -20)
        image.get_layers()[-1].set_visible(False)
        image.set_selected_layers([layer])
        select(image, 290, 100, 60, 60)
        Gimp.displays_flush()
        """
    )
    dialog = choose(screen, main)
    screen.pause(1.5)
    screen.shot("9-offset-dialog")
    screen.keys(dialog, "alt+o")
    wait_for_layers(screen, session, 3)
    screen.shot("10-offset-filled")
    assert session.run("return list(Gimp.get_images()[0].get_layers()[0].get_offsets())[-2:]") == [290, 100]
    session.run("Gimp.get_images()[0].get_layers()[-1].set_visible(True)")


def test_dialog_warms_pconv_up_and_has_a_key_for_every_option(
    photo: tuple[GimpSession, str], screen: Screen, private_daemon: Path
) -> None:
    """The photo is hidden below an empty layer that is chosen: only what all layers show can be filled from."""
    session, main = photo
    Client().stop()
    session.run(
        """
        image = Gimp.get_images()[0]
        empty = Gimp.Layer.new(image, "empty", 512, 512, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(empty, None, 0)
        Gimp.displays_flush()
        """
    )
    dialog = choose(screen, main)
    screen.wait((private_daemon / "address").exists, "the daemon")
    screen.keys(dialog, "alt+v")
    screen.tool("windowsize", "--sync", dialog, "700", "760")
    screen.pause(2.5)
    screen.shot("12-large-preview")
    screen.keys(dialog, "alt+o")
    wait_for_layers(screen, session, 3)
    dialog = choose(screen, main)
    screen.keys(dialog, "alt+v", "alt+o")  # as it was, for the tests that follow
    message = screen.wait(lambda: screen.window("GIMP Message"), "the sentence")
    screen.shot("13-transparent")
    screen.keys(message, "Escape")
    assert session.run(STATE)["layers"] == 3


def test_escape_ends_the_plug_in_though_its_bridge_hangs(
    photo: tuple[GimpSession, str], screen: Screen, reconnect: Callable[[dict], None]
) -> None:
    session, main = photo
    reconnect({"command": ["sleep", "100"]})
    dialog = choose(screen, main)
    assert plug_in_processes(session)
    screen.keys(dialog, "Escape")
    screen.wait(lambda: not plug_in_processes(session), "the plug-in's end", 5)
    assert screen.window("GIMP Message") is None


def test_help_opens_a_page_of_ours(photo: tuple[GimpSession, str], screen: Screen, share: Path) -> None:
    _, main = photo
    dialog = choose(screen, main)
    screen.keys(dialog, "F1")
    opened = share / "opened"
    screen.wait(lambda: opened.is_file() and opened.read_text().strip(), "the page")
    screen.keys(dialog, "Escape")
    assert opened.read_text().strip().endswith("/share/home/plug-ins/pconv_fill/help/en/fill.html")
    assert screen.window("^(GIMP Message|.*[Hh]elp.*missing.*)$") is None


def test_quick_mask_is_named(photo: tuple[GimpSession, str], screen: Screen) -> None:
    session, main = photo
    ask = "image = Gimp.get_images()[0]; return call(image, image.get_layers())[1]"
    screen.keys(main, "shift+q")
    screen.wait(lambda: session.run(STATE)["channels"] == 1, "the quick mask")
    sentence = session.run(ask)
    screen.keys(main, "shift+q")
    screen.wait(lambda: session.run(STATE)["channels"] == 0, "the selection")
    assert sentence == "Quick Mask is on; press Shift+Q to make it the selection, click a layer, then try again."
    assert session.run(ask) is None


def test_undo_brings_back_a_text_that_became_pixels(photo: tuple[GimpSession, str], screen: Screen) -> None:
    session, main = photo
    error = session.run(
        """
        image = Gimp.get_images()[0]
        text = Gimp.TextLayer.new(image, "Hole", Gimp.context_get_font(), 60, Gimp.Unit.pixel())
        image.insert_layer(text, None, 0)
        select(image, 10, 10, 12, 12)
        error = call(image, [text], output="in-place")[1]
        Gimp.displays_flush()
        return error
        """
    )
    is_text = "return is_live_text(Gimp.get_images()[0].get_layers()[0])"
    assert error is None and not session.run(is_text)
    screen.keys(main, "ctrl+z")
    screen.wait(lambda: session.run(is_text), "the text")


def test_fill_in_place_is_one_undo_step_too(photo: tuple[GimpSession, str], screen: Screen) -> None:
    """The last test here: the dialog remembers what is chosen in it."""
    session, main = photo
    before = session.run(STATE)
    dialog = choose(screen, main)
    screen.keys(dialog, "alt+p", "Down", "Down")
    screen.shot("11-in-place")
    screen.keys(dialog, "alt+o")
    screen.wait(lambda: session.run(STATE)["digest"] != before["digest"] and not plug_in_processes(session), "the fill")
    after = session.run(STATE)
    assert after["layers"] == 1 and after["channels"] == 0
    screen.keys(main, "ctrl+z")
    screen.wait(lambda: session.run(STATE) == before, "the photo as it was")
    screen.keys(main, "ctrl+y")
    screen.wait(lambda: session.run(STATE) == after, "the fill again")
    screen.keys(main, "ctrl+z")
    screen.wait(lambda: session.run(STATE) == before, "the photo as it was")
    error, layers = session.run(
        "image = Gimp.get_images()[0]; return call(image, image.get_layers())[1], len(image.get_layers())"
    )
    assert (error, layers) == (None, 2), "a script got what was chosen in the dialog"
