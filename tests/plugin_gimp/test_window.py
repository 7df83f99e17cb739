"""What a user does with GIMP's window: menu, dialog, fill, one Ctrl+Z, repeat, cancel, a refusal."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from daemon.client.client import Client
from tests.plugin_gimp.gimp_session import GimpSession, plug_in_processes
from tests.plugin_gimp.screen import Screen

pytestmark = [pytest.mark.gimp, pytest.mark.gui]

QUIET = "(show-welcome-dialog no)\n(check-updates no)\n(save-session-info no)\n(single-window-mode yes)\n"
CANCEL = (988, 763)  # the button beside the progress bar
STATE = """
image = Gimp.get_images()[0]
import hashlib
digest = hashlib.sha256(b"".join(pixels(layer) for layer in image.get_layers()) + selection(image)).hexdigest()
return {"layers": len(image.get_layers()), "digest": digest, "channels": len(image.get_channels())}
"""


@pytest.fixture(scope="module")
def screen(gimp_root: Path, share: Path) -> Iterator[Screen]:
    shown = Screen(gimp_root, share)
    yield shown
    shown.close()


@pytest.fixture(scope="module")
def window(gimp_root: Path, share: Path, profile: Path, screen: Screen) -> Iterator[tuple[GimpSession, str]]:
    """GIMP with a photo on the screen and its main window's id."""
    from skimage import data

    Image.fromarray(data.astronaut()).save(share / "photo.png")
    with open(share / "home" / "gimprc", "a") as settings:
        settings.write(QUIET)
    session = GimpSession(gimp_root, share, "gimp", screen.display)
    session.run(
        """
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path("/share/photo.png"))
        Gimp.Display.new(image)
        Gimp.displays_flush()
        """
    )
    main = screen.wait(lambda: screen.window("GIMP$"), "GIMP's window")
    screen.tool("windowsize", "--sync", main, "1270", "760")
    yield session, main
    session.close()


@pytest.fixture
def photo(window: tuple[GimpSession, str]) -> tuple[GimpSession, str]:
    """The window, with the photo as it was and an ellipse selected."""
    session, _ = window
    session.run(
        """
        image = Gimp.get_images()[0]
        for layer in image.get_layers()[:-1]:
            image.remove_layer(layer)
        select(image, 290, 60, 90, 110, feather=8, ellipse=True)
        Gimp.displays_flush()
        """
    )
    return window


def choose(screen: Screen, main: str) -> str:
    """Open our dialog by the Filters menu, where it is the last entry."""
    screen.keys(main, "alt+r", "Up", "Return")
    return screen.wait(lambda: screen.window("^Partial-Conv Fill$"), "the dialog")


def wait_for_layers(screen: Screen, session: GimpSession, count: int) -> dict:
    screen.wait(lambda: session.run(STATE)["layers"] == count and not plug_in_processes(), f"{count} layers")
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
    screen.keys(main, "ctrl+f")
    wait_for_layers(screen, session, 2)
    screen.keys(main, "ctrl+f")  # the photo is still the chosen layer
    wait_for_layers(screen, session, 3)
    screen.keys(main, "ctrl+z", "ctrl+z")
    assert wait_for_layers(screen, session, 1) == before


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
        screen.wait(lambda: not plug_in_processes(), "the plug-in's end", 5)
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


def open_requests() -> int:
    with Client() as client:
        return client.status()["open"]


def test_fill_in_place_is_one_undo_step_too(photo: tuple[GimpSession, str], screen: Screen) -> None:
    """The last test here: the dialog remembers what is chosen in it."""
    session, main = photo
    before = session.run(STATE)
    dialog = choose(screen, main)
    screen.keys(dialog, "alt+p", "Down")
    screen.shot("11-in-place")
    screen.keys(dialog, "alt+o")
    screen.wait(lambda: session.run(STATE)["digest"] != before["digest"] and not plug_in_processes(), "the fill")
    after = session.run(STATE)
    assert after["layers"] == 1 and after["channels"] == 0
    screen.keys(main, "ctrl+z")
    screen.wait(lambda: session.run(STATE) == before, "the photo as it was")
    screen.keys(main, "ctrl+y")
    screen.wait(lambda: session.run(STATE) == after, "the fill again")
    screen.keys(main, "ctrl+z")
    screen.wait(lambda: session.run(STATE) == before, "the photo as it was")
